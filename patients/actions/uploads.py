"""Files of former patients between their check and their storing.

A file that waits holds what it says of patients: it is emptied when it is stored or given up, and after WAITS at last.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence

from django.db import transaction

from patients.actions import importing
from patients.enums import UploadState
from patients.models import ImportedFile
from protocoltracker.accounts.models import User
from protocoltracker.records import Refused

WAITS = dt.timedelta(days=7)


class Changed(Refused):
    """What was read before storing is no longer what the file would do."""


def take(*, by: User, content: bytes, name: str, data_cutoff: dt.date | None) -> ImportedFile:
    """Keep a file for its check. The same file of the same person, sent again while it waits, is the one that waits."""
    upload = ImportedFile.of(content=content, name=name, data_cutoff=data_cutoff, uploaded_by=by)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)  # two clicks, one after the other
        same = ImportedFile.objects.filter(
            uploaded_by=by,
            state=UploadState.CHECKED,
            sha256=upload.sha256,
            name=upload.name,
            data_cutoff=data_cutoff,
        ).first()
        if same is None:
            upload.save()
    return same or upload


def check(*, by: User, upload: ImportedFile, today: dt.date) -> importing.Checked:
    """What storing the file would do now; nothing is kept of it, because the record may change at any time."""
    return importing.check(bytes(upload.content), today=today, data_cutoff=upload.data_cutoff, by=by)


def seal(found: importing.Checked) -> str:
    """The same for two checks that say the same: what a person confirms is what was read."""
    said: Sequence[object] = (found.new, found.unchanged, found.sites, found.findings)
    return hashlib.sha256(repr(said).encode(errors="backslashreplace")).hexdigest()


def store(*, by: User, pk: uuid.UUID, seen: str, now: dt.datetime, today: dt.date) -> ImportedFile:
    """Store the patients of a file, or nothing. `seen`: the seal of what the person read.

    Errors: Refused when the file was stored or given up meanwhile; Changed when it would now do something else.
    """
    with transaction.atomic():
        upload = _waiting(by, pk)
        found = importing.store(
            by=by,
            content=bytes(upload.content),
            today=today,
            data_cutoff=upload.data_cutoff,
            source=upload.name,
        )
        if found.blocked or seal(found) != seen:
            raise Changed(
                "The record of the patients changed after you read this page. Nothing was stored. "
                "Read what the file would do now."
            )
        _end(upload, UploadState.STORED, now, patients=found.stored)
    return upload


def give_up(*, by: User, pk: uuid.UUID, now: dt.datetime) -> ImportedFile:
    """Empty a file that is not to be stored; its name, size and hash stay."""
    with transaction.atomic():
        upload = _waiting(by, pk)
        _end(upload, UploadState.GIVEN_UP, now)
    return upload


def give_up_old(*, now: dt.datetime) -> int:
    """Empty what has waited longer than WAITS; how many files."""
    old = ImportedFile.objects.filter(state=UploadState.CHECKED, uploaded_at__lt=now - WAITS)
    return old.update(state=UploadState.GIVEN_UP, ended_at=now, content=b"")


def _waiting(by: User, pk: uuid.UUID) -> ImportedFile:
    """The person's own file, locked, if it still waits."""
    upload = ImportedFile.objects.select_for_update().get(pk=pk, uploaded_by=by)
    if upload.state == UploadState.STORED:
        raise Refused(f"“{upload.name}” was stored before. Nothing was stored again.")
    if upload.state != UploadState.CHECKED:
        raise Refused(f"“{upload.name}” was given up. Upload it again to store it.")
    return upload


def _end(upload: ImportedFile, state: UploadState, now: dt.datetime, *, patients: int = 0) -> None:
    upload.state, upload.ended_at, upload.patients, upload.content = state, now, patients, b""
    upload.save(update_fields=["state", "ended_at", "patients", "content"])
