"""What the measured web server serves: the product, and beside it in the same process two references.

/reference/bare     Django without any middleware, one SELECT by primary key
/reference/session  the floor of any signed-in page: session, person, the same SELECT
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "protocoltracker.settings")

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test.utils import override_settings
from django.urls import ResolverMatch

from protocoltracker.wsgi import application as product

SESSION = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


def bare(request: HttpRequest) -> HttpResponse:
    from protocoltracker.accounts.models import Site

    return HttpResponse(Site.objects.get(pk=request.GET["site"]).name)


def session(request: HttpRequest) -> HttpResponse:
    return bare(request) if request.user.is_authenticated else HttpResponse(status=403)


class Reference(WSGIHandler):
    """One view behind a chosen list of middleware."""

    def __init__(self, view, middleware: list[str]) -> None:
        self.view = view
        with override_settings(MIDDLEWARE=middleware):
            super().__init__()

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        request.resolver_match = ResolverMatch(self.view, (), {})
        return request.resolver_match


references = {
    "/reference/bare": Reference(bare, []),
    "/reference/session": Reference(session, SESSION),
}


def application(environ, start_response):
    return references.get(environ["PATH_INFO"], product)(environ, start_response)
