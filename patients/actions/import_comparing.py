"""A file against what is stored, and against the rights of who imports. Reads only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from patients import policies
from patients.actions.import_stored import Stored, differences, stored_rows
from patients.cohort.checking import Examined
from patients.cohort.findings import ERROR, WARNING, Finding, in_order
from patients.cohort.reading import Row
from protocoltracker.accounts.models import Site, User

NAMED = 20


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

    @classmethod
    def unread(cls, why: Finding) -> "Checked":
        """Of a file that cannot even be opened."""
        return cls(findings=(why,), rows=0, new=0, unchanged=0, sites=())

    @property
    def blocked(self) -> bool:
        return bool(self.errors)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if found.blocks)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if not found.blocks)


def compare(examined: Examined, by: User | None) -> tuple[Checked, list[Row]]:
    """The findings of the file with those against what is stored; and the rows to store if nothing blocks.

    Rows with an error are compared with nothing: their values may be wrong.
    """
    faulty = {found.row for found in examined.findings if found.blocks}
    whole = [row for row in examined.rows if row.number not in faulty]
    stored = stored_rows([row["subject"] for row in whole])
    new = [row for row in whole if row["subject"] not in stored]
    known = [row for row in whole if row["subject"] in stored]
    against = [list(_against(row, stored[row["subject"]], by)) for row in known]
    of_sites, added = _sites(examined, by)
    checked = Checked(
        findings=in_order([*examined.findings, *of_sites, *(found for some in against for found in some)]),
        rows=examined.patients,
        new=len(new),
        unchanged=sum(not some for some in against),
        sites=added,
    )
    return checked, new


def _sites(examined: Examined, by: User | None) -> tuple[list[Finding], tuple[str, ...]]:
    """What is to be said of the sites of the file, and those that are not there yet."""
    there = {site.name: site for site in Site.objects.filter(name__in=examined.sites)}
    added = tuple(sorted(set(examined.sites) - set(there)))
    denied = list(_without_right(examined, there, by))
    return (denied or [_new_sites(added)] if added else denied), added


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
