"""The vocabulary of the pages: icons, state tags, doses, provenance, and the blocks that every page shares.

    {% load ui %}
    {% icon "check" %}   {% icon "alert" label="has a problem" %}
    {% tag "overdue" %}   {% tag row.state row.state_word %}
    {% dose_chip "0.51 mg" "0.3 mg/m² × 1.70 m²" %}   {{ value|dose:"mg/m2" }}   {% provenance "A GK" %}
    {% panel "Overdue" note="3" %}...{% endpanel %}   {% note "held" %}...{% endnote %}
    {{ date|isoday }}   {{ moment|isotime }}   {% subject row.subject row.patient_id %}

Filters on dates and numbers are in `protocoltracker.templatetags.words`, re-exported here under the same {% load ui %}.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django import template
from django.forms import BaseForm, BoundField
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from protocoltracker.templatetags import words

register = template.Library()
register.filters.update(words.register.filters)

# state -> (look, icon, word); the look decides the colour, the icon and the word carry the meaning without it.
STATES = {
    "due": ("due", "clock", "Due"),
    "running": ("due", "play", "Running"),
    "open": ("due", "clock", "Open"),
    "queued": ("due", "clock", "Queued"),
    "on_treatment": ("due", "clock", "On treatment"),
    "enrolled": ("due", "clock", "Enrolled"),
    "overdue": ("overdue", "alert", "Overdue"),
    "failed": ("overdue", "alert", "Failed"),
    "missing": ("overdue", "alert", "Missing"),
    "given": ("given", "check", "Given"),
    "sent": ("given", "check", "Sent"),
    "done": ("given", "check", "Done"),
    "completed": ("given", "check", "Completed"),
    "active": ("given", "check", "Active"),
    "approved": ("given", "check", "Approved"),
    "held": ("held", "pause", "Held"),
    "paused": ("held", "pause", "Paused"),
    "warning": ("held", "alert", "Needs a reason"),
    "omitted": ("omitted", "slash", "Omitted"),
    "not_done": ("omitted", "slash", "Not done"),
    "cancelled": ("omitted", "slash", "Cancelled"),
    "withdrawn": ("omitted", "slash", "Withdrawn"),
    "closed": ("omitted", "lock", "Closed"),
    "skipped": ("omitted", "skip", "Skipped"),
    "ended": ("omitted", "stop", "Ended"),
    "off_treatment": ("omitted", "stop", "Off treatment"),
    "off_study": ("omitted", "stop", "Off study"),
    "died": ("omitted", "stop", "Died"),
    "error": ("omitted", "slash", "Enrolled in error"),
    "enrolled_in_error": ("omitted", "slash", "Enrolled in error"),
    "inactive": ("omitted", "lock", "Closed account"),
    "retired": ("omitted", "lock", "Retired"),
    "voided": ("omitted", "slash", "Entered in error"),
    "changed": ("changed", "delta", "Changed"),
    "moved": ("changed", "delta", "Moved"),
    "restored": ("changed", "undo", "Restored"),
    "deleted": ("overdue", "slash", "Removed"),
    "planned": ("plan", "ring", "Planned"),
    "created": ("plan", "plus", "Created"),
    "draft": ("plan", "pen", "Draft"),
    "follow_up": ("plan", "ring", "In follow-up"),
    "pending": ("plan", "ring", "Pending"),
    "information": ("plan", "info", "For information"),
    "provisional": ("provisional", "q", "Provisional"),
    "tbc": ("tbc", "q", "To be confirmed"),
}
# A, B#, GK, C: where a value of the protocol comes from.
SOURCES = {
    "A": "from the abstract, Blood 2021;138(S1):3363",
    "B": "from a published source",
    "GK": "general knowledge, to be confirmed by the study team",
    "C": "stated in no source found, to be confirmed by the study team",
}
UNCONFIRMED = {"GK", "C"}
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


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite: silent beside a word, spoken with `label` when it stands alone."""
    hidden = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')  # noqa: S308
    return format_html('<svg class="pt-i" {}><use href="#i-{}"/></svg>', hidden, name)


def state_look(state: str) -> tuple[str, str, str]:
    """Look, icon and word of a state; an unknown state is shown plainly, in its own word."""
    key = re.sub(r"[\s-]+", "_", str(state).strip().lower())
    return STATES.get(key) or ("plan", "ring", str(state).replace("_", " ").capitalize())


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


def source_codes(value: str | Iterable[str] | None) -> list[str]:
    """The tags in "A GK", "A, B2" or a list, in their order."""
    text = value if isinstance(value, str) else " ".join(str(one) for one in value or ())
    return re.findall(r"[A-Z]+\d*[a-z]?", text)


def source_title(code: str) -> str:
    """What a provenance tag means, in words."""
    kind = re.sub(r"\d.*", "", code)
    suffix = f" ({code})" if kind == "B" else ""
    return SOURCES.get(kind, "source not stated") + suffix


@register.simple_tag
def provenance(value: str | Iterable[str] | None, words: bool = False) -> SafeString:
    """The provenance tags of a value; GK and C carry the dashed "to be confirmed" frame (`words`: spelled out)."""
    marks = [_source_mark(code, spelled=words) for code in source_codes(value)]
    return format_html('<span class="pt-srcs">{}</span>', mark_safe("".join(marks))) if marks else mark_safe("")  # noqa: S308


def _source_mark(code: str, *, spelled: bool) -> SafeString:
    title = source_title(code)
    if code not in UNCONFIRMED:
        return format_html(
            '<span class="pt-src" title="{}">{}<span class="visually-hidden">, {}</span></span>', title, code, title
        )
    said = mark_safe(", to be confirmed") if spelled else format_html('<span class="visually-hidden">, {}</span>', title)
    return format_html(
        '<span class="pt-tag pt-tag--tbc pt-src--tbc" title="{}">{}{}{}</span>', title, icon("q"), code, said
    )


@register.filter
def unconfirmed(value: str | Iterable[str] | None) -> bool:
    """Whether a provenance holds GK or C."""
    return any(code in UNCONFIRMED for code in source_codes(value))


@register.simple_tag
def subject(number: str, patient_id: Any = None) -> SafeString:
    """A subject number, linked to the patient when the id is given."""
    if not patient_id:
        return format_html('<span class="pt-subj">{}</span>', number)
    return format_html('<a class="pt-subj" href="{}">{}</a>', reverse("patients:detail", args=[patient_id]), number)


@register.simple_tag
def arm(number: int, label: str) -> SafeString:
    """An arm with its mark: 1 a circle, 2 a square, on every page."""
    return format_html('<span class="pt-arm{}">{}</span>', " pt-arm--2" if int(number) == 2 else "", label)


@register.simple_tag
def day(value: Any, strong: bool = True) -> SafeString:
    """A date with its weekday: <time>2021-06-15 Tue</time>; a dash when there is none."""
    on = words.as_date(value)
    if on is None:
        return mark_safe("–")
    shape = "<strong>{}</strong> {}" if strong else "{} {}"
    inner = format_html(shape, on.isoformat(), words.WEEKDAYS[on.weekday()][:3])
    return format_html('<time class="text-nowrap" datetime="{}">{}</time>', on.isoformat(), inner)


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


@register.simple_block_tag
def panel(
    content: str,
    title: str,
    id: str = "",
    note: str = "",
    late: bool = False,
    url: str = "",
    link: str = "",
    link_icon: str = "",
    css: str = "",
) -> SafeString:
    """A titled panel; `note` stands beside the title (red when `late`), `url` + `link` at the right end."""
    key = id or f"h-{slugify(title)}"
    beside = format_html('<span class="{}">{}</span>', "pt-late" if late else "pt-2nd pt-small", note) if note else ""
    symbol = icon(link_icon) if link_icon else ""
    end = format_html('<a class="pt-end" href="{}">{}{}</a>', url, symbol, link) if url else ""
    return format_html(
        '<section class="pt-panel{}" aria-labelledby="{}"><div class="pt-panel__head"><h2 id="{}">{}</h2>{}{}</div>{}</section>',
        f" {css}" if css else "", key, key, title, beside, end, content,
    )  # fmt: skip


@register.simple_block_tag
def note(content: str, kind: str = "", symbol: str = "") -> SafeString:
    """A note with a coloured edge: "" | due | overdue | given | held; the icon follows the kind unless named."""
    usual = {"overdue": "alert", "held": "alert", "given": "check", "due": "info"}.get(kind, "info")
    look = f" pt-note--{kind}" if kind else ""
    return format_html('<div class="pt-note{}">{}<div>{}</div></div>', look, icon(symbol or usual), content)


@register.inclusion_tag("components/_stat.html")
def stat(label: str, value: Any, note: str = "", unit: str = "", url: str = "") -> dict[str, Any]:
    """A number with what it counts; inside <div class="pt-stats">."""
    return {"label": label, "value": value, "note": note, "unit": unit, "url": url}


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


def _fault(bound: BoundField, text: str) -> str:
    """The field's name first, unless the sentence already begins with it."""
    name = str(bound.label or bound.name).rstrip(":")
    return text if name.lower() in text.lower() else f"{name}: {text}"


def _target(bound: BoundField) -> str:
    return bound.id_for_label or f"{bound.auto_id}_0"


def undo_tag(url: str, **hidden: Any) -> str:
    """For messages.success(..., extra_tags=undo_tag(url, row_version=3)): the toast then carries an Undo form."""
    if " " in url or not url.startswith("/") or url.startswith("//"):
        raise ValueError(f"undo address {url!r} is not a path of this site; give what reverse() returns")
    return UNDO + url + (f"?{urlencode(hidden)}" if hidden else "")


@register.filter
def undo_action(message: Any) -> dict[str, Any] | None:
    """The Undo form of a message: .url and .hidden (name -> value); None when it cannot be undone."""
    for part in (getattr(message, "extra_tags", "") or "").split():
        if part.startswith(UNDO + "/"):
            address = urlsplit(part.removeprefix(UNDO))
            return {"url": address.path, "hidden": dict(parse_qsl(address.query))}
    return None


@register.simple_tag
def hidden_fields(pairs: Mapping[str, Any] | None) -> SafeString:
    """Hidden inputs for a form that posts a few fixed values (row version, form token)."""
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', (pairs or {}).items())
