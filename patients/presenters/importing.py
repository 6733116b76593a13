"""Words of the import pages: what a file would do, what is wrong with it, what became of it."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from patients.actions.importing import Checked
from patients.cohort.findings import ERROR, Finding
from patients.enums import UploadState
from patients.models import ImportedFile
from protocoltracker.accounts.models import User
from protocoltracker.tables import Column, Table
from protocoltracker.uploads import in_words

SHOWN = 100
"""Findings on the page; the file for a spreadsheet has them all."""

TAGS = {
    UploadState.CHECKED: "pending",
    UploadState.STORED: "done",
    UploadState.GIVEN_UP: "cancelled",
}
COLUMNS = (
    Column("Row", numeric=True),
    Column("Column"),
    Column("Rule"),
    Column("Severity"),
    Column("Message"),
)


def counted(number: int, one: str, many: str = "") -> str:
    """1 error, 2,400 errors."""
    return f"1 {one}" if number == 1 else f"{number:,} {many or one + 's'}"


def patients(number: int) -> str:
    return counted(number, "patient")


def head(upload: ImportedFile, *, zone: dt.tzinfo) -> dict[str, Any]:
    """What is known of a file for good."""
    facts = [
        {"label": "Uploaded", "value": f"{upload.uploaded_at.astimezone(zone):%Y-%m-%d %H:%M}"},
        {"label": "Size", "value": in_words(upload.size)},
        {"label": "Data cut-off", "value": upload.data_cutoff and upload.data_cutoff.isoformat()},
    ]
    if upload.ended_at is not None:
        ended = f"{upload.ended_at.astimezone(zone):%Y-%m-%d %H:%M}"
        facts.append({"label": upload.get_state_display(), "value": ended})
    return {"facts": facts, "tag": TAGS[UploadState(upload.state)], "stored": patients(upload.patients)}


def checked(found: Checked) -> dict[str, Any]:
    """What storing the file would do, and the findings: errors first, as many as a page can hold."""
    ordered = errors_first(found.findings)
    errors = sum(finding.blocks for finding in ordered)
    return {
        "counts": _counts(found, errors, len(ordered) - errors),
        "errors": counted(errors, "error") if errors else "",
        "warnings": counted(len(ordered) - errors, "warning") if len(ordered) > errors else "",
        "store": patients(found.new) if found.new and not errors else "",
        "sites": _sites(len(found.sites)),
        "findings": [_row(finding) for finding in ordered[:SHOWN]],
        "shown": f"{SHOWN} of {len(ordered):,}" if len(ordered) > SHOWN else "",
        "rules": _rules(ordered) if len(ordered) > SHOWN else None,
    }


def _counts(found: Checked, errors: int, warnings: int) -> list[dict[str, str]]:
    numbers = (
        ("In the file", found.rows, "rows of patients"),
        ("New", found.new, "not in the record yet"),
        ("Unchanged", found.unchanged, "in the record, the same"),
        ("Errors", errors, "block the whole file"),
        ("Warnings", warnings, "unusual; stored as they are"),
    )
    return [{"label": label, "value": f"{number:,}", "note": note} for label, number, note in numbers]


def _sites(number: int) -> str:
    return {0: "", 1: " A site is created."}.get(number, f" {number:,} sites are created.")


def errors_first(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: not finding.blocks)  # stable: by row within each


def _row(finding: Finding) -> dict[str, Any]:
    error = finding.severity == ERROR
    return {
        "row": finding.row,
        "column": finding.column,
        "rule": finding.rule,
        "tag": "failed" if error else "warning",
        "word": "Error" if error else "Warning",
        "message": finding.message,
    }


def _rules(findings: Sequence[Finding]) -> Table:
    """How often each rule speaks, the most frequent first: one mistake of a column is often in every row."""
    times = Counter((finding.severity, finding.rule, finding.column) for finding in findings)
    rows = [
        (rule, column or None, severity, count)
        for (severity, rule, column), count in times.most_common(SHOWN)
    ]
    columns = (Column("Rule"), Column("Column"), Column("Severity"), Column("Findings", numeric=True))
    return Table("rules", "How often each rule speaks", columns, rows)


def findings_table(found: Checked) -> Table:
    """All findings for a spreadsheet; row 0 is the file as a whole."""
    rows = [
        (finding.row, finding.column, finding.rule, finding.severity, finding.message)
        for finding in errors_first(found.findings)
    ]
    return Table("findings", "Findings", COLUMNS, rows)


def upload_row(upload: ImportedFile, *, user: Any, zone: dt.tzinfo) -> dict[str, Any]:
    """A file of the list; only its own uploader opens it."""
    own = upload.uploaded_by_id == user.pk
    return {
        "url": reverse("imports:file", args=[upload.pk]) if own else "",
        "name": upload.name,
        "at": f"{upload.uploaded_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "who": "you" if own else _name(upload.uploaded_by),
        "size": in_words(upload.size),
        "patients": upload.patients if upload.state == UploadState.STORED else None,
        "tag": TAGS[UploadState(upload.state)],
        "word": upload.get_state_display(),
    }


def _name(person: User) -> str:
    return person.full_name or person.username
