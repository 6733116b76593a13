"""What became of a file of former patients, as text for people and as JSON for scripts."""

import json
from dataclasses import asdict
from typing import Any

from patients.actions.importing import Checked

HEADS = ("", "row", "column", "rule", "message")


def as_json(done: Checked, *, dry_run: bool) -> str:
    """`findings` by row; `summary` counts the patients of the file."""
    summary: dict[str, Any] = {
        "rows": done.rows,
        "new": done.new,
        "stored": done.stored,
        "unchanged": done.unchanged,
        "errors": len(done.errors),
        "warnings": len(done.warnings),
        "new_sites": list(done.sites),
        "dry_run": dry_run,
    }
    return json.dumps({"findings": [asdict(found) for found in done.findings], "summary": summary}, indent=1)


def as_text(done: Checked, *, dry_run: bool) -> str:
    """A line each finding, then what became of the file in a sentence."""
    lines = [
        (found.severity, str(found.row), found.column, found.rule, found.message) for found in done.findings
    ]
    table = "\n".join(_aligned([HEADS, *lines])) + "\n\n" if lines else ""
    return table + sentence(done, dry_run=dry_run)


def _aligned(lines: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def sentence(done: Checked, *, dry_run: bool) -> str:
    """What became, or would become, of the file."""
    found = f"{_number(len(done.errors), 'error')}, {_number(len(done.warnings), 'warning')}"
    if done.blocked:
        return f"Nothing {'would be' if dry_run else 'was'} stored: {found}. Correct the errors and import it again."
    stored = f"{done.new} would be stored" if dry_run else f"{done.stored} stored"
    return f"{_number(done.rows, 'patient')} in the file: {stored}, {done.unchanged} unchanged; {found}."


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
