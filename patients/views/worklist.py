"""The first page of the day: what has to be done at the person's sites."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from patients import policies, queries
from patients.alarms import alarms
from patients.models import Patient
from patients.models.patient import READERS
from patients.presenters import worklist as show
from patients.views.common import counts_of
from patients.views.common import now as right_now
from protocoltracker.accounts.access import access_of
from protocoltracker.accounts.models import Site
from protocoltracker.shell import chosen_site

AHEAD = {"today": 3, "tomorrow": 1, "week": 7, "overdue": 0}
SHOWN = 150


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Overdue, today and coming; `view` chooses how far ahead."""
    access = access_of(request.user)
    if not access.has(READERS):
        return redirect("accounts:welcome")
    view = request.GET.get("view", "today")
    view = view if view in AHEAD else "today"
    moment = right_now()
    site = chosen_site(request)
    sites = queries.sites_for(request.user, site)
    rows = _rows(request, sites, moment, AHEAD[view])
    return render(
        request,
        "worklist/page.html",
        {"page": _page(request, view, rows, sites, moment), "crumbs": _crumbs(site)},
    )


def _rows(request: HttpRequest, sites: list[Site], moment: dt.datetime, ahead: int) -> list[dict[str, Any]]:
    days = {site.pk: site.today(moment) for site in sites}
    records = {site.pk: policies.may(request.user, "record treatment", site=site) for site in sites}
    # Apart, so that many overdue doses never push today's off the page.
    late = queries.overdue_activities(sites, moment).order_by("on", "patient__subject_number", "day", "slot")
    coming = queries.coming_activities(sites, moment, ahead=ahead)
    activities = [
        *late.select_related("patient", "cycle")[:SHOWN],
        *coming.select_related("patient", "cycle")[:SHOWN],
    ]
    cycles = queries.due_cycles(sites, moment, ahead=ahead).select_related("patient")[:SHOWN]
    return [
        show.cycle_row(c, today=days[c.patient.site_id], may_record=records[c.patient.site_id])
        for c in cycles
    ] + [
        show.activity_row(a, today=days[a.patient.site_id], may_record=records[a.patient.site_id])
        for a in activities
    ]


def _page(
    request: HttpRequest, view: str, rows: list[dict[str, Any]], sites: list[Site], moment: dt.datetime
) -> dict[str, Any]:
    today = min((site.today(moment) for site in sites), default=moment.date())
    overdue = counts_of(request, chosen_site(request)).overdue
    due_today, due_tomorrow = queries.today_and_tomorrow(request.user, sites, moment)
    wanted = [row for row in rows if _belongs(row, view, today)]
    tomorrow = [row for row in rows if row["due_on"] == today + dt.timedelta(days=1)]
    return {
        "title": show.day_title(today),
        "summary": [
            {"text": f"{overdue} overdue", "late": overdue > 0},
            {"text": f"{due_today} due today", "late": False},
            {"text": f"{due_tomorrow} tomorrow", "late": False},
        ],
        "segments": [
            {"title": title, "url": f"{reverse('worklist')}?view={name}", "current": name == view}
            for name, title in show.VIEWS.items()
        ],
        "groups": show.groups(
            show.together(wanted), today=today, totals={"overdue": overdue, "today": due_today}
        ),
        "empty": None if wanted else _nothing(view),
        "alarms": alarms(request.user, now=moment, site=chosen_site(request), undelivered=False),
        "running": _running(sites),
        "tomorrow": [_short(row) for row in tomorrow],
    }


def _belongs(row: dict[str, Any], view: str, today: dt.date) -> bool:
    if view == "overdue":
        return row["due_state"] == "overdue"
    if view == "tomorrow":
        return row["due_on"] == today + dt.timedelta(days=1)
    return True


def _nothing(view: str) -> dict[str, str]:
    title = "Nothing is overdue" if view == "overdue" else "Nothing to do"
    return {
        "title": title,
        "text": "Every planned dose up to here is recorded.",
        "url": reverse("patients:list"),
        "link": "Patients",
    }


def _short(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "subject": row["subject"],
        "patient_id": row["patient_id"],
        "what": f"{row['where']}: {row['drug']}",
        "provenance": row["provenance"],
    }


def _running(sites: list[Site]) -> list[dict[str, Any]]:
    running = queries.running_infusions(sites)
    return [
        {
            "subject": activity.patient.subject,
            "patient_id": activity.patient_id,
            "url": activity.cycle.get_absolute_url(),
            "what": f"{activity.drug}, {show.amount(activity.dose, activity.dose_unit)}",
            "until": activity.until,
        }
        for activity in running
    ]


def _crumbs(site: Site | None) -> list[dict[str, str]]:
    return [{"title": site.name if site else "All sites", "url": ""}, {"title": "Today", "url": ""}]


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Go straight to the patient with this subject number; otherwise to the list."""
    query = request.GET.get("q", "").strip()
    if query.isascii() and query.isdecimal() and len(query) < 10:
        patient = Patient.objects.for_user(request.user).filter(subject_number=int(query)).first()
        if patient is not None:
            return redirect(patient)
    return redirect(f"{reverse('patients:list')}?{urlencode({'q': query[:40]})}")
