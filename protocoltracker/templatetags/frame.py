"""What the frame of every page needs: static files, the places on a phone, the notice on doses, undo. {% load ui %}"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

NOT_AN_ORDER = "Not an order: the hospital’s system is authoritative."
UNDO = "undo:"
# URL name -> its single key: what a phone keeps at the foot of the page.
TABS = {"worklist": "t", "patients:list": "p", "reminders:list": ""}


@register.simple_tag
def asset(path: str) -> str:
    """The address of a static file; the plain one where the manifest misses it, so that error pages still render."""
    try:
        return static(path)
    except ValueError:
        return f"/static/{path}"


@register.filter
def tabs(groups: Iterable[Any] | None) -> list[Any]:
    """The links of the navigation that the phone's tab bar repeats, in the order of TABS."""
    found = {item.url: item for group in groups or () for item in group.items}
    return [found[url] for url in map(reverse, TABS) if url in found]


@register.simple_tag
def nav_key(url: str) -> SafeString:
    """The single key of a navigation link, as attributes; nothing for the others."""
    key = {reverse(name): key for name, key in TABS.items() if key}.get(url)
    return format_html(' data-key="{0}" aria-keyshortcuts="{0}"', key) if key else mark_safe("")


@register.simple_tag
def not_an_order() -> str:
    """On every page with a dose, first in the footer: {% block dose_note %}{% not_an_order %} · {% endblock %}"""
    return NOT_AN_ORDER


def undo_tag(url: str, **hidden: Any) -> str:
    """For messages.success(..., extra_tags=undo_tag(url, row_version=3)): the toast then carries an Undo form."""
    if " " in url or not url.startswith("/") or url.startswith("//"):
        raise ValueError(f"undo address {url!r} is not a path of this site; give what reverse() returns")
    return UNDO + url + (f"?{urlencode(hidden)}" if hidden else "")


@register.filter
def undo_action(message: Any) -> dict[str, Any] | None:
    """The Undo form of a message: .url and .hidden (name -> value); None when it cannot be undone."""
    for part in (getattr(message, "extra_tags", "") or "").split():
        if part.startswith(UNDO + "/") and not part.startswith(UNDO + "//"):
            address = urlsplit(part.removeprefix(UNDO))
            return {"url": address.path, "hidden": dict(parse_qsl(address.query))}
    return None
