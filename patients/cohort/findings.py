"""What is wrong, or unusual, in a file of former patients."""

from collections.abc import Iterable
from dataclasses import dataclass

ERROR = "error"  # cannot be so: nothing of the file is stored
WARNING = "warning"  # unusual, but possible: listed and stored


@dataclass(frozen=True, slots=True)
class Finding:
    """`row` counts patients, the first is 1; 0 is the file as a whole. `message` names the value and the way out."""

    row: int
    column: str
    rule: str
    severity: str
    message: str

    @property
    def blocks(self) -> bool:
        return self.severity == ERROR


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By row, then by column and rule, so that the same file always answers the same."""
    return tuple(sorted(findings, key=lambda found: (found.row, found.column, found.rule, found.message)))
