"""Everything that can be said of a file without the record of the patients: bytes in, rows and findings out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from patients.cohort import across, course_rules, mrd_rules, time_rules
from patients.cohort.findings import Finding
from patients.cohort.reading import MOST_ERRORS, Row, read, too_many
from patients.cohort.rules import Known, Rule

RULES: tuple[Rule, ...] = (*course_rules.RULES, *time_rules.RULES, *mrd_rules.RULES)


@dataclass(frozen=True)
class Examined:
    """`rows` have all their cells; `patients` counts every row of the file."""

    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    patients: int

    @property
    def blocked(self) -> bool:
        return any(found.blocks for found in self.findings)

    @property
    def sites(self) -> dict[str, int]:
        """The sites that are named, with the first row that names each."""
        first: dict[str, int] = {}
        for row in self.rows:
            if row["site"] is not None:
                first.setdefault(row["site"], row.number)
        return first


def examine(content: bytes, known: Known, *, stored_sites: Iterable[str] = ()) -> Examined:
    """Never raises, whatever the bytes are."""
    found = read(content)
    findings = [*found.findings, *_of_rows(found.rows, known), *across.findings(found.rows, stored_sites)]
    return Examined(tuple(found.rows), tuple(findings), found.patients)


def _of_rows(rows: Iterable[Row], known: Known) -> Iterator[Finding]:
    errors = 0
    for row in rows:
        if errors >= MOST_ERRORS:
            yield too_many(row.number)
            return
        for rule in RULES:
            for finding in rule.findings(row, known):
                errors += finding.blocks
                yield finding
