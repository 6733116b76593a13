"""The reminders of a site, and the outbox: every message as it was sent."""

import base64
import datetime as dt
import hashlib
import html
import re
import uuid
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from patients import digest_lines, policies, queries, reminder_reads
from patients.alarms import alarms
from patients.models import Digest
from patients.presenters import reminders as show
from patients.views.common import now
from protocoltracker.accounts.access import Denied
from protocoltracker.accounts.models import Site, User
from protocoltracker.shell import chosen_site

PER_PAGE = 50
# The message is our own, but it is shown as a foreign one would be: no script, no picture, no form.
# Mail programs drop linked styles, so it holds its own: those alone are let in, each by its hash.
MAIL_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-hashes' {}; frame-ancestors 'none'; base-uri 'none'"
)
STYLE = re.compile(r'\sstyle="([^"]*)"')


@require_GET
def list_page(request: HttpRequest) -> HttpResponse:
    """What is due as the next digest would tell it; what was sent, failed or cancelled."""
    _check(request)
    moment, site = now(), chosen_site(request)
    sites = queries.sites_for(request.user, site)
    told = reminder_reads.recipients([one.pk for one in sites])
    digests = reminder_reads.digests_of_today(sites, moment)
    rows, count = _open_rows(sites, told, moment)
    page = _page(request, sites, rows, count, moment)
    page["note"] = (
        f"{count} open. {show.reached(digests)} {show.last_sweep(reminder_reads.last_sweep(), moment)}"
    )
    page["alarms"] = alarms(request.user, now=moment, site=site)
    context = {
        "page": page,
        "ladder": show.ladder(sites, told),
        "digest": {"title": "Today’s digests", "rows": [show.digest_row(d) for d in digests]}
        if digests
        else None,
        "outbox_url": reverse("reminders:outbox"),
        "crumbs": _crumbs(site, "Reminders"),
    }
    return render(request, "reminders/list.html", context)


def _page(
    request: HttpRequest, sites: list[Site], due: list[dict[str, Any]], count: int, moment: dt.datetime
) -> dict[str, Any]:
    view = request.GET.get("view", "open")
    view = view if view in show.VIEWS else "open"
    counts = reminder_reads.counts_by_state(sites, moment)
    rows = due if view == "open" else reminder_reads.told(sites, show.STATES_OF_VIEW[view], moment)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    if view != "open":
        page.object_list = [show.reminder_row(row) for row in page.object_list]
    failed = sum(counts[state] for state in show.STATES_OF_VIEW["failed"])
    return {
        "segments": _segments(view, {"open": count, "failed": failed}),
        "rows": page,
        "title": show.VIEWS[view],
        "hint": show.HINTS[view],
        "empty": {
            "title": "Nothing is due." if view == "open" else "Nothing here in the last 14 days.",
            "text": "",
        },
    }


def _open_rows(
    sites: list[Site], told: dict[uuid.UUID, list[User]], moment: dt.datetime
) -> tuple[list[dict[str, Any]], int]:
    """The lines of the next digests, and of how many items they are."""
    rows, count = [], 0
    for today, ids in queries.days_by_site(sites, moment).items():
        for site_id, items in reminder_reads.items_due(ids, today).items():
            groups = digest_lines.groups(items, today=today)
            count += len(items)
            rows += [show.open_row(line, to=told[site_id]) for group in groups for line in group.lines]
    return sorted(rows, key=lambda row: row["on"]), count


def _segments(chosen: str, counts: dict[str, int], address: str = "reminders:list") -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "url": f"{reverse(address)}?view={view}",
            "current": view == chosen,
            "count": counts.get(view) or None,
        }
        for view, title in show.VIEWS.items()
    ]


@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """Every message of the person's sites, sent or not, newest first."""
    _check(request)
    site = chosen_site(request)
    view = request.GET.get("view", "all")
    digests = Digest.objects.for_user(request.user).select_related("site", "recipient")
    if site is not None:
        digests = digests.filter(site=site)
    if view in show.STATES_OF_VIEW:
        digests = digests.filter(state__in=show.STATES_OF_VIEW[view])
    page = Paginator(digests.order_by("-created_at", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = [show.message_row(digest) for digest in page.object_list]
    segments = _segments(view, {}, "reminders:outbox")
    segments[0] = {
        "title": "All",
        "url": reverse("reminders:outbox"),
        "current": view not in show.STATES_OF_VIEW,
    }
    context = {
        "note": _where_mail_goes(),
        "segments": segments,
        "alarms": alarms(request.user, now=now(), site=site),
        "rows": page,
    }
    return render(request, "reminders/outbox.html", {"page": context, "crumbs": _crumbs(site, "Outbox")})


def _where_mail_goes() -> str:
    if settings.EMAIL_URL:
        return "Messages go out by the mail server of EMAIL_URL; each stands here as it was sent."
    folder = settings.EMAIL_FILE_PATH
    return (
        f"EMAIL_URL is not set, so no mail leaves this machine: messages stay here and as files in {folder}."
    )


@require_GET
def message(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One message: the exact text, where it went, what it told."""
    digest = _digest_or_404(request, pk)
    items = digest.reminders.select_related("patient", "activity__cycle", "cycle", "digest__recipient")
    crumbs = [{"title": "Outbox", "url": reverse("reminders:outbox")}, {"title": str(digest.day), "url": ""}]
    context = {"message": show.message(digest, items), "attempts": show.attempts(digest), "crumbs": crumbs}
    return render(request, "reminders/message.html", context)


@require_GET
def message_html(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The HTML part as a mail program shows it, locked in by a policy of its own."""
    digest = _digest_or_404(request, pk)
    if not digest.html:
        raise Http404("This message has not been written yet.")
    policy = MAIL_POLICY.format(" ".join(_hashes_of_styles(digest.html)))
    return HttpResponse(digest.html, headers={"Content-Security-Policy": policy})


def _hashes_of_styles(page: str) -> list[str]:
    styles = {html.unescape(style) for style in STYLE.findall(page)}
    digests = (hashlib.sha256(style.encode()).digest() for style in styles)
    return sorted(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def _digest_or_404(request: HttpRequest, pk: uuid.UUID) -> Digest:
    digest = Digest.objects.for_user(request.user).select_related("site", "recipient").filter(pk=pk).first()
    if digest is None:
        raise Http404("There is no such message among your sites.")
    return digest


def _check(request: HttpRequest) -> None:
    if not policies.may(request.user, "read"):
        raise Denied("You have no role at a site whose reminders you may read. Ask an administrator for one.")


def _crumbs(site: Site | None, title: str) -> list[dict[str, str]]:
    return [{"title": site.name if site else "All sites", "url": ""}, {"title": title, "url": ""}]
