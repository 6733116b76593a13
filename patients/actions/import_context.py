"""What an import needs to know of the protocol and of the sites beside the file."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from patients.cohort.rules import Known
from protocoltracker.accounts.models import Site
from regimens import actions as regimens
from regimens import loading
from regimens.models import ProtocolVersion

PROTOCOL = loading.SHIPPED[-1]  # the versions of the file are those of the protocol that is shipped


def today_anywhere(now: dt.datetime | None = None) -> dt.date:
    """The latest local day of any site: what happened there today is not in the future."""
    now = now or timezone.now()
    return max([now.date(), *(site.today(now) for site in Site.objects.all())])


def known(sites: Iterable[Site], *, today: dt.date, data_cutoff: dt.date | None) -> Known:
    """Versions that are not stored yet count from the day in their file."""
    shipped = {name: loading.shipped_definition(name).effective_on.value for name in loading.SHIPPED}
    stored = {version.name: version.effective_on for version in _versions()}
    effective = {**shipped, **stored}
    at_sites = regimens.dates_by_site(sites)
    in_force = {site.name: {**effective, **_by_name(at_sites[site.pk])} for site in sites}
    return Known(today=today, data_cutoff=data_cutoff, effective=effective, in_force=in_force)


def stored_versions(*, by: Any) -> Mapping[str, ProtocolVersion]:
    """The latest revision of each version by name; the shipped file of one that is missing is loaded first."""
    there = {version.name for version in _versions()}
    for name, text in loading.shipped():
        if name not in there:
            regimens.load_version(text=text, by=by)
    return {version.name: version for version in _versions()}


def _versions() -> list[ProtocolVersion]:
    return [version for version in regimens.versions_for_choice() if version.protocol == _protocol()]


def _protocol() -> str:
    return loading.shipped_definition(PROTOCOL).protocol_code


def _by_name(dates: Mapping[ProtocolVersion, dt.date]) -> dict[str, dt.date]:
    return {version.name: on for version, on in dates.items() if version.protocol == _protocol()}
