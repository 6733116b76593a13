"""What the file alone says, for tests of the rules."""

import datetime as dt

from patients.cohort.checking import examine
from patients.cohort.findings import Finding
from patients.cohort.rules import Known
from tests.cohort_files import a_file

TODAY = dt.date(2026, 1, 1)
KNOWN = Known(today=TODAY, effective={"original": dt.date(2011, 8, 26), "amended": dt.date(2017, 3, 15)})


def found(*rows: dict[str, str], known: Known = KNOWN) -> list[Finding]:
    return sorted(examine(a_file(*rows), known).findings, key=lambda finding: (finding.row, finding.column))


def told(*rows: dict[str, str], known: Known = KNOWN) -> list[tuple[int, str, str, str]]:
    """Row, column, rule and severity of each finding."""
    return [(f.row, f.column, f.rule, f.severity) for f in found(*rows, known=known)]
