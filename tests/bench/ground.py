"""The ground of the bench: a cluster of its own, one patient at first, a thousand later."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from protocoltracker import embedded
from protocoltracker.embedded import folders
from tests import database

MANY = 1000
PASSWORD = "not asked for"


def start() -> None:
    """A new data folder, migrated; then Django. Before anything that needs models."""
    database.choose_home()
    embedded.start()  # durable: what a commit costs is part of the figures
    for command in (["migrate", "--skip-checks", "--verbosity=0"], ["collectstatic", "--no-input", "-v0"]):
        subprocess.run([sys.executable, str(folders.REPOSITORY / "manage.py"), *command], check=True)
    import django

    django.setup()


@dataclass
class Ground:
    """The demo's people, and the patients there are so far; `first` is the one whose pages are measured."""

    place: object
    first: object

    @classmethod
    def with_one_patient(cls) -> "Ground":
        from django.utils import timezone

        from patients.demo import seeding

        place = seeding.furnish(PASSWORD)
        [story] = [told for told in seeding.STORIES if "VOD" in told.what]
        [(patient, _)] = seeding.tell([story], place, now=timezone.now())
        return cls(place, patient)

    def with_many(self) -> int:
        """The other stories, then copies of all of them up to a thousand; how many rows the copies took."""
        from django.utils import timezone

        from patients.demo import seeding
        from patients.models import Patient
        from tests.copies import OF_A_PATIENT, copy_patients

        others = [told for told in seeding.STORIES if "VOD" not in told.what]
        seeding.tell(others, self.place, now=timezone.now())
        ids = list(Patient.objects.order_by("subject_number").values_list("pk", flat=True))
        whole, rest = divmod(MANY - len(ids), len(ids))
        tables = [model._meta.db_table for model in OF_A_PATIENT]
        with psycopg.connect(embedded.url("owner")) as owner, triggers_off(owner.cursor(), tables) as cursor:
            rows = copy_patients(ids, numbers=range(1, whole + 1), cursor=cursor)
            rows += copy_patients(ids[:rest], numbers=range(whole + 1, whole + 2), cursor=cursor)
        with psycopg.connect(embedded.url("superuser"), autocommit=True) as server:
            server.execute("VACUUM ANALYZE")
        return rows


@contextmanager
def triggers_off(cursor: psycopg.Cursor, tables: list[str]) -> Iterator[psycopg.Cursor]:
    """Without the triggers of these tables (the audit's), which only their owner can switch off."""
    cursor.execute(
        "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND t.tgenabled = 'A' AND c.relname = ANY(%s)",
        [tables],
    )
    names = cursor.fetchall()
    switch(cursor, names, "DISABLE")
    yield cursor
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    switch(cursor, names, "ENABLE ALWAYS")


def switch(cursor: psycopg.Cursor, names: list, how: str) -> None:
    for table, trigger in names:
        text = sql.SQL("ALTER TABLE {} " + how + " TRIGGER {}")
        cursor.execute(text.format(sql.Identifier(table), sql.Identifier(trigger)))
