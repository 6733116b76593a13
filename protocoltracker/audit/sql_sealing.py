"""Blocks of the trail sealed by hashes, without making writers wait for each other.

Writers only insert. `audit.seal_block(most)` afterwards takes the entries that follow the last sealed one, in the order
of their ids, and adds one row to `audit.seal`:

    entry = sha256(record_send(ROW(all columns of the entry)))
    members = for each entry: its id (8 bytes, big-endian) and its hash (32 bytes)
    hash = sha256(version, seq, at, last_id, rows, total (8 bytes each) || previous hash || sha256(members))

Ids are given before a transaction commits, so a smaller one may become visible later. Therefore: read the last id
given; take a transaction id, which is larger than that of every transaction that may hold one of those ids; and wait
until all smaller ones have ended. From then on nothing can appear at or below that id.
"""

SEALING = r"""
CREATE TABLE audit.seal (
    seq bigint PRIMARY KEY CHECK (seq > 0),
    at timestamptz NOT NULL,
    last_id bigint NOT NULL UNIQUE,
    rows bigint NOT NULL CHECK (rows > 0),
    total bigint NOT NULL,
    previous bytea NOT NULL,
    members bytea NOT NULL CHECK (length(members) = 40 * rows),
    hash bytea NOT NULL UNIQUE
);
ALTER TABLE audit.seal ALTER COLUMN members SET STORAGE EXTERNAL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.seal FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit.seal FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
ALTER TABLE audit.seal ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER never_truncated;
GRANT SELECT ON audit.seal TO tracker_app;

-- One block of at most `most` entries, in a transaction of its own. Answers its number; nothing when nothing waits.
CREATE FUNCTION audit.seal_block(most integer DEFAULT 1000) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given bigint;
    horizon xid8;
    patience timestamptz := clock_timestamp() + interval '10 seconds';
    last audit.seal;
    new audit.seal;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' OR pg_current_xact_id_if_assigned() IS NOT NULL THEN
        RAISE EXCEPTION 'audit: sealing needs a transaction of its own, which has written nothing'
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
    IF most NOT BETWEEN 1 AND 100000 THEN
        RAISE EXCEPTION 'audit: a block holds 1 to 100000 entries, not %', most
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    LOCK TABLE audit.seal IN SHARE ROW EXCLUSIVE MODE;  -- one sealer at a time; readers and writers of the trail go on
    SELECT * INTO last FROM audit.seal ORDER BY seq DESC LIMIT 1;
    IF NOT EXISTS (SELECT FROM audit.change WHERE id > coalesce(last.last_id, 0)) THEN RETURN NULL; END IF;
    given := pg_sequence_last_value(pg_get_serial_sequence('audit.change', 'id')::regclass);
    horizon := pg_current_xact_id();
    WHILE pg_snapshot_xmin(pg_current_snapshot()) < horizon LOOP
        IF clock_timestamp() > patience THEN RETURN NULL; END IF;  -- somebody writes for long: at the next turn
        PERFORM pg_sleep(0.02);
    END LOOP;
    new.seq := coalesce(last.seq, 0) + 1;
    new.at := clock_timestamp();
    new.previous := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
    SELECT max(id), count(*), string_agg(int8send(id) || sha256(record_send(entry)), '' ORDER BY id)
        INTO new.last_id, new.rows, new.members
        FROM (SELECT c.id, ROW(c.id, c.at, c.transaction_id, c.table_name, c.row_id, c.patient_id, c.operation, c.actor,
                  c.reason, c.source, c.request_id, c.database_role, c.old, c.new) AS entry
              FROM audit.change c WHERE c.id > coalesce(last.last_id, 0) AND c.id <= given
              ORDER BY c.id LIMIT most) waiting;
    IF new.rows = 0 THEN RETURN NULL; END IF;
    new.total := coalesce(last.total, 0) + new.rows;
    new.hash := sha256(int8send(1) || int8send(new.seq) || timestamptz_send(new.at) || int8send(new.last_id)
        || int8send(new.rows) || int8send(new.total) || new.previous || sha256(new.members));
    INSERT INTO audit.seal SELECT new.*;
    RETURN new.seq;
END $$;
REVOKE ALL ON FUNCTION audit.seal_block(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.seal_block(integer) TO tracker_app;

-- The day's mail about the head: to whom it went, so that each is told once a day whoever sweeps.
CREATE TABLE audit.head_mail (
    day date NOT NULL,
    recipient uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome text NOT NULL,
    PRIMARY KEY (day, recipient)
);
GRANT SELECT, INSERT ON audit.head_mail TO tracker_app;
"""

UNDO_SEALING = """
DROP TABLE audit.head_mail;
DROP FUNCTION audit.seal_block(integer);
DROP TABLE audit.seal;
"""
