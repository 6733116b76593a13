"""Small marks inside a line: icons, state tags, doses, provenance, subject numbers, dates. {% load ui %}"""

from collections.abc import Iterable
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from protocoltracker.templatetags import words as written
from protocoltracker.templatetags.meanings import UNCONFIRMED, source_codes, source_title, state_look

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite: silent beside a word, spoken with `label` when it stands alone."""
    hidden = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="pt-i" {}><use href="#i-{}"/></svg>', hidden, name)


@register.simple_tag
def tag(state: str, word: str = "") -> SafeString:
    """A status tag: icon and word; `word` says it more exactly ("Overdue 1 day")."""
    look, symbol, usual = state_look(state)
    return format_html('<span class="pt-tag pt-tag--{}">{}{}</span>', look, icon(symbol), word or usual)


@register.simple_tag
def tbc(word: str = "To be confirmed") -> SafeString:
    """The mark of a value that the study team has not confirmed."""
    return tag("tbc", word)


@register.simple_tag
def dose_chip(dose: str, basis: str = "", url: str = "") -> SafeString:
    """A dose in bold with its basis after it; a link when it opens its receipt."""
    bold = format_html('<b><a href="{}">{}</a></b>', url, dose) if url else format_html("<b>{}</b>", dose)
    after = format_html("<span>{}</span>", basis) if basis else ""
    return format_html('<span class="pt-chip">{}{}</span>', bold, after)


@register.simple_tag
def provenance(value: str | Iterable[str] | None, words: bool = False) -> SafeString:
    """The provenance tags of a value; GK and C carry the dashed "to be confirmed" frame (`words`: spelled out)."""
    codes = source_codes(value)
    published = [code for code in codes if code not in UNCONFIRMED]
    open_ones = [code for code in codes if code in UNCONFIRMED]
    marks = [(_published(published),)] if published else []
    marks += [(_open(open_ones, spelled=words),)] if open_ones else []
    return (
        format_html('<span class="pt-srcs">{}</span>', format_html_join("", "{}", marks))
        if marks
        else mark_safe("")
    )


def _published(codes: list[str]) -> SafeString:
    title = "; ".join(map(source_title, codes))
    shape = '<span class="pt-src" title="{}">{}<span class="visually-hidden">, {}</span></span>'
    return format_html(shape, title, " ".join(codes), title)


def _open(codes: list[str], *, spelled: bool) -> SafeString:
    title = "; ".join(map(source_title, codes))
    silently = format_html('<span class="visually-hidden">, {}</span>', title)
    said = mark_safe(", to be confirmed") if spelled else silently
    shape = '<span class="pt-tag pt-tag--tbc pt-src--tbc" title="{}">{}{}{}</span>'
    return format_html(shape, title, icon("q"), " ".join(codes), said)


@register.filter
def unconfirmed(value: str | Iterable[str] | None) -> bool:
    """Whether a provenance holds GK or C."""
    return any(code in UNCONFIRMED for code in source_codes(value))


@register.simple_tag
def subject(number: str, patient_id: Any = None) -> SafeString:
    """A subject number, linked to the patient when the id is given."""
    if not patient_id:
        return format_html('<span class="pt-subj">{}</span>', number)
    return format_html(
        '<a class="pt-subj" href="{}">{}</a>', reverse("patients:detail", args=[patient_id]), number
    )


@register.simple_tag
def arm(number: int, label: str) -> SafeString:
    """An arm with its mark: 1 a circle, 2 a square, on every page."""
    return format_html('<span class="pt-arm{}">{}</span>', " pt-arm--2" if int(number) == 2 else "", label)


@register.simple_tag
def day(value: Any, strong: bool = True) -> SafeString:
    """A date with its weekday: <time>2021-06-15 Tue</time>; a dash when there is none."""
    on = written.as_date(value)
    if on is None:
        return mark_safe("–")
    shape = "<strong>{}</strong> {}" if strong else "{} {}"
    inner = format_html(shape, on.isoformat(), written.WEEKDAYS[on.weekday()][:3])
    return format_html('<time class="text-nowrap" datetime="{}">{}</time>', on.isoformat(), inner)
