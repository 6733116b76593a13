"""The same tables without audit: twins in a schema of their own, with the same columns, checks and indexes.

Of foreign keys a twin has those that it is told to: what is written to it under new keys has nothing to point at.
"""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from django.db import connection, models
from psycopg import sql

from protocoltracker import embedded

SCHEMA = "bench"


def make_twins(tables: Iterable[str], *, with_foreign_keys: str = "") -> None:
    """Without the audit's triggers; the run-time role may write them. One table keeps its foreign keys."""
    with psycopg.connect(embedded.url("owner")) as owner:
        owner.execute(f"CREATE SCHEMA {SCHEMA}")
        for table in tables:
            name = sql.Identifier(SCHEMA, table)
            like = sql.Identifier("public", table)
            owner.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(name, like))
        for name, rule in foreign_keys(owner, with_foreign_keys):
            table = sql.Identifier(SCHEMA, with_foreign_keys)
            text = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} " + rule)
            owner.execute(text.format(table, sql.Identifier(name)))
        owner.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO tracker_app")
        owner.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA {SCHEMA} TO tracker_app")


def foreign_keys(owner: psycopg.Connection, table: str) -> list[tuple[str, str]]:
    rules = (
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' "
        "AND conrelid = to_regclass(%s)"
    )
    return owner.execute(rules, [f"public.{table}"]).fetchall()


def twin_of(model: type[models.Model]) -> Any:
    """A Django model of the twin: the same fields, keys of other tables as plain values."""
    fields: dict[str, Any] = {}
    for field in model._meta.local_concrete_fields:
        plain = field.many_to_one
        fields[field.attname] = models.UUIDField(null=field.null) if plain else field.clone()
    meta = type("Meta", (), {"managed": False, "db_table": f'{SCHEMA}"."{model._meta.db_table}'})
    return type(
        f"Bare{model.__name__}", (models.Model,), {**fields, "Meta": meta, "__module__": "patients.models"}
    )


class Rows:
    """Stored rows of several tables, to be written again and again under new keys by one plain INSERT a table."""

    def __init__(self, querysets: Sequence[models.QuerySet]) -> None:
        self.tables = [(queryset.model._meta, list(queryset)) for queryset in querysets]
        # Keys of other tables too: the twins have no foreign keys, but some of theirs are unique.
        self.keys = {key for meta, rows in self.tables for row in rows for key in _keys_in(meta, row)}
        self.count = sum(len(rows) for _, rows in self.tables)

    def statements(self, number: int) -> list[tuple[str, list[Any]]]:
        """What writes the copy with this number, ready to be sent."""
        new = {key: uuid.uuid4() for key in self.keys if key}
        return [self._statement(meta, rows, new, number) for meta, rows in self.tables]

    def _statement(self, meta: Any, rows: list, new: dict, number: int) -> tuple[str, list[Any]]:
        fields = meta.local_concrete_fields
        columns = ", ".join(f'"{field.column}"' for field in fields)
        one = f"({', '.join(['%s'] * len(fields))})"
        text = f'INSERT INTO {SCHEMA}."{meta.db_table}" ({columns}) VALUES ' + ", ".join([one] * len(rows))  # noqa: S608
        values = [self._value(field, row, new, number) for row in rows for field in fields]
        return text, values

    def _value(self, field: models.Field, row: models.Model, new: dict, number: int) -> Any:
        value = getattr(row, field.attname)
        if field.name == "subject_number":
            value += 1_000_000 + number
        return field.get_db_prep_save(new.get(value, value) if _hashable(value) else value, connection)


def _keys_in(meta: Any, row: models.Model) -> list[uuid.UUID]:
    fields = [field for field in meta.local_concrete_fields if field.primary_key or field.many_to_one]
    return [getattr(row, field.attname) for field in fields]


def _hashable(value: Any) -> bool:
    return not isinstance(value, list | dict)


def send(statements: Iterable[tuple[str, list[Any]]]) -> None:
    from django.db import transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for text, values in statements:
            cursor.execute(text, values)
