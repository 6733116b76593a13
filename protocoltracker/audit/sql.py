"""The audit trail in SQL: schema, trigger function, rights of the run-time role, and the migration helpers.

Written by row triggers (a statement trigger that joins its transition tables is slow after single saves), NULL-safe
(rows are compared as jsonb), in a schema that the run-time role can only read. The trigger function runs with the
rights of its owner; the run-time role neither owns a table nor may insert into `audit.change`, so it can neither
switch the trail off nor forge it.
"""

from django.db import migrations

SCHEMA = """
CREATE SCHEMA audit;
CREATE TABLE audit.change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    table_name text NOT NULL,
    row_id text NOT NULL,
    operation text NOT NULL CHECK (operation IN ('insert', 'update', 'delete')),
    actor text NOT NULL CHECK (actor <> ''),
    reason text NOT NULL,
    source text NOT NULL,
    request_id text NOT NULL,
    database_role text NOT NULL,
    old jsonb,
    new jsonb,
    CHECK (operation = 'insert' OR btrim(reason) <> '')
);
CREATE INDEX change_row ON audit.change (table_name, row_id, id);
CREATE INDEX change_at ON audit.change (at);

CREATE FUNCTION audit.setting(name text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT coalesce(current_setting('tracker.' || name, true), '') $$;

-- One function for every audited table. First argument: columns left out (comma separated); second: columns whose
-- value is not shown, only that it changed.
CREATE FUNCTION audit.record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    left_out text[] := string_to_array(coalesce(TG_ARGV[0], ''), ',');
    hidden text[] := string_to_array(coalesce(TG_ARGV[1], ''), ',');
    old_row jsonb; new_row jsonb; name text;
    actor text := audit.setting('actor');
    reason text := audit.setting('reason');
BEGIN
    IF TG_OP <> 'INSERT' THEN old_row := to_jsonb(OLD) - left_out; END IF;
    IF TG_OP <> 'DELETE' THEN new_row := to_jsonb(NEW) - left_out; END IF;
    IF TG_OP = 'UPDATE' AND (old_row - 'row_version'::text) IS NOT DISTINCT FROM (new_row - 'row_version'::text) THEN
        RETURN NULL;
    END IF;
    IF actor = '' THEN
        RAISE EXCEPTION 'audit: no person named for a change of %', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege', HINT = 'Set tracker.actor in this transaction.';
    END IF;
    IF TG_OP <> 'INSERT' AND btrim(reason, E' \\t\\r\\n') = '' THEN
        RAISE EXCEPTION 'audit: a change of % needs a reason', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', HINT = 'Set tracker.reason in this transaction.';
    END IF;
    FOREACH name IN ARRAY hidden LOOP
        IF old_row ? name AND new_row ? name AND old_row -> name IS DISTINCT FROM new_row -> name THEN
            new_row := jsonb_set(new_row, ARRAY[name], '"(changed)"');
        ELSIF new_row ? name THEN
            new_row := jsonb_set(new_row, ARRAY[name], '"(hidden)"');
        END IF;
        IF old_row ? name THEN old_row := jsonb_set(old_row, ARRAY[name], '"(hidden)"'); END IF;
    END LOOP;
    INSERT INTO audit.change (table_name, row_id, operation, actor, reason, source, request_id, database_role, old, new)
    VALUES (TG_TABLE_NAME, coalesce(new_row ->> 'id', old_row ->> 'id'), lower(TG_OP), actor, reason,
            audit.setting('source'), audit.setting('request_id'), session_user, old_row, new_row);
    RETURN NULL;
END $$;

-- The row version counts the changes of a row, whoever makes them and by whatever route.
CREATE FUNCTION audit.count_version() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    left_out text[] := string_to_array(coalesce(TG_ARGV[0], ''), ',') || 'row_version'::text;
BEGIN
    IF TG_OP = 'INSERT' THEN NEW.row_version := 1;
    ELSIF to_jsonb(NEW) - left_out IS DISTINCT FROM to_jsonb(OLD) - left_out THEN
        NEW.row_version := OLD.row_version + 1;
    ELSE NEW.row_version := OLD.row_version;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are never changed or removed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.change FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit.change FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
ALTER TABLE audit.change ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit.change ENABLE ALWAYS TRIGGER never_truncated;
"""

DROP_SCHEMA = "DROP SCHEMA audit CASCADE;"

# The owner may lack the right to make roles (a managed server): then the role has to be there already.
RIGHTS = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tracker_app') THEN
        EXECUTE 'CREATE ROLE tracker_app NOLOGIN';
        EXECUTE format('GRANT tracker_app TO %I', current_user);
    END IF;
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public, audit TO tracker_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public, audit TO tracker_app;
-- Who may run a trigger function may hang it on a table of his own and so forge a row: only the owner may.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.setting(text) TO tracker_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tracker_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO tracker_app;
"""

# A table made before `audit.watch` is there is put under audit row by row; the migration that brings it renews that.
WATCHED = """
DO $$ BEGIN
    IF to_regprocedure('audit.watch(regclass, text[], text[])') IS NOT NULL THEN
        PERFORM audit.watch('{table}', string_to_array('{left_out}', ','), string_to_array('{hidden}', ','));
    ELSE
        CREATE TRIGGER a_version BEFORE INSERT OR UPDATE ON {table}
            FOR EACH ROW EXECUTE FUNCTION audit.count_version('{left_out}');
        CREATE TRIGGER z_audit AFTER INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION audit.record('{left_out}', '{hidden}');
        CREATE TRIGGER z_never_truncated BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER a_version, ENABLE ALWAYS TRIGGER z_audit,
            ENABLE ALWAYS TRIGGER z_never_truncated;
    END IF;
END $$;
""".strip()

UNWATCHED = """
DO $$ BEGIN
    IF to_regprocedure('audit.unwatch(regclass)') IS NOT NULL THEN PERFORM audit.unwatch('{table}');
    ELSE
        DROP TRIGGER a_version ON {table};
        DROP TRIGGER z_audit ON {table};
        DROP TRIGGER z_never_truncated ON {table};
    END IF;
END $$;
""".strip()


def audited(*tables: str, left_out: tuple[str, ...] = (), hidden: tuple[str, ...] = ()) -> migrations.RunSQL:
    """Put `tables` under audit; the database counts their `row_version`. Columns `left_out` are not in the trail, of
    those `hidden` it only says that they changed."""
    names = [{"table": table, "left_out": ",".join(left_out), "hidden": ",".join(hidden)} for table in tables]
    forward, backward = ("\n".join(text.format(**one) for one in names) for text in (WATCHED, UNWATCHED))
    return migrations.RunSQL(forward, backward)


def never_changed(table: str) -> migrations.RunSQL:
    """Refuse every UPDATE and DELETE of `table`, for the owner too."""
    return migrations.RunSQL(
        f"""CREATE TRIGGER b_never_changed BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION audit.refuse();
            ALTER TABLE {table} ENABLE ALWAYS TRIGGER b_never_changed;""",
        f"DROP TRIGGER b_never_changed ON {table};",
    )
