"""A client that posts as our pages do: each form with a token of its own."""

import uuid
from typing import Any

from django.test import Client


class Browser(Client):
    """What is posted without a `form_token` gets a new one, as if from a page that was opened for it."""

    def post(self, path: str, data: Any = None, *args: Any, **kwargs: Any) -> Any:
        if data is None or (isinstance(data, dict) and "form_token" not in data):
            data = {"form_token": uuid.uuid4()} | (data or {})
        return super().post(path, data, *args, **kwargs)
