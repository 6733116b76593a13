"""Small doors around every request."""

import logging
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError, connection
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from protocoltracker import errors
from protocoltracker.accounts.access import Denied
from protocoltracker.audit import context

log = logging.getLogger("protocoltracker.requests")
SAFE = ("GET", "HEAD", "OPTIONS")


class Doors:
    """Around all others but the content policy: what holds for every answer, faults of the other doors included.

    Each request has an id of ours (a caller's is nobody's word): its audit rows, log lines and answer carry it. Pages
    hold patient data, so no shared computer keeps them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        source = context.source.set("web")
        request_id = context.request_id.set(uuid.uuid4().hex)
        try:
            response = errors.too_large(request) if _is_too_large(request) else self._answer(request)
            response["X-Request-ID"] = context.request_id.get()
            _tell(request, response, time.monotonic() - began)
        finally:
            context.source.reset(source)
            context.request_id.reset(request_id)
        for name, value in settings.HEADERS.items():
            response.setdefault(name, value)
        if not request.path.startswith(settings.STATIC_URL):
            response.setdefault("Cache-Control", "no-store")
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        """A page whose database connection was cut while it was read is read once more, over a new one."""
        response = self.get_response(request)
        if request.method in SAFE and getattr(request, "was_cut", False):
            connection.close()
            vars(request).pop("_cached_user", None)
            return self.get_response(request)
        return response


@receiver(got_request_exception)
def _note_a_cut(request: HttpRequest | None = None, **_: Any) -> None:
    """Noticed here because a fault may come from any middleware as well, where it has become an answer already."""
    fault = sys.exc_info()[1]
    if request is not None and isinstance(fault, OperationalError | InterfaceError):
        lost = connection.connection is None or connection.connection.closed
        request.was_cut = lost and not connection.in_atomic_block  # type: ignore[attr-defined]


def _is_too_large(request: HttpRequest) -> bool:
    """Answered before a byte of it is read. Without this header nothing is read at all."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0) > settings.LARGEST_REQUEST
    except ValueError:
        return False


def _tell(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """One line a request: the name of the page instead of its address, and the key of the person."""
    match = request.resolver_match
    person = getattr(request, "_cached_user", None)  # not asked for: that would be a query
    about = {
        "method": request.method if request.method in _METHODS else "other",
        "page": match.view_name if match else "(no page)",
        "status": response.status_code,
        "ms": round(seconds * 1000),
        "person": str(person.pk) if person is not None and person.pk else "",
    }
    level = logging.ERROR if response.status_code >= 500 else logging.INFO
    level = logging.WARNING if response.status_code in (400, 403, 413) else level
    log.log(level, "%(method)s %(page)s %(status)s %(ms)s ms %(person)s", about, extra={"about": about})


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}


class AroundRequest:
    """The innermost. `Denied`, raised anywhere below, becomes a page that says why and who can help."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Denied):
            return render(request, "403.html", {"exception": str(exception)}, status=403)
        return None
