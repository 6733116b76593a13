"""Small doors around every request."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from protocoltracker.accounts.access import Denied
from protocoltracker.audit import context


class AroundRequest:
    """Pages hold patient data: no shared computer keeps them. Each request has an id that its audit rows carry.

    `Denied`, raised anywhere below, becomes a page that says why and who can help.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        source = context.source.set("web")
        request_id = context.request_id.set(uuid.uuid4().hex)
        try:
            response = self.get_response(request)
        finally:
            context.source.reset(source)
            context.request_id.reset(request_id)
        response.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Denied):
            return render(request, "403.html", {"exception": str(exception)}, status=403)
        return None
