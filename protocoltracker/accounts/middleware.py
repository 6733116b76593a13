"""Who signs in with a one-time password chooses an own one before anything else."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

OPEN = {"accounts:password", "sign-out", "sign-in"}


class OwnPasswordFirst:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        must = getattr(request.user, "must_change_password", False)
        if must and request.resolver_match and request.resolver_match.view_name not in OPEN:
            return redirect("accounts:password")
        return None
