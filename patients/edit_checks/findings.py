"""What a rule finds."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from patients.edit_checks.facts import Facts

Values = Mapping[str, Any]
Rule = Callable[[Values, Facts], Iterable["Finding"]]


class Severity(StrEnum):
    ERROR = "error"  # cannot be so: blocks
    WARNING = "warning"  # unlikely, but possible: needs a reason


@dataclass(frozen=True)
class Finding:
    """`message` names the field, the value and the way out; `field` is where it is shown."""

    code: str
    severity: Severity
    field: str
    message: str


def error(code: str, field: str, message: str) -> Finding:
    return Finding(code, Severity.ERROR, field, message)


def warning(code: str, field: str, message: str) -> Finding:
    return Finding(code, Severity.WARNING, field, message)


def errors(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def warnings(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.WARNING]
