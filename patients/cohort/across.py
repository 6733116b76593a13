"""What is wrong between the rows: a subject twice, enrolment out of order, one site spelt in two ways."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from patients.cohort.findings import ERROR, WARNING, Finding
from patients.cohort.reading import Row
from regimens.reading.faults import quoted


def findings(rows: Sequence[Row], stored_sites: Iterable[str]) -> Iterator[Finding]:
    """`stored_sites` are the names of the sites that are there already."""
    yield from _doubled_subjects(rows)
    yield from _out_of_order(rows)
    yield from _two_spellings(rows, stored_sites)


def _doubled_subjects(rows: Sequence[Row]) -> Iterator[Finding]:
    first: dict[int, int] = {}
    for row in rows:
        subject = row["subject"]
        if subject is None:
            continue
        if subject in first:
            message = (
                f"subject {subject:03d} is there in row {first[subject]} already. Remove one of the two rows, or "
                "correct the number."
            )
            yield Finding(row.number, "subject", "doubled-subject", ERROR, message)
        first.setdefault(subject, row.number)


def _out_of_order(rows: Sequence[Row]) -> Iterator[Finding]:
    """Subject numbers are given in the order of enrolment; told once for each patient who comes too early."""
    known = [row for row in rows if row["subject"] is not None and row["enrolled_on"] is not None]
    latest: Row | None = None
    for row in sorted(known, key=lambda row: (row["subject"], row.number)):
        if latest is not None and row["enrolled_on"] < latest["enrolled_on"]:
            message = (
                f"enrolled_on {row['enrolled_on']}: subject {latest['subject']:03d}, with a lower number, was enrolled "
                f"on {latest['enrolled_on']}. Correct one of the dates if it is wrong."
            )
            yield Finding(row.number, "enrolled_on", "enrolment-order", WARNING, message)
        else:
            latest = row


def _two_spellings(rows: Sequence[Row], stored_sites: Iterable[str]) -> Iterator[Finding]:
    """Names that differ only in case or blanks are two sites here, and probably one in the world."""
    spelt = {_alike(name): name for name in sorted(stored_sites)}
    told: set[str] = set()
    for row in rows:
        site = row["site"]
        if site is None:
            continue
        known = spelt.setdefault(_alike(site), site)
        if site != known and site not in told:
            told.add(site)
            message = (
                f"site {quoted(site)} and {quoted(known)} would be two sites. Write one way if they are one."
            )
            yield Finding(row.number, "site", "site-spelling", WARNING, message)


def _alike(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
