"""Named reads. Every page, count and email asks here, so that they never disagree on what is due."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    CharField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast
from django.utils import timezone

from patients import kinds
from patients.due import COMING_DAYS, DUE_STATES, END_DAYS, OPEN_STATES, RUNNING
from patients.enums import CycleState, PatientState, UploadState
from patients.models import (
    Administration,
    Closure,
    Cycle,
    ImportedFile,
    Patient,
    Resumption,
    ScheduledActivity,
)
from patients.models.patient import READERS
from protocoltracker.accounts.access import access_of
from protocoltracker.accounts.models import Site, User

TO_START = Q(state__in=OPEN_STATES, provisional=False)
"""Doses of cycles that were opened: those of other cycles are provisional."""


@dataclass(frozen=True)
class Counts:
    overdue: int
    patients: int


def sites_for(user: Any, site: Site | None) -> list[Site]:
    """The chosen site, or all sites that `user` may read."""
    return [site] if site is not None else list(access_of(user).sites(READERS))


def days_by_site(sites: Iterable[Site], now: dt.datetime) -> dict[dt.date, list[uuid.UUID]]:
    """Sites by their local calendar day at `now`: at most three days at once, all over the world."""
    days: dict[dt.date, list[uuid.UUID]] = defaultdict(list)
    for site in sites:
        days[site.today(now)].append(site.pk)
    return days


def _per_site(sites: Iterable[Site], now: dt.datetime, condition: Any) -> Q:
    """`condition(today)` for the patients of each site with its own today. No site: nothing."""
    found = Q(pk__in=[])
    for today, ids in days_by_site(sites, now).items():
        found |= Q(patient__site_id__in=ids) & condition(today)
    return found


def _due_until(day: dt.date) -> Q:
    """Activities on which somebody has to act on `day` or before: start what is open, end what runs."""
    return _begun_by(day) & (TO_START | Q(state=RUNNING, until__lte=day))


def _overdue_on(today: dt.date) -> Q:
    ends = Q(state=RUNNING, until__lt=today - dt.timedelta(days=END_DAYS))
    return _begun_by(today - dt.timedelta(days=1)) & (TO_START | ends)


def _begun_by(day: dt.date) -> Q:
    """What is not over and was to begin on `day` or before; asked of every row, for the index of due rows to serve."""
    return Q(on__lte=day, state__in=sorted(DUE_STATES))


def due_activities(sites: Iterable[Site], now: dt.datetime, *, ahead: int = COMING_DAYS) -> QuerySet:
    """Doses of opened cycles that are overdue, due today, or due within `ahead` days."""
    return ScheduledActivity.objects.filter(
        _per_site(sites, now, lambda today: _due_until(today + dt.timedelta(days=ahead)))
    ).order_by("on", "patient__subject_number", "day", "order_code", "slot")


def coming_activities(sites: Iterable[Site], now: dt.datetime, *, ahead: int = COMING_DAYS) -> QuerySet:
    """Those of due_activities that are not overdue."""
    days = _per_site(
        sites, now, lambda today: _due_until(today + dt.timedelta(days=ahead)) & ~_overdue_on(today)
    )
    return ScheduledActivity.objects.filter(days).order_by(
        "on", "patient__subject_number", "day", "order_code", "slot"
    )


def today_and_tomorrow(user: Any, sites: list[Site], now: dt.datetime) -> tuple[int, int]:
    """How much is due today and tomorrow, doses and cycles to open, in one query."""
    counted = [
        _count(rows)
        for ahead in (0, 1)
        for rows in (
            coming_activities(sites, now, ahead=ahead),
            next_cycles().filter(_per_site(sites, now, lambda day, n=ahead: _starts_within(day, n))),
        )
    ]
    doses, cycles, doses_so_far, cycles_so_far = User.objects.filter(pk=user.pk).values_list(*counted).get()
    return doses + cycles, doses_so_far + cycles_so_far - doses - cycles


def _starts_within(today: dt.date, days: int) -> Q:
    return Q(day1__gte=today, day1__lte=today + dt.timedelta(days=days))


def overdue_activities(sites: Iterable[Site], now: dt.datetime) -> QuerySet:
    return ScheduledActivity.objects.filter(_per_site(sites, now, _overdue_on))


def due_cycles(sites: Iterable[Site], now: dt.datetime, *, ahead: int = COMING_DAYS) -> QuerySet:
    """Next cycles to be opened, of patients on treatment, whose day 1 is at most `ahead` days away."""
    return next_cycles().filter(
        _per_site(sites, now, lambda day: Q(day1__lte=day + dt.timedelta(days=ahead)))
    )


def overdue_cycles(sites: Iterable[Site], now: dt.datetime) -> QuerySet:
    return next_cycles().filter(_per_site(sites, now, lambda today: Q(day1__lt=today)))


def next_cycles() -> QuerySet:
    """For each patient on treatment, the first cycle that is still only planned."""
    earlier = Cycle.objects.filter(
        patient=OuterRef("patient"), position__lt=OuterRef("position"), state=CycleState.PLANNED
    )
    return Cycle.objects.filter(
        ~Exists(earlier), state=CycleState.PLANNED, patient__state=PatientState.ON_TREATMENT
    ).order_by("day1", "patient__subject_number")


def running_infusions(sites: Iterable[Site]) -> QuerySet:
    """Continuous infusions that run now (a drug taken by mouth every day runs too, and is not shown as one)."""
    return (
        ScheduledActivity.objects.filter(patient__site__in=list(sites), state=RUNNING, times_per_day=1)
        .select_related("patient", "cycle")
        .order_by("until", "patient__subject_number")
    )


def _count(rows: QuerySet) -> Subquery:
    counted = rows.order_by().annotate(n=Func(F("pk"), function="COUNT", output_field=IntegerField()))
    return Subquery(counted.values("n"))


def counts_for_nav(user: Any, site: Site | None, now: dt.datetime | None = None) -> Counts:
    """Overdue items and patients of the sites in view, in one query."""
    now = now or timezone.now()
    sites = sites_for(user, site)
    overdue, cycles, patients = (
        User.objects.filter(pk=user.pk)
        .values_list(
            _count(overdue_activities(sites, now)),
            _count(overdue_cycles(sites, now)),
            _count(Patient.objects.filter(site__in=sites)),
        )
        .get()
    )
    # Without any site there is nothing to count, and the database answers with nothing instead of zero.
    return Counts((overdue or 0) + (cycles or 0), patients or 0)


def patient_list(user: Any, site: Site | None, *, search: str = "", state: str = "") -> QuerySet:
    """Patients in view with where they stand: the cycle open now, and the next open dose."""
    patients = (
        Patient.objects.filter(site__in=sites_for(user, site))
        .select_related("site", "enrolment__protocol_version")
        .defer("enrolment__protocol_version__text")
    )
    if search.strip().isascii() and search.strip().isdecimal():
        patients = patients.filter(subject_number=int(search.strip()[:9]))
    elif search.strip():
        patients = patients.none()
    if state:
        patients = patients.filter(state=state)
    opened = Cycle.objects.filter(patient=OuterRef("pk"), state=CycleState.OPEN)
    coming = ScheduledActivity.objects.filter(patient=OuterRef("pk"), state__in=OPEN_STATES).order_by("on")
    return patients.annotate(
        open_label=Subquery(opened.values("label")[:1], output_field=CharField()),
        open_day1=Subquery(opened.values("day1")[:1]),
        next_on=Subquery(coming.values("on")[:1]),
    ).order_by("subject_number")


PATIENT_ROW = (
    "subject_number",
    "site_id",
    "enrolment__protocol_version_id",
    "enrolment__arm",
    "enrolment__dose_level",
    "enrolment__enrolled_on",
    "open_label",
    "open_day1",
    "next_on",
    "state",
)


def patient_rows(patients: QuerySet) -> Iterator[tuple]:
    """PATIENT_ROW of each patient of `patient_list`, fetched as it is asked for: memory does not grow with them."""
    return patients.values_list(*PATIENT_ROW).iterator(chunk_size=2000)


def imported_files(user: Any) -> QuerySet:
    """The person's own files, and those of others that were stored; newest first, without what is in them."""
    seen = Q(uploaded_by=user) | Q(state=UploadState.STORED)
    return ImportedFile.objects.filter(seen).select_related("uploaded_by").defer("content")


def patient_for(user: Any, pk: uuid.UUID) -> Patient | None:
    """The patient with enrolment, version and site, if `user` may read it."""
    return (
        Patient.objects.for_user(user)
        .select_related("site", "enrolment__protocol_version", "enrolment__version_in_force")
        .defer("enrolment__protocol_version__text", "enrolment__version_in_force__text")
        .filter(pk=pk)
        .first()
    )


def cycles_of(patient: Patient) -> QuerySet:
    return patient.cycles.select_related("closed_by")


def open_activities(patient: Patient, until: dt.date) -> QuerySet:
    """What is open or running up to a day, of cycles opened or not."""
    return (
        patient.activities.filter(Q(state__in=OPEN_STATES, on__lte=until) | Q(state=RUNNING))
        .select_related("cycle")
        .order_by("on", "day", "order_code", "slot")
    )


def current_administrations(patient: Patient) -> QuerySet:
    """What was given, held or omitted and stands, latest first."""
    return (
        Administration.objects.filter(patient=patient, is_current=True)
        .select_related("activity", "cycle", "created_by")
        .order_by("-given_at", "-created_at")
    )


def watched_activities(patient: Patient) -> QuerySet:
    """Doses of the drugs that need two pairs of eyes: the lanes of the roadmap."""
    return patient.activities.filter(second_person=True).order_by("on", "slot")


def standing_closures(patient: Patient) -> QuerySet:
    return Closure.objects.filter(patient=patient, undone_at__isnull=True).select_related("created_by")


def cycle_activities(cycle: Cycle) -> QuerySet:
    """The doses of a cycle in the order of its days."""
    return cycle.activities.select_related("closed_by").order_by("day", "order_code", "slot")


def standing_records(patient: Patient) -> list[tuple[str, uuid.UUID, dt.date, str]]:
    """(kind, id, date, value of its first column) of every record that counts, latest first, in one query."""
    parts = [
        kind.model.objects.filter(patient=patient, entered_in_error=False)
        .order_by()
        .annotate(kind_slug=Value(kind.slug), first=Cast(kind.columns[0], CharField()))
        .values_list("kind_slug", "pk", "on", "first")
        for kind in kinds.ALL
    ]
    return sorted(parts[0].union(*parts[1:], all=True), key=lambda row: row[2], reverse=True)


def basis_before_opening(patient: Patient, cycle: Cycle) -> Any:
    """Whose height and weight are behind the provisional doses: the cycle that is repeated, or the enrolment.

    Of a former patient: the day on which treatment was resumed, or what the past course was entered with.
    """
    if cycle.attempt > 1:
        same = patient.cycles.filter(phase=cycle.phase, number=cycle.number, attempt__lt=cycle.attempt)
        repeated = same.filter(weight_kg__isnull=False).order_by("attempt").last()
        return repeated or patient.enrolment
    return (patient.enrolment.historical and _basis_of_former(patient, cycle)) or patient.enrolment


def _basis_of_former(patient: Patient, cycle: Cycle) -> Any:
    resumed = Resumption.objects.filter(patient=patient, cycle__position__lte=cycle.position).first()
    return resumed or patient.cycles.filter(weight_kg__isnull=False).first()
