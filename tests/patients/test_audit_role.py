"""The run-time role cannot change, empty, forge or switch off the audit trail; nor can it become somebody who could."""

import psycopg
import pytest

from protocoltracker import embedded
from tests.patients.test_audit import refused, sql

pytestmark = pytest.mark.django_db

FORBIDDEN = {
    "change an entry": "UPDATE audit.change SET actor = 'nobody'",
    "remove an entry": "DELETE FROM audit.change",
    "empty the trail": "TRUNCATE audit.change",
    "add an entry": "INSERT INTO audit.change (table_name, row_id, operation, actor, reason, source, request_id, "
    "database_role) VALUES ('x', 'x', 'insert', 'x', 'x', 'x', 'x', 'x')",
    "copy into the trail": "COPY audit.change FROM '/dev/null'",
    "switch a trigger off": "ALTER TABLE patients_patient DISABLE TRIGGER z_audit",
    "switch all triggers off": "ALTER TABLE patients_patient DISABLE TRIGGER ALL",
    "act as a replica": "SET session_replication_role = 'replica'",
    "act as a replica by function": "SELECT set_config('session_replication_role', 'replica', true)",
    "drop the trigger": "DROP TRIGGER z_audit ON patients_patient",
    "drop the trail": "DROP TABLE audit.change CASCADE",
    "drop the function": "DROP FUNCTION audit.record() CASCADE",
    "replace the function": "CREATE OR REPLACE FUNCTION audit.record() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN RETURN NULL; END'",
    "move the function": "ALTER FUNCTION audit.record() SET SCHEMA public",
    "make a table for a while": "CREATE TEMP TABLE patients_patient (id uuid, row_version int)",
    "hang a trigger on a table": "CREATE TRIGGER forged AFTER INSERT ON patients_patient FOR EACH ROW "
    "EXECUTE FUNCTION audit.record('', '')",
    "answer by a rule": "CREATE RULE quiet AS ON UPDATE TO patients_patient DO INSTEAD NOTHING",
    "change a table": "ALTER TABLE patients_patient ADD COLUMN x int",
    "own a table": "ALTER TABLE patients_patient OWNER TO tracker_app",
    "make a table": "CREATE TABLE public.mine (id int)",
    "make a schema": "CREATE SCHEMA mine",
    "become the owner": "SET ROLE tracker_owner",
    "become the owner of the session": "SET SESSION AUTHORIZATION tracker_owner",
    "become the superuser": "SET ROLE postgres",
    "take the owner's rights": "GRANT tracker_owner TO tracker_app",
    "make a role": "CREATE ROLE helper SUPERUSER",
    "read files of the server": "SELECT pg_read_file('/etc/passwd')",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "turn back the counter of the trail": "ALTER TABLE audit.change ALTER COLUMN id RESTART WITH 1",
}


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN)
def test_the_run_time_role_may_not(statement: str) -> None:
    with refused("permission denied|must be (a )?(superuser|owner|member)|must be able to|not the owner"):
        sql(statement)


def test_the_run_time_role_is_plain_and_owns_nothing() -> None:
    assert sql("SELECT current_user, session_user") == [("tracker_app", "tracker_app")]
    roles = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls FROM pg_roles "
    assert sql(roles + "WHERE rolname = current_user") == [(False,)]
    assert sql("SELECT relname FROM pg_class WHERE relowner = current_user::regrole") == []
    assert sql("SELECT proname FROM pg_proc WHERE proowner = current_user::regrole") == []
    assert sql("SELECT roleid::regrole::text FROM pg_auth_members WHERE member = current_user::regrole") == []


def test_a_right_that_one_does_not_have_cannot_be_given() -> None:
    """PostgreSQL only warns; nothing is granted."""
    sql("GRANT INSERT, UPDATE, DELETE, TRUNCATE ON audit.change TO tracker_app")
    rights = "SELECT string_agg(privilege_type, ',') FROM information_schema.role_table_grants "
    of_trail = (
        "WHERE table_schema = 'audit' AND table_name IN ('change', 'history') AND grantee = 'tracker_app'"
    )
    assert sql(rights + of_trail) == [("SELECT,SELECT",)]


def test_only_the_owner_hangs_the_trigger_on_a_table() -> None:
    """Who may run the function may put it on a table of his own, and so write what never happened."""
    functions = sql("SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'audit'::regnamespace")
    runnable = {
        name
        for (name,) in functions
        if sql("SELECT has_function_privilege(%s, 'EXECUTE')", name) == [(True,)]
    }
    assert {"audit.record()", "audit.record_patients_patient()"} <= {name for (name,) in functions}
    assert runnable == {
        "audit.setting(text)",
        "audit.seal_block(integer)",
    }  # the sealer takes no value of an entry


def test_the_names_in_the_trigger_function_are_fixed() -> None:
    """So that no object of another schema can stand in for what it calls."""
    found = sql(
        "SELECT proname, proconfig[1] FROM pg_proc WHERE pronamespace = 'audit'::regnamespace AND prosecdef"
    )
    assert {name for name, _ in found} >= {
        "record",
        "seal_block",
        "record_patients_patient",
        "record_accounts_user",
    }
    assert {path for _, path in found} == {"search_path=pg_catalog, pg_temp"}


@pytest.mark.parametrize(
    "statement", ["UPDATE audit.change SET actor = 'x'", "DELETE FROM audit.change", "TRUNCATE audit.change"]
)
def test_not_even_the_owner_changes_or_empties_the_trail(statement: str) -> None:
    with psycopg.connect(embedded.url("owner")) as owner:
        owner.execute("SET lock_timeout = '5s'")
        owner.execute(
            "INSERT INTO audit.change (table_name, row_id, operation, actor, reason, source, request_id, "
            "database_role) VALUES ('x', 'x', 'insert', 'x', 'x', 'x', 'x', 'x')"
        )
        with pytest.raises(psycopg.Error, match="never changed or removed"):
            owner.execute(statement)
        owner.rollback()
