"""Store the former patients of a file, all of them or none. Nothing is planned for them and no dose is made up.

`by` is a signed-in person, who needs the right at every site of the file, or "system:import".
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from patients import policies
from patients.actions import import_context as context
from patients.actions.enrolment import locked_counter
from patients.actions.import_comparing import Checked, compare
from patients.actions.import_records import Imported, Place, records_of
from patients.cohort.checking import Examined, examine
from patients.cohort.reading import Row
from patients.models import Patient
from protocoltracker.accounts import actions as accounts
from protocoltracker.accounts.models import Site, User
from protocoltracker.audit.context import acting
from protocoltracker.records import Record

AT_ONCE = 500  # patients whose records are in memory together

__all__ = ["Checked", "check", "store", "today_anywhere"]

today_anywhere = context.today_anywhere


class _Blocked(Exception):
    """Found under the lock: everything is taken back."""

    def __init__(self, checked: Checked) -> None:
        self.checked = checked


def check(
    content: bytes, *, today: dt.date, data_cutoff: dt.date | None = None, by: User | None = None
) -> Checked:
    """What storing the file would find, without writing. Without `by` nobody's rights are asked.

    `today`: no date lies after it. Errors: Denied for a person who may import nowhere.
    """
    if by is not None:
        policies.check(by, "import patients")
    return compare(_examined(content, today, data_cutoff), by)[0]


def store(
    *,
    by: User | str,
    content: bytes,
    today: dt.date,
    data_cutoff: dt.date | None = None,
    source: str = "a file",
) -> Checked:
    """Store every new patient of the file, or nothing when the answer is `blocked`.

    `source` names the file in the audit trail. Patients who are stored with the same values stay as they are.
    """
    person = _as_of_now(by)
    examined = _examined(content, today, data_cutoff)
    checked, rows = compare(examined, person)
    if checked.blocked or not rows:
        return checked
    try:
        with acting(by=by, reason=f"imported from {source}"):
            return _store_rows(examined, by, person)
    except _Blocked as blocked:
        return blocked.checked


def _as_of_now(by: User | str) -> User | None:
    """The person with the rights of this moment; None for the command."""
    if not isinstance(by, User):
        return None
    person = User.objects.get(pk=by.pk)
    policies.check(person, "import patients")
    return person


def _examined(content: bytes, today: dt.date, data_cutoff: dt.date | None) -> Examined:
    sites = list(Site.objects.all())
    known = context.known(sites, today=today, data_cutoff=data_cutoff)
    return examine(content, known, stored_sites=[site.name for site in sites])


def _store_rows(examined: Examined, by: User | str, person: User | None) -> Checked:
    """Compare again with the counter locked, so that two imports, or an enrolment, take turns; then store."""
    versions = context.stored_versions(by=by)  # before the counter: whoever loads a version may enrol next
    counter = locked_counter()
    checked, rows = compare(examined, person)
    if checked.blocked:
        raise _Blocked(checked)
    names = {row["site"] for row in rows}
    place = Place(accounts.open_sites(by=by, names=names), versions, person)
    for some in _in_parts(rows):
        _create([records_of(row, place) for row in some])
    counter.last = max([counter.last, *(row["subject"] for row in rows)])
    counter.save(update_fields=["last"])
    return replace(checked, stored=len(rows))


def _in_parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        yield some


def _create(patients: Sequence[Imported]) -> None:
    """The patients, then their records, one statement a table."""
    Patient.objects.bulk_create([imported.patient for imported in patients])
    tables: dict[type[Record], list[Any]] = defaultdict(list)
    for imported in patients:
        for record in imported.records:
            tables[type(record)].append(record)
    for table, records in tables.items():
        table._default_manager.bulk_create(records)
