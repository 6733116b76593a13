"""Store the former patients of a file, all of them or none. Nothing is planned for them and no dose is made up.

`by` is a signed-in person, who needs the right at every site of the file, or "system:import".
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from patients import policies
from patients.actions import import_context as context
from patients.actions.enrolment import locked_counter
from patients.actions.import_records import Imported, Place, records_of
from patients.actions.import_stored import Stored, differences, stored_rows
from patients.cohort.checking import Examined, examine
from patients.cohort.findings import ERROR, WARNING, Finding, in_order
from patients.cohort.reading import Row
from patients.models import Patient
from protocoltracker.accounts import actions as accounts
from protocoltracker.accounts.models import Site, User
from protocoltracker.audit.context import acting
from protocoltracker.records import Record

AT_ONCE = 500  # patients whose records are in memory together
NAMED = 20

today_anywhere = context.today_anywhere


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What became of a file. `rows` are its patients; `new`, `unchanged` those that could be stored and are stored.

    `sites` are those that are not there yet, or were not before. `stored` counts the patients of this call.
    """

    findings: tuple[Finding, ...]
    rows: int
    new: int
    unchanged: int
    sites: tuple[str, ...]
    stored: int = 0

    @property
    def blocked(self) -> bool:
        return bool(self.errors)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if found.blocks)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if not found.blocks)


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
    return _compared(_examined(content, today, data_cutoff), by)[0]


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
    checked, rows = _compared(examined, person)
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
    checked, rows = _compared(examined, person)
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


def _compared(examined: Examined, by: User | None) -> tuple[Checked, list[Row]]:
    """The findings of the file and those against what is stored; and the rows to store if nothing blocks."""
    findings = list(examined.findings)
    faulty = {found.row for found in findings if found.blocks}
    sites = {site.name: site for site in Site.objects.filter(name__in=examined.sites)}
    added = tuple(sorted(set(examined.sites) - set(sites)))
    denied = list(_without_right(examined, sites, by))
    findings += denied
    whole = [row for row in examined.rows if row.number not in faulty]
    stored = stored_rows([row["subject"] for row in whole])
    new = [row for row in whole if row["subject"] not in stored]
    unchanged = 0
    for row in whole:
        if row["subject"] in stored:
            found = list(_against(row, stored[row["subject"]], by))
            unchanged += not found
            findings += found
    if added and not denied:
        findings.append(_new_sites(added))
    checked = Checked(
        findings=in_order(findings), rows=examined.patients, new=len(new), unchanged=unchanged, sites=added
    )
    return checked, new


def _without_right(examined: Examined, sites: dict[str, Site], by: User | None) -> Iterator[Finding]:
    if by is None:
        return
    for name, row in examined.sites.items():
        if name in sites:
            if not policies.may(by, "import patients", site=sites[name]):
                message = (
                    f"site {name}: you may not import patients there. Ask an administrator for the role of a data "
                    "manager at this site, or leave its patients out."
                )
                yield Finding(row, "site", "site-right", ERROR, message)
        elif not policies.may_everywhere(by, "import patients"):
            message = (
                f"site {name} is not there yet, and only a data manager of every site may import patients of a new "
                "one. Ask an administrator to add the site and give you the role there, or correct the name."
            )
            yield Finding(row, "site", "site-right", ERROR, message)


def _against(row: Row, stored: Stored, by: User | None) -> Iterator[Finding]:
    """What differs; nothing is told of a patient at a site where the person has no right."""
    subject = f"subject {row['subject']:03d}"
    if by is not None and not policies.may(by, "import patients", site=stored.site_id):
        message = f"{subject} is stored at a site where you may not import patients. Correct the number, or the site."
        yield Finding(row.number, "subject", "stored-elsewhere", ERROR, message)
    elif not stored.historical:
        message = f"{subject} was enrolled here; a file does not overwrite that. Correct the number, or remove the row."
        yield Finding(row.number, "subject", "enrolled-here", ERROR, message)
    else:
        for column, here, there in differences(row, stored):
            message = (
                f"{column}: the file says {here}, stored is {there} for {subject}. Correct the file, or change the "
                "record on the page of the patient."
            )
            yield Finding(row.number, column, "stored-differs", ERROR, message)


def _new_sites(names: Sequence[str]) -> Finding:
    told = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    message = (
        f"New sites: {told}. Each is created with the time zone UTC: give its time zone on the page of the site, or "
        "correct the name if the site is there under another one."
    )
    return Finding(0, "site", "new-site", WARNING, message)
