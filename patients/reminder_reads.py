"""What the reminders need to read: what is due at sites, who is told, what was sent, what is wrong."""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from patients.due import COMING_DAYS, DUE_STATES, OPEN_STATES
from patients.enums import CycleState, DigestKind, PatientState
from patients.models import Cycle, Digest, Patient, Reminder, ScheduledActivity, SweepLog
from patients.reminders import RULES, ActivityRow, CycleRow, Item, due_items
from protocoltracker.accounts.models import Membership, Role, Site, User

TOLD_FOR = dt.timedelta(days=14)
LEAD_DAYS = max(rule.days_ahead or 0 for rule in RULES)
CYCLE = (
    "id",
    "patient_id",
    "patient__subject_number",
    "label",
    "phase",
    "number",
    "position",
    "day1",
    "state",
)


def items_due(site_ids: Collection[uuid.UUID], day: dt.date) -> dict[uuid.UUID, list[Item]]:
    """Everything to be told on local `day`, by site; two queries, however many sites and patients."""
    cycles: dict[uuid.UUID, list[CycleRow]] = defaultdict(list)
    for site_id, *fields in _cycles(site_ids, day):
        cycles[site_id].append(_cycle_row(fields))
    activities: dict[uuid.UUID, list[ActivityRow]] = defaultdict(list)
    for site_id, pk, order, number, on, until, state, *fields in _activities(site_ids, day):
        activities[site_id].append(ActivityRow(pk, _cycle_row(fields), order, number, on, until, state))
    return {
        site_id: due_items(activities.get(site_id, ()), cycles.get(site_id, ()), today=day)
        for site_id in site_ids
    }


def _cycles(site_ids: Collection[uuid.UUID], day: dt.date) -> Iterable[tuple]:
    """Cycles that are not opened yet, of patients on treatment."""
    return Cycle.objects.filter(
        patient__site_id__in=site_ids,
        patient__state=PatientState.ON_TREATMENT,
        state=CycleState.PLANNED,
        day1__lte=day + dt.timedelta(days=LEAD_DAYS),
    ).values_list("patient__site_id", *CYCLE)


def _activities(site_ids: Collection[uuid.UUID], day: dt.date) -> Iterable[tuple]:
    """Open and running activities up to the last coming day, without what an unopened cycle has run late with."""
    late_and_unopened = Q(cycle__state=CycleState.PLANNED, on__lt=day, state__in=OPEN_STATES)
    return (
        ScheduledActivity.objects.filter(
            patient__site_id__in=site_ids,
            patient__state=PatientState.ON_TREATMENT,
            cycle__state__in=[CycleState.PLANNED, CycleState.OPEN, CycleState.COMPLETED],
            state__in=DUE_STATES,
            on__lte=day + dt.timedelta(days=COMING_DAYS),
        )
        .exclude(late_and_unopened)
        .order_by()
        .values_list(
            *("patient__site_id", "id", "drug", "day", "on", "until", "state"),
            *("cycle__id", "patient_id", "patient__subject_number"),
            *(f"cycle__{name}" for name in CYCLE[3:]),
        )
    )


def _cycle_row(fields: list) -> CycleRow:
    pk, patient_id, subject_number, label, phase, number, position, day1, state = fields
    opened = state != CycleState.PLANNED
    return CycleRow(pk, patient_id, f"{subject_number:03d}", label, phase, number, position, day1, opened)


def tellable() -> QuerySet:
    """Memberships whose holder is told: coordinators, of one site or of every site, who have an address."""
    return Membership.objects.current().filter(role=Role.COORDINATOR).exclude(user__email="")


def recipients(site_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[User]]:
    """Who is told at each site, by name."""
    found: dict[uuid.UUID, dict[uuid.UUID, User]] = {site_id: {} for site_id in site_ids}
    memberships = tellable().filter(Q(site_id__in=site_ids) | Q(site_id__isnull=True))
    for membership in memberships.select_related("user").order_by("user__full_name", "user__username"):
        for site_id in site_ids if membership.site_id is None else [membership.site_id]:
            found[site_id][membership.user_id] = membership.user
    return {site_id: list(users.values()) for site_id, users in found.items()}


def unattended(sites: QuerySet) -> QuerySet:
    """Of `sites`, those with somebody on treatment and nobody to tell."""
    told = tellable().filter(Q(site_id=OuterRef("pk")) | Q(site_id__isnull=True))
    treated = Patient.objects.filter(site_id=OuterRef("pk"), state=PatientState.ON_TREATMENT)
    return sites.filter(Exists(treated), ~Exists(told))


def sites_with_patients() -> list[Site]:
    """Sites at which somebody is on treatment."""
    return list(Site.objects.filter(patients__state=PatientState.ON_TREATMENT).distinct())


def digests_of_today(sites: Iterable[Site], now: dt.datetime) -> list[Digest]:
    """The daily digests of each site's own today."""
    today = Q(pk__in=[])
    for site in sites:
        today |= Q(site=site, day=site.today(now))
    return list(Digest.objects.filter(today, kind=DigestKind.DAILY).select_related("site", "recipient"))


def told(sites: Iterable[Site], states: Collection[str], now: dt.datetime) -> QuerySet:
    """Reminders of the last 14 days in one of `states`, newest first."""
    return (
        Reminder.objects.filter(site__in=sites, state__in=states, created_at__gt=now - TOLD_FOR)
        .select_related("patient", "activity__cycle", "cycle", "digest__recipient")
        .order_by("-digest__day", "due_on", "patient__subject_number", "pk")
    )


def counts_by_state(sites: Iterable[Site], now: dt.datetime) -> Counter:
    """How many reminders of the last 14 days are in each state."""
    rows = Reminder.objects.filter(site__in=sites, created_at__gt=now - TOLD_FOR).order_by()
    return Counter(dict(rows.values_list("state").annotate(n=Count("pk"))))


def last_sweep() -> SweepLog | None:
    return SweepLog.objects.first()
