"""A fault in a protocol file: where, what was expected, what was found."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`path` as in phases[0].cycles[1].orders[2].dose.unit; empty for the file as a whole. `line` from 1."""

    path: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = f" (line {self.line})" if self.line else ""
        return f"{self.path or 'file'}: {self.message}{place}"


def expected(what: str, found: object) -> str:
    return f"expected {what}; found {quoted(found)}"


def quoted(found: object) -> str:
    """The value as it may be shown: short, without control characters."""
    text = json.dumps(found, ensure_ascii=False) if isinstance(found, str) else str(found)
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return text if len(text) <= 60 else text[:57] + "..."
