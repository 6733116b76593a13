"""Pages rendered from sample contexts and shown in a real browser under the product's own content policy.

No database, no server: the browser's requests are answered from the template engine and the static folder.
"""

import copy
import datetime as dt
import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from tests.browser import executable

TESTS = Path(__file__).resolve().parents[1]
STATIC = TESTS.parent / "static"
ORIGIN = "http://gallery.test"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def item(title: str, name: str, icon: str, count: int | None = None, **more: Any) -> SimpleNamespace:
    return SimpleNamespace(
        **{
            "title": title,
            "url": reverse(name),
            "icon": icon,
            "count": count,
            "alert": False,
            "current": False,
        }
        | more
    )


def shell(theme: str = "light", current: str = "", **changes: Any) -> dict[str, Any]:
    """What the context processor gives a research nurse of two sites."""
    central, north = SimpleNamespace(pk=1, name="Central"), SimpleNamespace(pk=2, name="North")
    ward = [
        item("Today", "worklist", "list", 3, alert=True),
        item("Patients", "patients:list", "people", 18),
        item("Reminders", "reminders:list", "bell", 11),
    ]
    trial = [item("Protocol", "regimens:list", "doc")]
    admin = [item("People", "accounts:people", "person"), item("Sites", "accounts:sites", "building")]
    for one in ward + trial + admin:
        one.current = one.title == current
    return {
        "demo": True,
        "theme": theme,
        "keys": True,
        "trial": "NCT01371630",
        "site": central,
        "sites": [central, north],
        "roles": "Research nurse",
        "read_at": dt.datetime(2021, 6, 15, 8, 40, tzinfo=ZoneInfo("America/Bogota")),
        "nav": [
            SimpleNamespace(title="Ward", items=ward),
            SimpleNamespace(title="Trial", items=trial),
            SimpleNamespace(title="Administration", items=admin),
        ],
    } | changes


def with_test_templates() -> list[dict[str, Any]]:
    """The product's TEMPLATES setting, and tests/templates after it."""
    engines = copy.deepcopy(settings.TEMPLATES)
    engines[0]["DIRS"] = [*engines[0]["DIRS"], TESTS / "templates"]
    return engines


def render(template: str, context: dict[str, Any], *, theme: str = "light", current: str = "") -> str:
    """The page as a nurse at Central gets it."""
    request = RequestFactory().get("/")
    whole = {"user": "Research nurse A", "shell": shell(theme, current), "csrf_token": "t" * 64} | context
    return render_to_string(template, whole, request=request)


@dataclass
class Shown:
    """What a page did in the browser."""

    page: Any
    refused: list[str] = field(default_factory=list)


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium, headless."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = launch(playwright.chromium)
        yield running
        running.close()


def launch(kind: Any, *options: str) -> Any:
    return kind.launch(executable_path=executable(), args=["--no-sandbox", *options])


def show(running: Any, html: str, *, width: int = 1440, height: int = 1000, **options: Any) -> Shown:
    """Open the HTML in a fresh page; everything that the content policy refuses is kept in `.refused`."""
    page = running.new_context(viewport={"width": width, "height": height}, **options).new_page()
    shown = Shown(page)
    page.on("console", lambda said: shown.refused.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: shown.refused.append(str(error)))
    page.route("**/*", lambda route: _answer(route, html))
    page.goto(ORIGIN + "/", wait_until="load")
    return shown


def _answer(route: Any, html: str) -> None:
    path = route.request.url.removeprefix(ORIGIN).split("?")[0].split("#")[0]
    if path.startswith("/static/"):
        file = STATIC / path.removeprefix("/static/")
        if file.is_file():
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            return route.fulfill(body=file.read_bytes(), content_type=kind)
        return route.fulfill(status=404)
    return route.fulfill(
        body=html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY}
    )


def sideways(page: Any) -> int:
    """By how many pixels the page itself scrolls sideways (0: not at all)."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
