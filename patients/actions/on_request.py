"""The digests of one day because a person asks for them: what they tell, and sending them once."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from patients import reminder_reads
from patients.actions.ledger import plan
from patients.actions.sending import send_due
from patients.alarms import nobody_to_tell
from patients.enums import DigestKind, ReminderState
from patients.models import Digest
from patients.reminders import Item
from protocoltracker.accounts.models import Site, User


@dataclass
class DayReport:
    """One site on one local day: what is due, who is told, and what became of the messages."""

    site: Site
    day: dt.date
    is_today: bool
    items: list[Item]
    people: list[User]
    digests: dict[User, Digest] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return DigestKind.DAILY if self.is_today else DigestKind.ON_REQUEST


def report(*, on: dt.date | None, site_name: str | None, now: dt.datetime) -> list[DayReport]:
    """What local day `on` (None: today) tells at each site with patients on treatment, or at the named one.

    Errors: ValueError for a site that does not exist.
    """
    sites = reminder_reads.sites_with_patients() if site_name is None else [_site(site_name)]
    told = reminder_reads.recipients([site.pk for site in sites])
    reports = []
    for site in sites:
        today = site.today(now)
        day = on or today
        items = reminder_reads.items_due([site.pk], day)[site.pk]
        reports.append(DayReport(site, day, day == today, items, told[site.pk]))
    return reports


def _site(name: str) -> Site:
    site = Site.objects.filter(name__iexact=name.strip()).first()
    if site is None:
        known = ", ".join(Site.objects.values_list("name", flat=True)) or "there is none yet"
        raise ValueError(f"--site: there is no site {name!r}. The sites: {known}.")
    return site


def send(
    reports: list[DayReport], *, also_other_days: bool, clock: Callable[[], dt.datetime]
) -> list[DayReport]:
    """Send the digests of today (and of another day, if asked) that are not sent yet; fill in what became of them."""
    chosen = [report for report in reports if report.is_today or also_other_days]
    for report in chosen:
        plan([report.site], report.day, kind=report.kind, now=clock())
    if chosen:
        send_due(clock=clock, only=Digest.objects.filter(pk__in=[d.pk for r in chosen for d in _digests(r)]))
    unattended = set(reminder_reads.unattended(Site.objects.filter(pk__in=[r.site.pk for r in reports])))
    for report in reports:
        report.digests = {digest.recipient: digest for digest in _digests(report)}
        report.faults = [nobody_to_tell(report.site)] if report.site in unattended else []
        report.faults += [] if report not in chosen else _not_sent(report)
    return reports


def _digests(report: DayReport) -> Iterable[Digest]:
    found = Digest.objects.filter(site=report.site, day=report.day, kind=report.kind)
    return found.select_related("recipient").order_by("recipient__full_name")


def _not_sent(report: DayReport) -> list[str]:
    final = (ReminderState.SENT, ReminderState.CANCELLED)
    return [
        f"{report.site.name}, {report.day}: the digest for {person} is not sent, it is "
        f"{digest.get_state_display().lower()}. {digest.fault}".strip()
        for person, digest in report.digests.items()
        if digest.state not in final
    ]
