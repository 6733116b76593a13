"""How rows come into the trail: one INSERT a statement, whatever the number of rows it touched.

`audit.watch(table, left_out, hidden)` writes a trigger function for that table and hangs it on. A statement trigger
sees all touched rows at once, so a thousand rows cost one plan and one INSERT. Old and new rows are joined by their
key with nested loops forbidden: a plan kept from single saves would otherwise compare every row with every row.

Rows are kept as json, written once and never parsed on the way in; `audit.history` shows them as jsonb. The patient
a row belongs to stands beside it, so that its page is found by a key instead of by looking into json.
"""

LAYOUT = """
DROP INDEX audit.change_patient;
DROP INDEX audit.change_row;
DROP INDEX audit.change_at;
ALTER TABLE audit.change ADD COLUMN patient_id uuid;
ALTER TABLE audit.change
    ALTER COLUMN patient_id TYPE uuid USING CASE WHEN table_name = 'patients_patient' THEN row_id::uuid
        ELSE (coalesce(new, old) ->> 'patient_id')::uuid END,
    ALTER COLUMN old TYPE json USING old::text::json,
    ALTER COLUMN new TYPE json USING new::text::json;
-- What these say is said by the trigger functions, the only writers: a CHECK is read and planned anew at every INSERT.
ALTER TABLE audit.change DROP CONSTRAINT change_check, DROP CONSTRAINT change_operation_check,
    DROP CONSTRAINT change_actor_check;
CREATE INDEX change_row ON audit.change USING hash (row_id);
CREATE INDEX change_patient ON audit.change (patient_id);
CREATE INDEX change_at ON audit.change USING brin (at);

CREATE VIEW audit.history AS
SELECT id, at, transaction_id, table_name, row_id, patient_id, operation, actor, reason, source, request_id,
       database_role, old::jsonb AS old, new::jsonb AS new FROM audit.change;
GRANT SELECT ON audit.history TO tracker_app;

-- What is watched, and what of it is left out of the trail or hidden in it.
CREATE TABLE audit.watched (
    table_name text PRIMARY KEY,
    left_out text[] NOT NULL,
    hidden text[] NOT NULL
);
GRANT SELECT ON audit.watched TO tracker_app;
"""

UNDO_LAYOUT = """
DROP TABLE audit.watched;
DROP VIEW audit.history;
DROP INDEX audit.change_patient;
DROP INDEX audit.change_row;
DROP INDEX audit.change_at;
ALTER TABLE audit.change ADD CONSTRAINT change_check CHECK (operation = 'insert' OR btrim(reason) <> ''),
    ADD CONSTRAINT change_operation_check CHECK (operation IN ('insert', 'update', 'delete')),
    ADD CONSTRAINT change_actor_check CHECK (actor <> '');
ALTER TABLE audit.change ALTER COLUMN old TYPE jsonb USING old::text::jsonb, ALTER COLUMN new TYPE jsonb
    USING new::text::jsonb, DROP COLUMN patient_id;
CREATE INDEX change_row ON audit.change (table_name, row_id, id);
CREATE INDEX change_at ON audit.change (at);
CREATE INDEX change_patient ON audit.change ((coalesce(new, old) ->> 'patient_id'), id);
"""

FUNCTIONS = r"""
-- The row version counts the changes of a row. Called only when the row differs from what it was.
CREATE FUNCTION audit.next_version() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.row_version IS DISTINCT FROM OLD.row_version THEN
        NEW.row_version := OLD.row_version;
        IF NOT NEW *<> OLD THEN RETURN NEW; END IF;
    END IF;
    NEW.row_version := OLD.row_version + 1;
    RETURN NEW;
END $$;

CREATE FUNCTION audit.first_version() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.row_version := 1;
    RETURN NEW;
END $$;

CREATE FUNCTION audit.refuse_unexplained(changed name, actor text) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF actor = '' THEN
        RAISE EXCEPTION 'audit: no person named for a change of %', changed
            USING ERRCODE = 'insufficient_privilege', HINT = 'Set tracker.actor in this transaction.';
    END IF;
    RAISE EXCEPTION 'audit: a change of % needs a reason', changed
        USING ERRCODE = 'check_violation', HINT = 'Set tracker.reason in this transaction.';
END $$;

CREATE FUNCTION audit.refuse_new_key(changed name) RETURNS json LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'audit: the key of a row of % is never changed', changed USING ERRCODE = 'check_violation';
END $$;

-- One row as it is kept: all of it, or without what is left out and with what is hidden covered.
CREATE FUNCTION audit.kept(alias text, other text, left_out text[], hidden text[]) RETURNS text LANGUAGE sql
IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN left_out = '{}' AND hidden = '{}' THEN format('row_to_json(%s)', alias) ELSE
        format('((to_jsonb(%s) - %L::text[])', alias, left_out)
        || coalesce((SELECT string_agg(format(' || jsonb_build_object(%L, ', name)
            || CASE WHEN other IS NULL THEN '''(hidden)''' ELSE format(
                'CASE WHEN %1$s.%3$I IS DISTINCT FROM %2$s.%3$I THEN ''(changed)'' ELSE ''(hidden)'' END',
                alias, other, name) END || ')', '') FROM unnest(hidden) AS name), '')
        || ')::json' END
$$;

-- The text of a table's own trigger function.
CREATE FUNCTION audit.recorder(target regclass, left_out text[], hidden text[]) RETURNS text LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := (SELECT relname FROM pg_class WHERE oid = target);
    has_patient boolean := EXISTS (SELECT FROM pg_attribute WHERE attrelid = target AND attname = 'patient_id'
        AND NOT attisdropped);
    patient text := CASE WHEN name = 'patients_patient' THEN 'id' WHEN has_patient THEN 'patient_id' END;
    into_trail text := 'INSERT INTO audit.change (table_name, row_id, patient_id, operation, actor, reason, source, '
        'request_id, database_role, old, new) SELECT TG_TABLE_NAME, %1$s.id, '
        || coalesce('%1$s.' || patient, 'NULL::uuid') || ', %2$L, who, why, '
        'coalesce(current_setting(''tracker.source'', true), ''''), '
        'coalesce(current_setting(''tracker.request_id'', true), ''''), session_user, %3$s, %4$s ';
    old_row text := audit.kept('o', NULL, left_out, hidden);
    kept_key text := format('CASE WHEN o.id IS NULL THEN audit.refuse_new_key(TG_TABLE_NAME) ELSE %s END', old_row);
BEGIN
    RETURN format($text$
CREATE OR REPLACE FUNCTION audit.%1$I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_nestloop = off AS $body$
DECLARE
    who text := coalesce(current_setting('tracker.actor', true), '');
    why text := coalesce(current_setting('tracker.reason', true), '');
    unexplained boolean := who = '' OR TG_OP <> 'INSERT' AND btrim(why, E' \t\r\n') = '';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF unexplained AND EXISTS (SELECT FROM new_rows) THEN
            PERFORM audit.refuse_unexplained(TG_TABLE_NAME, who);
        END IF;
        %2$s FROM new_rows n;
    ELSIF TG_OP = 'UPDATE' THEN
        IF unexplained AND EXISTS (SELECT FROM new_rows n LEFT JOIN old_rows o USING (id)
                WHERE o.row_version IS DISTINCT FROM n.row_version) THEN
            PERFORM audit.refuse_unexplained(TG_TABLE_NAME, who);
        END IF;
        %3$s FROM new_rows n LEFT JOIN old_rows o USING (id) WHERE o.row_version IS DISTINCT FROM n.row_version;
    ELSE
        IF unexplained AND EXISTS (SELECT FROM old_rows) THEN
            PERFORM audit.refuse_unexplained(TG_TABLE_NAME, who);
        END IF;
        %4$s FROM old_rows o;
    END IF;
    RETURN NULL;
END $body$;
REVOKE ALL ON FUNCTION audit.%1$I() FROM PUBLIC;
$text$, 'record_' || name,
        format(into_trail, 'n', 'insert', 'NULL', audit.kept('n', NULL, left_out, hidden)),
        format(into_trail, 'n', 'update', kept_key, audit.kept('n', 'o', left_out, hidden)),
        format(into_trail, 'o', 'delete', old_row, 'NULL'));
END $$;

-- Put a table under audit, or renew what is there. Its rows need `id` and `row_version`.
CREATE FUNCTION audit.watch(target regclass, left_out text[] DEFAULT '{}', hidden text[] DEFAULT '{}')
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    name text := (SELECT relname FROM pg_class WHERE oid = target);
    trigger text;
BEGIN
    PERFORM audit.unwatch(target);
    EXECUTE audit.recorder(target, left_out, hidden);
    EXECUTE format('CREATE TRIGGER a_version_insert BEFORE INSERT ON %s FOR EACH ROW '
        'WHEN (NEW.row_version IS DISTINCT FROM 1) EXECUTE FUNCTION audit.first_version()', target);
    IF left_out = '{}' THEN
        EXECUTE format('CREATE TRIGGER a_version BEFORE UPDATE ON %s FOR EACH ROW WHEN (NEW.* *<> OLD.*) '
            'EXECUTE FUNCTION audit.next_version()', target);
    ELSE
        EXECUTE format('CREATE TRIGGER a_version BEFORE UPDATE ON %s FOR EACH ROW '
            'EXECUTE FUNCTION audit.count_version(%L)', target, array_to_string(left_out, ','));
    END IF;
    EXECUTE format('CREATE TRIGGER z_audit AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS '
        'new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit.%I()', target, 'record_' || name);
    EXECUTE format('CREATE TRIGGER z_audit_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows '
        'FOR EACH STATEMENT EXECUTE FUNCTION audit.%I()', target, 'record_' || name);
    EXECUTE format('CREATE TRIGGER z_audit_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows '
        'FOR EACH STATEMENT EXECUTE FUNCTION audit.%I()', target, 'record_' || name);
    EXECUTE format('CREATE TRIGGER z_never_truncated BEFORE TRUNCATE ON %s FOR EACH STATEMENT '
        'EXECUTE FUNCTION audit.refuse()', target);
    FOREACH trigger IN ARRAY ARRAY['a_version', 'a_version_insert', 'z_audit', 'z_audit_insert', 'z_audit_delete',
            'z_never_truncated'] LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', target, trigger);
    END LOOP;
    INSERT INTO audit.watched VALUES (name, left_out, hidden);
END $$;

CREATE FUNCTION audit.unwatch(target regclass) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE trigger text;
BEGIN
    FOR trigger IN SELECT tgname FROM pg_trigger WHERE tgrelid = target AND tgname IN ('a_version',
            'a_version_insert', 'z_audit', 'z_audit_insert', 'z_audit_delete', 'z_never_truncated') LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', trigger, target);
    END LOOP;
    EXECUTE format('DROP FUNCTION IF EXISTS audit.%I()',
        'record_' || (SELECT relname FROM pg_class WHERE oid = target));
    DELETE FROM audit.watched WHERE table_name = (SELECT relname FROM pg_class WHERE oid = target);
END $$;

REVOKE ALL ON FUNCTION audit.next_version(), audit.first_version(), audit.refuse_unexplained(name, text),
    audit.refuse_new_key(name), audit.kept(text, text, text[], text[]), audit.recorder(regclass, text[], text[]),
    audit.watch(regclass, text[], text[]), audit.unwatch(regclass) FROM PUBLIC;

-- Tables that were put under audit row by row, before this.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT tgrelid::regclass AS target, string_to_array(encode(tgargs, 'escape'), '\000') AS given
        FROM pg_trigger WHERE tgname = 'z_audit' AND NOT tgisinternal
    LOOP
        PERFORM audit.watch(found.target, string_to_array(found.given[1], ','), string_to_array(found.given[2], ','));
    END LOOP;
END $$;
"""

UNDO_FUNCTIONS = r"""
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN SELECT * FROM audit.watched LOOP
        PERFORM audit.unwatch(found.table_name::regclass);
        EXECUTE format('CREATE TRIGGER a_version BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION '
            'audit.count_version(%L)', found.table_name, array_to_string(found.left_out, ','));
        EXECUTE format('CREATE TRIGGER z_audit AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION '
            'audit.record(%L, %L)', found.table_name, array_to_string(found.left_out, ','),
            array_to_string(found.hidden, ','));
        EXECUTE format('CREATE TRIGGER z_never_truncated BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION '
            'audit.refuse()', found.table_name);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER a_version, ENABLE ALWAYS TRIGGER z_audit, '
            'ENABLE ALWAYS TRIGGER z_never_truncated', found.table_name);
    END LOOP;
END $$;
DROP FUNCTION audit.unwatch(regclass), audit.watch(regclass, text[], text[]),
    audit.recorder(regclass, text[], text[]), audit.kept(text, text, text[], text[]),
    audit.refuse_new_key(name), audit.refuse_unexplained(name, text), audit.first_version(), audit.next_version();
"""
