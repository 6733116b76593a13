"""Answers to what went wrong. They need no database, and tell nothing but the number under which the log has it."""

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from protocoltracker.audit import context


def _page(name: str, status: int) -> HttpResponse:
    number = context.request_id.get()[:8]
    return HttpResponse(render_to_string(f"{name}.html", {"request_number": number}), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    too_much = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
    return too_large(request) if isinstance(exception, too_much) else _page("400", 400)


def too_large(request: HttpRequest) -> HttpResponse:
    return _page("413", 413)


def fault(request: HttpRequest) -> HttpResponse:
    return _page("500", 500)
