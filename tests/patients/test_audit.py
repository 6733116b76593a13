"""The audit trail of every audited table, by every route of writing, as the run-time role."""

# ruff: noqa: S608 - the names of tables are our own

import contextlib
import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from patients import kinds
from patients.actions import closures, records
from patients.models import LastContact, Patient
from protocoltracker.accounts.models import Role
from protocoltracker.audit import context
from protocoltracker.audit.context import acting
from protocoltracker.audit.models import Change
from protocoltracker.records import Record
from regimens import actions as regimens
from tests import factories
from tests.patients import record_samples

pytestmark = pytest.mark.django_db
TODAY = factories.TODAY
AUDITED = sorted(
    model._meta.db_table
    for app in ("patients", "regimens", "accounts")
    for model in apps.get_app_config(app).get_models()
    if issubclass(model, Record) or model.__name__ == "User"
)
WITHOUT_UPDATE = {"regimens_protocolversion"}  # its rows are never changed or removed
CHANGEABLE = [table for table in AUDITED if table not in WITHOUT_UPDATE]


def sql(text: str, *values: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(text, values or None)
        return cursor.fetchall() if cursor.description else []


def one(table: str) -> Any:
    return sql(f"SELECT id FROM {table} ORDER BY id LIMIT 1")[0][0]


def trail(table: str, row_id: Any) -> list[Change]:
    return list(Change.objects.filter(table_name=table, row_id=str(row_id)).order_by("id"))


@contextmanager
def refused(match: str = "") -> Iterator[None]:
    """The database refuses it, and the transaction of the test goes on."""
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        yield


@contextmanager
def taken_back() -> Iterator[None]:
    """What is done inside is looked at and then rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def by() -> Any:
    return factories.a_person(Role.INVESTIGATOR)


def patient_with_everything(by: Any) -> Patient:
    """A patient, and a former one who is treated again: between them a row in every audited table."""
    patient = factories.enrolled_on_cycle(2, by=by, day1=TODAY - dt.timedelta(days=42))
    version = patient.enrolment.protocol_version
    regimens.approve(by="system:test", site=patient.site, version=version, approved_on=TODAY)
    factories.a_person(Role.NURSE, patient.site)
    for kind in kinds.fitting(patient):
        entered = record_samples.values(kind.slug)
        records.add(by=by, patient=patient, kind=kind, values=entered, today=TODAY, explanation="seen")
    factories.resumed(factories.an_imported(site=patient.site.name), by=by)
    return patient


@pytest.fixture
def patient(by: Any) -> Patient:
    return patient_with_everything(by)


EVERY = pytest.mark.parametrize("table", AUDITED)


def test_every_clinical_table_is_in_the_list() -> None:
    """What is not audited is counted on the fingers: counters, messages, form tokens."""
    tables = {
        model._meta.db_table
        for app in ("patients", "regimens", "accounts")
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
    }
    assert tables - set(AUDITED) == {
        "accounts_formtoken",
        "accounts_signinbrake",
        "accounts_user_groups",
        "accounts_user_user_permissions",
        "patients_digest",
        "patients_importedfile",
        "patients_reminder",
        "patients_subjectcounter",
        "patients_sweeplog",
    }


@EVERY
def test_the_triggers_are_there_and_fire_always(table: str) -> None:
    found = sql(
        "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", table
    )
    events = ("", "_insert", "_delete")
    wanted = ["a_version", "a_version_insert", "z_never_truncated", *(f"z_audit{event}" for event in events)]
    assert {(name, "A") for name in wanted} <= set(found)


def test_every_row_came_with_an_insert_in_the_trail(patient: Patient, subtests: Any) -> None:
    for table in AUDITED:
        with subtests.test(table):
            rows = sql(f"SELECT id::text FROM {table}")
            assert rows
            inserted = Change.objects.filter(table_name=table, operation="insert").values_list(
                "row_id", flat=True
            )
            assert {row[0] for row in rows} == set(inserted)


def test_the_trail_replayed_is_the_table(patient: Patient, by: Any, subtests: Any) -> None:
    """The last entry of every row holds the row as it is, through bulk inserts, bulk updates and undoing."""
    for closure in closures.standing(patient):
        closures.undo(closure=closure, by=by, reason="replay")
    left_out = "ARRAY['last_login', 'password']"
    for table in AUDITED:
        with subtests.test(table):
            now = dict(sql(f"SELECT id::text, (to_jsonb(t) - {left_out})::text FROM {table} t"))
            replayed = dict(
                sql(
                    f"SELECT DISTINCT ON (row_id) row_id, (new::jsonb - {left_out})::text FROM audit.change "
                    "WHERE table_name = %s ORDER BY row_id, id DESC",
                    table,
                )
            )
            assert now == replayed


def test_a_raw_update_is_recorded_with_who_why_and_both_rows(
    patient: Patient, by: Any, subtests: Any
) -> None:
    for table in CHANGEABLE:
        with subtests.test(table):
            column = "email" if table == "accounts_user" else "created_by_id"
            value = "new@example.org" if column == "email" else None
            pk = one(table)
            if column == "created_by_id":
                with acting(by=by, reason="so that there is a value"):
                    sql(f"UPDATE {table} SET created_by_id = %s WHERE id = %s", by.pk, pk)
            before = len(trail(table, pk))
            with acting(by=by, reason="monitoring visit"):
                sql(f"UPDATE {table} SET {column} = %s WHERE id = %s", value, pk)
            entries = trail(table, pk)
            assert len(entries) == before + 1
            last = entries[-1]
            assert (last.operation, last.reason) == ("update", "monitoring visit")
            assert last.actor == f"{by.username} ({by.pk})"
            assert last.database_role == "tracker_app"
            assert last.old[column] != last.new[column] == value
            assert last.new["row_version"] == last.old["row_version"] + 1


def test_values_to_nothing_and_back_are_changes_too(patient: Patient, by: Any, subtests: Any) -> None:
    for table in [table for table in CHANGEABLE if table != "accounts_user"]:
        with subtests.test(table):
            pk = one(table)
            for value in (by.pk, None, by.pk):
                before = len(trail(table, pk))
                differs = sql(
                    f"SELECT created_by_id IS DISTINCT FROM %s FROM {table} WHERE id = %s", value, pk
                )[0][0]
                with acting(by=by, reason="null-safe"):
                    sql(f"UPDATE {table} SET created_by_id = %s WHERE id = %s", value, pk)
                assert len(trail(table, pk)) == before + differs


def test_an_update_that_changes_nothing_leaves_no_entry(patient: Patient, by: Any, subtests: Any) -> None:
    for table in CHANGEABLE:
        with subtests.test(table):
            pk = one(table)
            before = len(trail(table, pk))
            with acting(by=by, reason="same"):
                sql(f"UPDATE {table} SET id = id WHERE id = %s", pk)
            assert len(trail(table, pk)) == before


def test_a_raw_delete_keeps_the_whole_row_in_the_trail(patient: Patient, by: Any, subtests: Any) -> None:
    for table in CHANGEABLE:
        with subtests.test(table):
            pk = one(table)
            with taken_back():
                with acting(by=by, reason="erased by hand"):
                    sql(f"DELETE FROM {table} WHERE id = %s", pk)
                last = trail(table, pk)[-1]
                assert (last.operation, last.reason, last.new) == ("delete", "erased by hand", None)
                assert last.old["id"] == str(pk)


def test_no_person_no_write(patient: Patient, subtests: Any) -> None:
    for table in AUDITED:
        with subtests.test(table):
            pk = one(table)
            with refused("no person|never changed"):
                sql(f"UPDATE {table} SET id = gen_random_uuid() WHERE id = %s", pk)
            with refused("no person|never changed"):
                sql(f"DELETE FROM {table} WHERE id = %s", pk)


@pytest.mark.parametrize("reason", ["", "   ", "\t\n"])
def test_no_reason_no_change(patient: Patient, by: Any, reason: str, subtests: Any) -> None:
    for table in CHANGEABLE:
        with subtests.test(table):
            pk = one(table)
            for change in (f"DELETE FROM {table}", f"UPDATE {table} SET id = gen_random_uuid()"):
                with refused("needs a reason"), acting(by=by, reason=reason):
                    sql(f"{change} WHERE id = %s", pk)


@EVERY
def test_no_table_is_emptied(table: str) -> None:
    with refused("permission denied"):
        sql(f"TRUNCATE {table} CASCADE")


def test_the_row_version_is_the_databases_own(patient: Patient, by: Any, subtests: Any) -> None:
    for table in CHANGEABLE:
        with subtests.test(table):
            pk = one(table)
            version = sql(f"SELECT row_version FROM {table} WHERE id = %s", pk)[0][0]
            with acting(by=by, reason="forged version"):
                sql(f"UPDATE {table} SET row_version = 999 WHERE id = %s", pk)
            assert sql(f"SELECT row_version FROM {table} WHERE id = %s", pk) == [(version,)]


# --- Other routes of writing -------------------------------------------------------------------------------------


def contact(patient: Patient, days: int = 0) -> LastContact:
    return LastContact(patient=patient, on=TODAY - dt.timedelta(days=days), kind="visit")


def test_bulk_writes_are_recorded_row_by_row(patient: Patient, by: Any) -> None:
    with acting(by=by):
        rows = LastContact.objects.bulk_create([contact(patient, days) for days in range(5)])
    with acting(by=by, reason="bulk"):
        for row in rows:
            row.kind = "telephone"
        LastContact.objects.bulk_update(rows, ["kind"])
        LastContact.objects.filter(pk__in=[row.pk for row in rows]).update(note="called")
    for row in rows:
        entries = trail("patients_lastcontact", row.pk)
        assert [entry.operation for entry in entries] == ["insert", "update", "update"]
        assert [entry.differences() for entry in entries[1:]] == [
            [("kind", "visit", "telephone")],
            [("note", "", "called")],
        ]


COLUMNS = 'id, created_at, row_version, patient_id, "on", note, entered_in_error, kind'


def test_copy_upsert_and_executemany_are_recorded(patient: Patient, by: Any) -> None:
    ids = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(1, 4)]
    with acting(by=by, reason="import"), connection.cursor() as cursor:
        with cursor.copy(f"COPY patients_lastcontact ({COLUMNS}) FROM STDIN") as copy:
            copy.write_row([ids[0], "now", 1, patient.pk, "2020-06-01", "", False, "visit"])
        values = "(%s, now(), 1, %s, '2020-06-01', '', false, 'visit')"
        insert = f"INSERT INTO patients_lastcontact ({COLUMNS}) VALUES {values}"
        cursor.executemany(insert, [(pk, patient.pk) for pk in ids[1:]])
        cursor.execute(f"{insert} ON CONFLICT (id) DO UPDATE SET note = 'again'", [ids[1], patient.pk])
    for pk in ids:
        entries = trail("patients_lastcontact", pk)
        assert entries[0].operation == "insert"
        assert {entry.actor for entry in entries} == {f"{by.username} ({by.pk})"}
    assert trail("patients_lastcontact", ids[1])[-1].differences() == [("note", "", "again")]


def test_source_and_request_are_in_the_trail(patient: Patient, by: Any) -> None:
    source, request = context.source.set("import"), context.request_id.set("abc123")
    try:
        with acting(by=by):
            row = contact(patient)
            row.save()
    finally:
        context.source.reset(source)
        context.request_id.reset(request)
    (entry,) = trail("patients_lastcontact", row.pk)
    assert (entry.source, entry.request_id) == ("import", "abc123")


def test_a_job_names_itself_and_nobody_else_is_a_person(patient: Patient) -> None:
    with acting(by="system:sweep"):
        row = contact(patient)
        row.save()
    assert trail("patients_lastcontact", row.pk)[0].actor == "system:sweep"
    for nobody in (None, "sweep", ""):
        with pytest.raises(ValueError, match="acting"), acting(by=nobody):
            pass


def test_inside_another_persons_block_one_speaks_for_oneself_and_then_no_more(
    patient: Patient, by: Any
) -> None:
    other = factories.a_person(Role.NURSE)
    rows = [contact(patient, days) for days in range(3)]
    with acting(by=by):
        rows[0].save()
        with acting(by=other):
            rows[1].save()
        rows[2].save()
    names = [trail("patients_lastcontact", row.pk)[0].actor_name for row in rows]
    assert names == [by.username, other.username, by.username]
    with refused("no person"):
        contact(patient).save()


def test_a_refused_block_leaves_neither_row_nor_name(patient: Patient, by: Any) -> None:
    before = Change.objects.count()
    with contextlib.suppress(ZeroDivisionError), acting(by=by):
        contact(patient).save()
        raise ZeroDivisionError
    assert Change.objects.count() == before
    with refused("no person"):
        contact(patient).save()


def test_a_password_is_never_in_the_trail(by: Any) -> None:
    with acting(by=by, reason="new password"):
        by.set_password("correct horse battery staple")
        by.save(update_fields=["password"])
    assert "argon2" not in json.dumps([[entry.old, entry.new] for entry in trail("accounts_user", by.pk)])
    assert trail("accounts_user", by.pk)[-1].new["password"] == "(changed)"
