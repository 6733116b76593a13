"""/healthz for a monitor, /system/ for an administrator."""

import platform
import tomllib
from functools import cache
from typing import Any

import celery
import django
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from protocoltracker.accounts import brake
from protocoltracker.accounts.models import SignInBrake
from protocoltracker.accounts.views.parts import ForAdministrators, crumb
from protocoltracker.health import parts


@require_safe
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when every part is well, else 503. `?only=database,disk` asks for some of them. Says nothing else."""
    known = settings.HEALTH.keys()
    only = {name for name in request.GET.get("only", "").split(",") if name in known}
    found = parts.examine(only or None)
    well = all(part.ok for part in found.values())
    told = {name: "ok" if part.ok else "fail" for name, part in found.items()}
    return JsonResponse({"status": "ok" if well else "fail", "parts": told}, status=200 if well else 503)


class System(ForAdministrators, TemplateView):
    """The same in words, and which versions run."""

    template_name = "system.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = parts.examine()
        rows = [
            {"name": name.capitalize(), "ok": part.ok, "words": part.words} for name, part in found.items()
        ]
        failed = sum(not row["ok"] for row in rows)
        note = f"{failed} of {len(rows)} parts need somebody" if failed else f"All {len(rows)} parts are well"
        context = {
            "rows": rows,
            "note": note,
            "failed": failed,
            "versions": _versions(),
            "guesses": _slowed_down(),
        }
        return super().get_context_data(**context, crumbs=[crumb("System")], **kwargs)


def _versions() -> list[dict[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (postgresql,) = cursor.fetchone()
    return [
        {"label": "protocoltracker", "value": _own_version()},
        {"label": "Python", "value": platform.python_version()},
        {"label": "Django", "value": django.get_version()},
        {"label": "Celery", "value": celery.__version__},
        {"label": "PostgreSQL", "value": postgresql.split()[0]},
    ]


@cache
def _own_version() -> str:
    return str(tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"])


def _slowed_down() -> int:
    """Names that somebody guesses at, each from one address, within the hour that the brake remembers."""
    since = timezone.now() - brake.FORGOTTEN_AFTER
    return SignInBrake.objects.filter(attempts__gt=brake.FREE_ATTEMPTS, last_at__gt=since).count()
