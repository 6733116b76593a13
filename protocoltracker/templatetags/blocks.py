"""Blocks that pages share: panels, notes, facts, history, actions, the summary of faults. {% load ui %}"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify

from protocoltracker.templatetags.marks import icon

register = template.Library()


@register.simple_block_tag
def panel(
    content: str,
    title: str,
    id: str = "",  # noqa: A002 (read in templates as the attribute it becomes)
    note: str = "",
    late: bool = False,
    url: str = "",
    link: str = "",
    link_icon: str = "",
    css: str = "",
) -> SafeString:
    """A titled panel; `note` stands beside the title (red when `late`), `url` + `link` at the right end."""
    key = id or f"h-{slugify(title)}"
    beside = (
        format_html('<span class="{}">{}</span>', "pt-late" if late else "pt-2nd pt-small", note)
        if note
        else ""
    )
    symbol = icon(link_icon) if link_icon else ""
    end = format_html('<a class="pt-end" href="{}">{}{}</a>', url, symbol, link) if url else ""
    return format_html(
        '<section class="pt-panel{}" aria-labelledby="{}"><div class="pt-panel__head">'
        '<h2 id="{}">{}</h2>{}{}</div>{}</section>',
        f" {css}" if css else "", key, key, title, beside, end, content,
    )  # fmt: skip


@register.simple_block_tag
def note(content: str, kind: str = "", symbol: str = "") -> SafeString:
    """A note with a coloured edge: "" | due | overdue | given | held; the icon follows the kind unless named."""
    usual = {"overdue": "alert", "held": "alert", "given": "check", "due": "info"}.get(kind, "info")
    look = f" pt-note--{kind}" if kind else ""
    return format_html('<div class="pt-note{}">{}<div>{}</div></div>', look, icon(symbol or usual), content)


@register.inclusion_tag("components/_stat.html")
def stat(
    label: str,
    value: Any,
    note: str = "",
    unit: str = "",
    url: str = "",
    detail: str = "",
    meaning: str = "",
    exact: float | None = None,
) -> dict[str, Any]:
    """A number with what it counts, its interval and its definition; inside <div class="pt-stats">.

    `exact` is the value before rounding, for who reads the page by machine.
    """
    shown = {"label": label, "value": value, "note": note, "unit": unit, "url": url}
    return shown | {"detail": detail, "meaning": meaning, "exact": exact}


@register.inclusion_tag("components/_empty.html")
def empty(symbol: str, title: str, text: str = "", url: str = "", link: str = "") -> dict[str, Any]:
    """What is true where nothing is to be shown, and the next step."""
    return {"symbol": symbol, "title": title, "text": text, "url": url, "link": link}


@register.inclusion_tag("components/_facts.html")
def facts(items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The strip of facts under a heading: .label, .value, .note, .source, .tbc, .url."""
    return {"facts": items}


@register.inclusion_tag("components/_history.html")
def history(entries: Iterable[Mapping[str, Any]], subject: bool = False) -> dict[str, Any]:
    """Who changed what, when and why; newest first. `subject`: name the record of each entry."""
    return {"entries": entries, "name_record": subject}


@register.inclusion_tag("components/_pagination.html", takes_context=True)
def pagination(context: template.Context, page: Any) -> dict[str, Any]:
    """Previous and next of a Django Page; nothing when there is one page."""
    return {"page": page, "request": context.get("request")}


@register.inclusion_tag("components/_action.html", takes_context=True)
def action(context: template.Context, act: Any, small: bool = True, css: str = "") -> dict[str, Any]:
    """One action as a link or a form that posts; see components/_action.html for what it holds."""
    return {"act": act, "small": small, "css": css, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/_errors.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """All faults of a form, each a link to its field."""
    return {"faults": form_faults(form)}


@register.filter
def form_faults(form: BaseForm) -> list[dict[str, str]]:
    """.text and .target ("" for a fault of the whole form), in the order of the fields."""
    general = [{"text": str(text), "target": ""} for text in form.non_field_errors()]
    return general + [
        {"text": _fault(bound, text), "target": "" if bound.is_hidden else _target(bound)}
        for bound in form
        for text in bound.errors
    ]


def _fault(bound: BoundField, fault: Any) -> str:
    """The field's name first, unless the sentence already begins with it."""
    name, text = str(bound.label or bound.name).rstrip(":"), str(fault)
    return text if name.lower() in text.lower() else f"{name}: {text}"


def _target(bound: BoundField) -> str:
    return bound.id_for_label or f"{bound.auto_id}_0"


@register.simple_tag
def hidden_fields(pairs: Mapping[str, Any] | None) -> SafeString:
    """Hidden inputs for a form that posts a few fixed values (row version, form token)."""
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', (pairs or {}).items())
