"""The sealed trail: blocks behind running writers, heads outside, tampering found, replay, export, daily mail."""

import csv
import io
import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core import mail
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from patients.models import Patient
from patients.tasks import keep_sealed, sweep_reminders
from protocoltracker import embedded, head_mail
from protocoltracker.accounts.models import Role
from protocoltracker.audit import exporting, heads, sealing, verifying
from protocoltracker.audit.context import acting
from protocoltracker.audit.models import Change
from tests import factories
from tests.assurance import tamper

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = factories.TODAY


@pytest.fixture(autouse=True)
def no_heads_yet() -> Iterator[None]:
    heads.path().unlink(missing_ok=True)
    yield
    heads.path().unlink(missing_ok=True)


@pytest.fixture
def patient() -> Patient:
    return factories.enrolled()


GUARDED = ("audit.change", "audit.seal", "patients_enrolment")


@pytest.fixture
def owner() -> Iterator[psycopg.Connection]:
    """The owner of the tables, who has switched the guards of these off."""
    with psycopg.connect(embedded.url("owner"), autocommit=True) as database:
        database.execute("SET lock_timeout = '10s'")
        for table in GUARDED:
            database.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield database
        for table in GUARDED:
            guards = database.execute(
                "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = %s::regclass", [table]
            ).fetchall()
            for (name,) in guards:
                database.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def verify(*options: str) -> tuple[int, Any]:
    """Exit status and answer of the command."""
    out, status = io.StringIO(), 0
    try:
        call_command("verify_audit", *options, "--format=json", stdout=out)
    except SystemExit as ended:
        status = int(str(ended.code))
    return status, json.loads(out.getvalue())


def change_something(patient: Patient, text: str = "seen") -> None:
    with acting(by="system:test", reason=text):
        patient.enrolment.__class__.objects.filter(pk=patient.enrolment.pk).update(karyotype=text)


def test_every_entry_is_in_one_block_and_the_chain_holds(patient: Patient) -> None:
    while sealing.seal_block(50):
        pass
    status, answer = verify("--replay")
    assert (status, answer["findings"], answer["unsealed"]) == (0, [], 0)
    assert answer["sealed"] == Change.objects.count() > 100
    assert answer["blocks"] == -(-answer["sealed"] // 50)
    assert answer["replay"]["differences"] == []
    assert set(answer["replay"]["notes"]) == {
        "accounts_user.last_login (left out of the trail)",
        "accounts_user.password (the trail says only that it changed)",
    }


def test_what_is_not_sealed_yet_is_counted(patient: Patient) -> None:
    sealing.seal()
    change_something(patient)
    assert verify()[1]["unsealed"] == 1
    assert sealing.seal().entries == 1
    assert verify()[1]["unsealed"] == 0
    assert sealing.seal().blocks == 0


def test_writers_do_not_wait_for_the_sealer_and_nothing_appears_below_the_seal(patient: Patient) -> None:
    """An id of the trail is held by a transaction that goes on, a later one is committed: neither is sealed yet."""
    sealing.seal()
    with psycopg.connect(embedded.url("app")) as early:
        early.execute(
            "SELECT set_config('tracker.actor', 'system:early', true), set_config('tracker.reason', 'r', true)"
        )
        early.execute("UPDATE patients_patient SET birth_date = '1970-01-01'")
        change_something(patient)  # with a later id, committed at once
        answers: list[Any] = []
        sealer = threading.Thread(target=lambda: (answers.append(sealing.seal_block()), connection.close()))
        sealer.start()
        sealer.join(timeout=0.5)
        assert sealer.is_alive()
        change_something(patient, "while the sealer waits")
        assert Change.objects.filter(reason="while the sealer waits").exists()
        early.commit()
        sealer.join(timeout=20)
    assert answers == [2]
    sealing.seal()
    status, answer = verify()
    assert (status, answer["unsealed"]) == (0, 0)
    assert answer["sealed"] == Change.objects.count()


def test_many_writers_and_sealers_at_once(patient: Patient) -> None:
    ended, faults = threading.Event(), []

    def write(number: int) -> None:
        with psycopg.connect(embedded.url("app")) as database:
            for turn in range(40):
                database.execute(
                    "SELECT set_config('tracker.actor', 'system:x', true), set_config('tracker.reason', 'r', true)"
                )
                database.execute(
                    "UPDATE patients_scheduledactivity SET drug = drug || 'x' WHERE id IN "
                    "(SELECT id FROM patients_scheduledactivity ORDER BY id OFFSET %s LIMIT 3)",
                    [number * 3],
                )
                (database.rollback if turn % 7 == 3 else database.commit)()

    def seal() -> None:
        try:
            while not ended.is_set():
                sealing.seal_block(20)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    sealers = [threading.Thread(target=seal) for _ in range(2)]
    for thread in writers + sealers:
        thread.start()
    for thread in writers:
        thread.join(timeout=60)
    ended.set()
    for thread in sealers:
        thread.join(timeout=60)
    assert faults == []
    sealing.seal()
    status, answer = verify()
    assert (status, answer["unsealed"], answer["sealed"]) == (0, 0, Change.objects.count())


def test_sealing_inside_a_transaction_that_wrote_is_refused(patient: Patient) -> None:
    with transaction.atomic():
        change_something(patient)
        with pytest.raises(DatabaseError, match="transaction of its own"), connection.cursor() as cursor:
            cursor.execute("SELECT audit.seal_block()")
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit.seal SELECT seq + 1, at, last_id + 1, rows, total, previous, members, '' FROM audit.seal",
        "UPDATE audit.seal SET total = 0",
        "DELETE FROM audit.seal",
        "TRUNCATE audit.seal",
        "DROP TABLE audit.seal",
        "ALTER TABLE audit.seal DISABLE TRIGGER ALL",
        "CREATE OR REPLACE FUNCTION audit.seal_block(integer) RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
        "SELECT audit.watch('patients_patient')",
        "SELECT audit.unwatch('patients_patient')",
        "SELECT audit.recorder('patients_patient', '{}', '{}')",
        "DELETE FROM audit.watched",
        "UPDATE audit.watched SET left_out = '{sex}'",
        "UPDATE audit.history SET actor = 'x'",
        "INSERT INTO audit.history (actor) VALUES ('x')",
        "UPDATE audit.head_mail SET outcome = 'x'",
        "DELETE FROM audit.head_mail",
    ],
)
def test_the_run_time_role_may_only_call_the_sealer(statement: str, patient: Patient) -> None:
    sealing.seal()
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit.seal SET total = 0", "DELETE FROM audit.seal", "TRUNCATE audit.seal"]
)
def test_not_even_the_owner_changes_a_seal(statement: str, patient: Patient) -> None:
    sealing.seal()
    with (
        psycopg.connect(embedded.url("owner")) as database,
        pytest.raises(psycopg.Error, match="never changed"),
    ):
        database.execute(statement)


def test_tampering_is_found_and_named() -> None:
    """A small run of what `python -m tests.assurance tamper` does a thousand times."""
    line, passed = tamper.run(44, patients=1, seed=7)
    assert passed, line
    assert "44 of 44 found, entries named in 44, 0 false alarms" in line


def test_the_command_names_the_entry_and_fails(patient: Patient, owner: psycopg.Connection) -> None:
    sealing.seal()
    [(entry,)] = owner.execute("SELECT id FROM audit.change ORDER BY id OFFSET 20 LIMIT 1").fetchall()
    owner.execute("UPDATE audit.change SET actor = 'somebody else (1)' WHERE id = %s", [entry])
    status, answer = verify()
    assert (status, [(f["kind"], f["entry"]) for f in answer["findings"]]) == (1, [("edited", entry)])


def test_a_cut_end_is_found_by_the_heads_alone(
    patient: Patient, owner: psycopg.Connection, tmp_path: Any
) -> None:
    sealing.seal()
    factories.a_site()
    sealing.seal()
    kept = tmp_path / "mails.txt"
    kept.write_text("> From: the tracker\n> " + heads.path().read_text().replace("\n", "\n> "))
    owner.execute("DELETE FROM audit.change WHERE id > (SELECT last_id FROM audit.seal WHERE seq = 1)")
    owner.execute("DELETE FROM audit.seal WHERE seq = 2")
    heads.path().unlink()
    assert verify()[0] == 0
    status, answer = verify("--anchors", str(kept))
    assert (status, [(f["kind"], f["block"]) for f in answer["findings"]]) == (1, [("cut", 2)])


def test_heads_of_another_database_are_never_gone_over(patient: Patient, owner: psycopg.Connection) -> None:
    """After a cut or a restored copy nothing is noted, until a person has put the old heads aside."""
    sealing.seal()
    before = heads.path().read_text()
    owner.execute("DELETE FROM audit.seal")
    with pytest.raises(sealing.Broken, match="restored copy"):
        sealing.seal()
    assert heads.path().read_text() == before
    assert verify()[0] == 1
    heads.path().rename(heads.path().with_suffix(".aside"))
    assert sealing.seal().head is not None


def test_replay_names_table_row_and_column_of_an_edit_past_the_trail(
    patient: Patient, owner: psycopg.Connection
) -> None:
    enrolment = str(patient.enrolment.pk)
    owner.execute(
        "UPDATE patients_enrolment SET consent_version = '9.9', row_version = 7 WHERE id = %s", [enrolment]
    )
    status, answer = verify("--replay")
    found = {(d["table"], d["row"], d["column"]) for d in answer["replay"]["differences"]}
    assert (status, answer["findings"]) == (1, [])
    assert found == {("patients_enrolment", enrolment, name) for name in ("consent_version", "row_version")}


def test_replay_finds_an_edit_that_a_later_change_covers(patient: Patient, owner: psycopg.Connection) -> None:
    owner.execute("UPDATE patients_enrolment SET consent_version = '9.9'")
    owner.execute(
        "ALTER TABLE patients_enrolment ENABLE ALWAYS TRIGGER z_audit, ENABLE ALWAYS TRIGGER a_version"
    )
    change_something(patient)
    [difference] = verify("--replay")[1]["replay"]["differences"]
    assert (difference["column"], "'9.9'" in difference["text"]) == ("consent_version", True)


def test_replay_finds_a_row_that_came_past_the_trail(patient: Patient, owner: psycopg.Connection) -> None:
    owner.execute("DELETE FROM audit.change WHERE table_name = 'patients_enrolment'")
    texts = [str(d["text"]) for d in verify("--replay")[1]["replay"]["differences"]]
    assert texts == ["stands in the table, but the trail does not lead to it"]


def test_replay_finds_a_row_that_went_past_the_trail(patient: Patient, owner: psycopg.Connection) -> None:
    owner.execute("ALTER TABLE patients_eligibilityanswer DISABLE TRIGGER z_audit_delete")
    owner.execute(
        "DELETE FROM patients_eligibilityanswer WHERE code = (SELECT min(code) FROM patients_eligibilityanswer)"
    )
    owner.execute("ALTER TABLE patients_eligibilityanswer ENABLE ALWAYS TRIGGER z_audit_delete")
    [difference] = verify("--replay")[1]["replay"]["differences"]
    assert difference["text"] == "the trail leads to it, but it is not in the table"


def test_the_export_holds_every_entry_and_its_hash_is_that_of_the_database(
    patient: Patient, tmp_path: Any
) -> None:
    change_something(patient, "=cmd|' /C calc'!A0")
    told = []
    for form in ("csv", "jsonl"):
        out = io.StringIO()
        call_command("export_audit", str(tmp_path / form), f"--format={form}", stdout=out)
        told.append(json.loads(out.getvalue()))
    with transaction.atomic():
        stands = exporting.count_and_hash()
    assert {(one["rows"], one["sha256"]) for one in told} == {(Change.objects.count(), stands.hash)}
    rows = list(csv.DictReader((tmp_path / "csv").open(newline="")))
    objects = [json.loads(line) for line in (tmp_path / "jsonl").read_text().splitlines()]
    assert len(rows) == len(objects) == stands.rows
    assert rows[-1]["reason"] == "'=cmd|' /C calc'!A0"
    assert objects[-1]["reason"] == "=cmd|' /C calc'!A0"
    assert objects[-1]["new"]["karyotype"] == "=cmd|' /C calc'!A0"
    assert [row["hash"] for row in rows] == [one["hash"] for one in objects]
    assert not [cell for row in rows for cell in row.values() if cell[:1] in exporting.FORMULA and cell]


def test_the_sweep_seals_and_the_administrators_are_told_once_a_day(patient: Patient) -> None:
    chief = factories.a_person(Role.ADMINISTRATOR)
    factories.a_person(Role.ADMINISTRATOR, is_active=False)
    factories.a_person(Role.MONITOR)
    sweep_reminders()
    keep_sealed()
    told = [message for message in mail.outbox if message.to == [chief.email]]
    assert len(told) == len([m for m in mail.outbox if m.subject.startswith("Audit trail")]) == 1
    head = heads.last_noted(heads.path())
    assert head is not None
    assert heads.of_line(told[0].body) == head
    assert not re.search(r"\b001\b|patient|birth", told[0].body)
    assert head_mail.tell(today=TODAY) == 1


def test_a_sealing_that_fails_keeps_no_reminder_back(patient: Patient, caplog: Any) -> None:
    heads.path().mkdir()
    try:
        sweep_reminders()
    finally:
        heads.path().rmdir()
    assert "the audit trail was not sealed" in caplog.text


def test_verifying_needs_no_function_of_ours() -> None:
    """What stands in the database could have been replaced."""
    assert not re.search(r"audit\.(?!change|seal\b)", verifying.ENTRIES + verifying.SEALS)
