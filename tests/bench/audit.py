"""What the audit trail costs, and that no path goes round it: one save, a thousand rows by every way to write."""

import datetime as dt
import os
import statistics
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from patients.models import Patient, ResponseAssessment
from protocoltracker.audit.context import acting
from protocoltracker.audit.models import Change
from protocoltracker.embedded import folders, postmaster
from tests.bench import bare, clock

ROUNDS, SAVES, MANY = 5, 100, 1000
TABLE = ResponseAssessment._meta.db_table
HEAD = ["write", "audited ms", "without ms", "x wall", "x CPU", "goal", "recorded"]


@dataclass
class Spent:
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def on(self, act: Callable[[], object]) -> None:
        """Wall and processor time of `act`, here and in the database."""
        processes = [os.getpid(), *clock.children_of(postmaster.pid(folders.cluster() / "data") or 0)]
        before = clock.cpu_of(processes)
        self.wall.append(clock.milliseconds(act))
        self.cpu.append(clock.cpu_of(processes) - before)


class Table:
    """One of the two tables, the audited one or its twin, with the block in which it is written."""

    def __init__(self, model: Any, name: str, patient: Patient, *, audited: bool) -> None:
        self.model, self.name, self.patient, self.audited = model, name, patient, audited

    def writing(self, reason: str) -> Any:
        return acting(by="system:bench", reason=reason) if self.audited else transaction.atomic()

    def new(self) -> Any:
        return self.model(
            id=uuid.uuid4(),
            patient_id=self.patient.pk,
            on=dt.date(2020, 1, 1),
            category="CR",
            bm_blasts_pct=2,
        )

    def filled(self, number: int) -> list[Any]:
        rows = [self.new() for _ in range(number)]
        with self.writing("rows to be changed"):
            self.model.objects.bulk_create(rows)
        return rows


def run(patient: Patient) -> list[list[str]]:
    audited = Table(ResponseAssessment, f'"{TABLE}"', patient, audited=True)
    twin = Table(bare.twin_of(ResponseAssessment), f'{bare.SCHEMA}."{TABLE}"', patient, audited=False)
    rows = [_saves("one save, a transaction each", audited, twin, _one_each)]
    rows.append(_saves("one save, inside a transaction", audited, twin, _all_in_one))
    rows += [_many(name, act, audited, twin) for name, act in WAYS.items()]
    rows.append(_many("1,000 rows after single saves", _after_single_saves, audited, twin))
    return rows


def _saves(name: str, audited: Table, twin: Table, act: Callable) -> list[str]:
    stored = {table: table.filled(SAVES) for table in (audited, twin)}
    return _row(
        name, audited, twin, lambda table, reason: act(table, stored[table], reason), SAVES, "1.15 x CPU"
    )


def _one_each(table: Table, rows: list[Any], reason: str) -> None:
    for row in rows:
        row.note = reason
        with table.writing(reason):
            row.save()


def _all_in_one(table: Table, rows: list[Any], reason: str) -> None:
    with table.writing(reason):
        for row in rows:
            row.note = reason
            row.save()


def _bulk_create(table: Table, rows: list[Any], reason: str) -> None:
    table.model.objects.bulk_create([table.new() for _ in rows])


def _bulk_update(table: Table, rows: list[Any], reason: str) -> None:
    for row in rows:
        row.note = reason
    table.model.objects.bulk_update(rows, ["note"])


def _update(table: Table, rows: list[Any], reason: str) -> None:
    table.model.objects.filter(pk__in=[row.pk for row in rows]).update(note=reason)


def _raw_update(table: Table, rows: list[Any], reason: str) -> None:
    with connection.cursor() as cursor:
        text = f"UPDATE {table.name} SET note = %s WHERE id = ANY(%s)"  # noqa: S608 - one of our two tables
        cursor.execute(text, [reason, [row.pk for row in rows]])


def _copy(table: Table, rows: list[Any], reason: str) -> None:
    columns = 'id, created_at, row_version, patient_id, "on", note, entered_in_error, category'
    with connection.cursor() as cursor, cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
        for _ in rows:
            values = (uuid.uuid4(), timezone.now(), 1, table.patient.pk, dt.date(2020, 1, 1), "", False, "CR")
            copy.write_row(values)


def _after_single_saves(table: Table, rows: list[Any], reason: str) -> None:
    """Plans kept from writing one row at a time are not to be used for a thousand."""
    for row in rows[:8]:
        row.note = f"{reason}, by itself"
        row.save()
    _update(table, rows, reason)


WAYS = {
    "1,000 rows: bulk_create": _bulk_create,
    "1,000 rows: bulk_update": _bulk_update,
    "1,000 rows: queryset.update": _update,
    "1,000 rows: UPDATE in SQL": _raw_update,
    "1,000 rows: COPY": _copy,
}


def _many(name: str, act: Callable, audited: Table, twin: Table) -> list[str]:
    stored = {table: table.filled(MANY) for table in (audited, twin)}

    def whole(table: Table, reason: str) -> None:
        with table.writing(reason):
            act(table, stored[table], reason)

    return _row(name, audited, twin, whole, MANY, "2 x wall")


def _row(name: str, audited: Table, twin: Table, act: Callable, number: int, goal: str) -> list[str]:
    spent = {audited: Spent(), twin: Spent()}
    recorded = []
    for turn in range(ROUNDS + 1):
        for table in (twin, audited):
            reason = f"{name}, round {turn}"
            kept = Spent() if turn == 0 else spent[table]
            kept.on(lambda table=table, reason=reason: act(table, reason))
        recorded.append(Change.objects.filter(table_name=TABLE, reason=reason).count())
    median = statistics.median
    return [
        name,
        f"{median(spent[audited].wall):.0f}",
        f"{median(spent[twin].wall):.0f}",
        f"{clock.ratio(spent[audited].wall, spent[twin].wall):.2f}",
        f"{clock.ratio(spent[audited].cpu, spent[twin].cpu):.2f}",
        goal,
        f"{min(min(recorded), number)} of {number}",
    ]
