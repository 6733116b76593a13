"""Every audited table, by every route of writing, in every operation: is it in the trail, with who, why, old and new?

Each cell is tried inside a transaction that is taken back. A table whose rows are never changed is to refuse that by
every route. An insert puts back the row that was removed before, so that it fits whatever the table asks.
"""

# ruff: noqa: S608 - the names are those of our own tables

import json
import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from protocoltracker import embedded
from protocoltracker.audit.context import acting
from protocoltracker.audit.coverage import EXCEPTIONS
from protocoltracker.embedded import identity

ROOMS = ("patients", "regimens", "accounts", "health", "reads")
WHO, WHY = "system:matrix", "tried by every route"
OPERATIONS = ("insert", "update", "delete")
# What the trail says of this transaction: one line an entry.
JUDGED = """
    SELECT concat_ws(' ', table_name, row_id, actor, reason, database_role, old IS NULL, new IS NULL,
        (old ->> '{field}') IS DISTINCT FROM (new ->> '{field}'))
    FROM audit.change WHERE transaction_id = pg_current_xact_id() AND operation = '{operation}'
"""


@dataclass(frozen=True)
class Cell:
    table: str
    route: str
    operation: str
    answer: str  # recorded; refused, where it is to be; or what was wrong

    @property
    def good(self) -> bool:
        return self.answer in ("recorded", "refused")


def of_ours() -> list[type[models.Model]]:
    return [
        model for room in ROOMS for model in apps.get_app_config(room).get_models(include_auto_created=True)
    ]


def audited() -> list[type[models.Model]]:
    """All that are no exceptions are to be watched."""
    return [model for model in of_ours() if model._meta.db_table not in EXCEPTIONS]


class Table:
    """One audited table and one of its rows, which every route takes from one state to the other."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model, self.name = model, model._meta.db_table
        self.row: Any = model._default_manager.order_by("pk").first()
        assert self.row is not None, f"{self.name}: there is no row to try"
        has_date = any(field.name == "created_at" for field in model._meta.concrete_fields)
        self.field = "created_at" if has_date else "email"
        self.new = self.row.created_at.replace(year=1999) if has_date else "else@example.org"
        self.keeps_rows = bool(
            _sql(
                "SELECT 1 FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = 'b_never_changed'",
                [self.name],
            )
        )
        if self.keeps_rows:  # then another row is inserted, not the same one again
            self.row.revision, self.row.sha256 = self.row.revision + 1000, uuid.uuid4().hex * 2
        self.pk = uuid.uuid4() if self.keeps_rows else self.row.pk
        self._remember()

    def _remember(self) -> None:
        """The row to insert, in SQL and as a line of COPY."""
        names = ("revision", "sha256") if self.keeps_rows else ()
        other = {"id": str(self.pk)} | {name: getattr(self.row, name) for name in names}
        [(as_json,)] = _sql(
            f"SELECT (to_jsonb(t) || jsonb %s)::text FROM {self.name} t WHERE id = %s",
            [json.dumps(other), self.row.pk],
        )
        self.select = f"SELECT (json_populate_record(NULL::{self.name}, $row${as_json}$row$)).*"
        with connection.cursor() as cursor, cursor.copy(f"COPY ({self.select}) TO STDOUT") as copy:
            self.line = b"".join(bytes(part) for part in copy)

    def queryset(self) -> models.QuerySet:
        return self.model._default_manager.filter(pk=self.row.pk)

    def save(self, operation: str) -> None:
        if operation == "insert":
            self.row.pk = self.pk
            self.row.save(force_insert=True)
        elif operation == "update":
            setattr(self.row, self.field, self.new)
            self.row.save(update_fields=[self.field])
        else:  # what Model.delete() sends, once it has found that nothing else would go along
            self.queryset()._raw_delete(using="default")

    def bulk(self, operation: str) -> None:
        if operation == "insert":
            self.row.pk = self.pk
            self.model._default_manager.bulk_create([self.row])
        else:
            setattr(self.row, self.field, self.new)
            self.model._default_manager.bulk_update([self.row], [self.field])

    def update(self, operation: str) -> None:
        self.queryset().update(**{self.field: self.new})

    def raw(self, operation: str) -> None:
        _sql(self.statement(operation))

    def copy(self, operation: str) -> None:
        with connection.cursor() as cursor, cursor.copy(f"COPY {self.name} FROM STDIN") as copy:
            copy.write(self.line)

    def statement(self, operation: str) -> str:
        """As a person would type it."""
        where = f"WHERE id = '{self.row.pk}'"
        return {
            "insert": f"INSERT INTO {self.name} {self.select}",
            "update": f"UPDATE {self.name} SET {self.field} = '{self.new}' {where}",
            "delete": f"DELETE FROM {self.name} {where}",
        }[operation]

    def routes(self, operation: str) -> dict[str, Callable[[str], None]]:
        routes: dict[str, Callable[[str], None]] = {"save or delete": self.save, "raw SQL": self.raw}
        if operation != "delete":
            routes["bulk"] = self.bulk
        if operation == "update":
            routes["queryset.update"] = self.update
        if operation == "insert":
            routes["COPY"] = self.copy
        return routes

    def judged(self, operation: str) -> str:
        return JUDGED.format(field=self.field, operation=operation)

    def expected(self, operation: str) -> str:
        old, new = ("t" if operation == "insert" else "f"), ("t" if operation == "delete" else "f")
        pk = self.pk if operation == "insert" else self.row.pk
        return f"{self.name} {pk} {WHO} {WHY} tracker_app {old} {new} t"


def run_matrix() -> Iterator[Cell]:
    """All cells. Every audited table has a committed row."""
    for model in audited():
        for operation in OPERATIONS:
            for route in [*Table(model).routes(operation), "psql"]:
                table = Table(model)
                answer = _by_psql(table, operation) if route == "psql" else _inside(table, route, operation)
                yield Cell(table.name, route, operation, answer)


def _inside(table: Table, route: str, operation: str) -> str:
    expected = table.expected(operation)
    with transaction.atomic():
        with acting(by=WHO, reason=WHY):
            try:
                with transaction.atomic():
                    if operation == "insert" and not table.keeps_rows:
                        table.raw("delete")
                    table.routes(operation)[route](operation)
                answer = "\n".join(row[0] for row in _sql(table.judged(operation)))
            except DatabaseError as fault:
                answer = str(fault)
        transaction.set_rollback(True)
    return _answer(table, operation, answer, expected)


def _by_psql(table: Table, operation: str) -> str:
    """As the run-time role, with PostgreSQL's own client."""
    before = f"{table.statement('delete')};" if operation == "insert" and not table.keeps_rows else ""
    script = f"""
        BEGIN; \\o /dev/null
        SELECT set_config('tracker.actor', '{WHO}', true), set_config('tracker.reason', '{WHY}', true);
        {before} {table.statement(operation)};
        \\o
        {table.judged(operation)};
        ROLLBACK;
    """
    command = [identity.program("psql"), embedded.url("app"), "-qAtX", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    done = subprocess.run(command, input=script, capture_output=True, text=True)
    return _answer(table, operation, done.stdout.strip() or done.stderr, table.expected(operation))


def _answer(table: Table, operation: str, answer: str, expected: str) -> str:
    if table.keeps_rows and operation != "insert":
        return "refused" if "never changed or removed" in answer else f"not refused: {answer}"
    return "recorded" if answer == expected else f"wrong: {answer!r}, expected {expected!r}"


def _sql(text: str, values: Any = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return cursor.fetchall() if cursor.description else []


def run() -> tuple[str, bool]:
    """One line of figures, and whether every cell is as it is to be."""
    from protocoltracker.accounts.models import Role
    from tests import factories
    from tests.patients.test_audit import patient_with_everything

    patient_with_everything(factories.a_person(Role.INVESTIGATOR))
    cells = list(run_matrix())
    bad = [f"{cell.table}, {cell.route}, {cell.operation}: {cell.answer}" for cell in cells if not cell.good]
    tables = len({cell.table for cell in cells})
    right = f"{len(cells) - len(bad)} of {len(cells)}"
    line = f"matrix: {right} writes recorded or refused as they are to be, {tables} tables"
    return "\n".join([*bad, line]), not bad
