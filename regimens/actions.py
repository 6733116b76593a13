"""Storing a protocol version, and the day from which a site uses it. `by`: a signed-in person, or `"system:<job>"`."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from protocoltracker.accounts.models import Site, User
from protocoltracker.audit.context import acting
from protocoltracker.records import Refused, check_fresh
from regimens import loading, policies
from regimens.definition import ProtocolDefinition
from regimens.loading import DefinitionError
from regimens.models import ProtocolVersion, SiteApproval
from regimens.reading.faults import Fault

LOADING = "regimens.load_version"
LONGEST_NAME = 40


@dataclass(frozen=True)
class Stored:
    """A stored version; `is_new` is False when the same text was stored before."""

    version: ProtocolVersion
    is_new: bool


def load_version(*, text: str, by: Any) -> Stored:
    """Store the text of a protocol file as an immutable version.

    The same text again changes nothing; another text under the same name is the next revision of that name.
    Errors: DefinitionError with every fault of the text.
    """
    loaded = loading.load_text(text)
    if loaded.definition is None or (too_long := check_names(loaded.definition)):
        raise DefinitionError(loaded.faults or too_long)
    with acting(by=by, reason="protocol version loaded"):
        _one_at_a_time()
        if found := ProtocolVersion.objects.filter(sha256=loaded.sha256).first():
            return Stored(found, is_new=False)
        read = loaded.definition
        version = ProtocolVersion.objects.create(
            protocol=read.protocol_code,
            name=read.name,
            revision=_last_revision(read.protocol_code, read.name) + 1,
            title=read.title,
            effective_on=read.effective_on.value,
            text=loaded.text,
            sha256=loaded.sha256,
            created_by=by if isinstance(by, User) else None,
        )
    return Stored(version, is_new=True)


def versions_for_choice() -> list[ProtocolVersion]:
    """The latest revision of every version, the earliest version first."""
    latest: dict[tuple[str, str], ProtocolVersion] = {}
    for version in ProtocolVersion.objects.order_by("revision"):
        latest[version.protocol, version.name] = version
    return sorted(latest.values(), key=lambda version: (version.effective_on, version.created_at))


def version_in_force(*, site: Site, on: dt.date) -> ProtocolVersion:
    """The version under which `site` enrols on the day `on`: the one that came into force there last.

    A version comes into force at a site on the site's own approval date, or, without one, on the effective date of
    the file. A revision corrects the file of a version: the approval of an earlier revision goes on to count.
    """
    dates = {version: day for version, day in dates_at(site).items() if day <= on}
    if not dates:
        raise Refused(
            f"No protocol version is in force at {site} on {on.isoformat()}. Look at the date, or have an "
            "administrator enter the day on which the site approved the protocol.",
            field="consented_on",
        )
    return max(dates, key=lambda version: (dates[version], version.effective_on, version.created_at))


def dates_at(site: Site) -> dict[ProtocolVersion, dt.date]:
    """The day from which each version (its latest revision) holds at `site`."""
    return dates_by_site([site])[site.pk]


def dates_by_site(sites: Iterable[Site]) -> dict[uuid.UUID, dict[ProtocolVersion, dt.date]]:
    """The same for several sites, by their id, in two queries."""
    approved: dict[uuid.UUID, dict[tuple[str, str], dt.date]] = {site.pk: {} for site in sites}
    approvals = SiteApproval.objects.filter(site__in=list(approved)).order_by("protocol_version__revision")
    for site_id, protocol, name, on in approvals.values_list(
        "site_id", "protocol_version__protocol", "protocol_version__name", "approved_on"
    ):
        approved[site_id][protocol, name] = on
    versions = versions_for_choice()
    return {
        site_id: {v: dates.get((v.protocol, v.name), v.effective_on) for v in versions}
        for site_id, dates in approved.items()
    }


def approve(
    *,
    by: Any,
    site: Site,
    version: ProtocolVersion,
    approved_on: dt.date,
    reason: str = "",
    row_version: int | None = None,
) -> SiteApproval:
    """From `approved_on` on, the site enrols under `version`; who is enrolled already stays on the own version.

    Changing the date needs a reason.
    """
    with acting(by=by, reason=reason):
        if isinstance(by, User):
            policies.check_approve(by, site)
        Site.objects.select_for_update(no_key=True).get(pk=site.pk)  # two people at once take turns
        approval = (
            SiteApproval.objects.select_for_update().filter(site=site, protocol_version=version).first()
        )
        if approval is None:
            return SiteApproval.objects.create(
                site=site,
                protocol_version=version,
                approved_on=approved_on,
                created_by=by if isinstance(by, User) else None,
            )
        check_fresh(approval, row_version)
        if not reason.strip():
            raise Refused(
                f"{site} has an approval date already: {approval.approved_on.isoformat()}. Say why it changes.",
                field="reason",
            )
        approval.approved_on = approved_on
        approval.save(update_fields=["approved_on"])
    return approval


def check_names(read: ProtocolDefinition | None) -> tuple[Fault, ...]:
    """Names that the pages and exports have no room for."""
    named = {"protocol.code": read.protocol_code, "version.name": read.name} if read else {}
    return tuple(
        Fault(path, f"expected at most {LONGEST_NAME} characters; found {len(text)}")
        for path, text in named.items()
        if len(text) > LONGEST_NAME
    )


def _last_revision(protocol: str, name: str) -> int:
    revisions = ProtocolVersion.objects.filter(protocol=protocol, name=name).values_list(
        "revision", flat=True
    )
    return max(revisions, default=0)


def _one_at_a_time() -> None:
    """Two loads at once take turns until the end of the transaction, so that both see what the other stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOADING])
