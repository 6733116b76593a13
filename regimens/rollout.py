"""Which versions are stored, and from when each site uses which."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from protocoltracker.accounts import histories
from protocoltracker.accounts.access import access_of
from protocoltracker.accounts.models import Role, Site
from regimens import policies
from regimens.models import ProtocolVersion, SiteApproval
from regimens.presenters import short_hash, summary, title, unconfirmed
from regimens.provenance import Provenance

LABELS = {"approved_on": "Approved on"}


@dataclass(frozen=True)
class Arm:
    """An arm keeps its mark (1 a circle, 2 a square) on every page."""

    number: int
    label: str


@dataclass(frozen=True)
class Row:
    url: str
    title: str
    summary: str
    arms: list[Arm]
    effective_on: dt.date
    effective_provenance: Provenance
    unconfirmed: int
    hash: str
    stored_at: dt.datetime
    state: str
    state_word: str


@dataclass(frozen=True)
class Approval:
    """From when a site uses a version. `own`: by its own approval, not by the date of the file."""

    site: str
    version: str
    day: dt.date
    own: bool
    url: str


@dataclass(frozen=True)
class Segment:
    title: str
    url: str
    current: bool


@dataclass(frozen=True)
class Versions:
    protocols: str
    rows: list[Row]
    columns: list[str]
    sites: list[tuple[str, list[Approval]]]


def versions(user: Any) -> Versions:
    """Every stored version, and the dates of the sites where `user` has a role."""
    stored = list(ProtocolVersion.objects.all())
    latest = list({(version.protocol, version.name): version for version in stored}.values())
    own = _own_dates(_sites(user), latest)
    return Versions(
        protocols=", ".join(dict.fromkeys(version.protocol for version in stored)),
        rows=[_row(version, stored, is_latest=version in latest) for version in stored],
        columns=[title(version) for version in latest],
        sites=[(site.name, [_approval(user, site, v, own) for v in latest]) for site in _sites(user)],
    )


def segments(stored: list[ProtocolVersion], shown: ProtocolVersion) -> list[Segment]:
    """The versions as a choice; nothing to choose from when there is one."""
    address = {version: reverse("regimens:version", args=[version.pk]) for version in stored}
    found = [Segment(title(version), address[version], version == shown) for version in stored]
    return found if len(found) > 1 else []


def approvals(user: Any, version: ProtocolVersion) -> list[Approval]:
    """The sites where `user` has a role, each with the day from which it uses `version`."""
    own = _own_dates(_sites(user), [version])
    return [_approval(user, site, version, own) for site in _sites(user)]


def history(approval: SiteApproval | None) -> list[histories.Entry]:
    return histories.of_row("regimens_siteapproval", approval.pk, LABELS) if approval else []


def _sites(user: Any) -> list[Site]:
    return list(access_of(user).sites(Role.values))


def _own_dates(sites: list[Site], versions: list[ProtocolVersion]) -> dict[tuple[Any, str, str], dt.date]:
    """Approval dates by site and version; that of an earlier revision counts until the site enters another."""
    found = (
        SiteApproval.objects.filter(site__in=sites)
        .select_related("protocol_version")
        .defer("protocol_version__text")
    )
    wanted = {(version.protocol, version.name): version.revision for version in versions}
    dates = {}
    for one in found.order_by("protocol_version__revision"):
        key = (one.protocol_version.protocol, one.protocol_version.name)
        if one.protocol_version.revision <= wanted.get(key, 0):
            dates[(one.site_id, *key)] = one.approved_on
    return dates


def _approval(
    user: Any, site: Site, version: ProtocolVersion, own: dict[tuple[Any, str, str], dt.date]
) -> Approval:
    day = own.get((site.pk, version.protocol, version.name))
    may = policies.may_approve(user, site)
    url = reverse("regimens:approve", args=[version.pk, site.pk]) if may else ""
    return Approval(site.name, title(version), day or version.effective_on, day is not None, url)


def _row(version: ProtocolVersion, stored: list[ProtocolVersion], *, is_latest: bool) -> Row:
    read = version.definition
    known = list(dict.fromkeys(arm.name for one in stored for arm in one.definition.arms))
    return Row(
        url=reverse("regimens:version", args=[version.pk]),
        title=title(version),
        summary=summary(read),
        arms=[Arm(known.index(arm.name) + 1, arm.title) for arm in read.arms],
        effective_on=version.effective_on,
        effective_provenance=read.effective_on.provenance,
        unconfirmed=unconfirmed(read),
        hash=short_hash(version),
        stored_at=version.created_at,
        state="given" if is_latest else "omitted",
        state_word="Current file" if is_latest else "Replaced by a later revision",
    )
