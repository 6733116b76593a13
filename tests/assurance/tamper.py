"""Somebody with every right tampers with the sealed trail, in ways drawn at random; each is to be found and named.

Each tampering is made by the superuser with the triggers switched off, looked at with the heads noted before, and taken
back. So all of them meet the same trail.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row

from protocoltracker import embedded
from protocoltracker.audit import sealing, verifying
from protocoltracker.audit.heads import Head
from protocoltracker.audit.verifying import MEMBER, Verdict

BLOCK = 40
ENTRY = (
    "sha256(record_send(ROW(id, at, transaction_id, table_name, row_id, patient_id, operation, actor, reason, source, "
    "request_id, database_role, old, new)))"
)
COLUMNS = (
    *("at", "transaction_id", "table_name", "row_id", "patient_id", "operation", "actor", "reason", "source"),
    *("request_id", "database_role", "old", "new"),
)
OTHER = {
    "at": "at + interval '1 microsecond'",
    "transaction_id": "(transaction_id::text::bigint + 1)::text::xid8",
    "patient_id": "gen_random_uuid()",
    "old": "coalesce(old::text || ' ', 'null')::json",
    "new": "coalesce(new::text || ' ', 'null')::json",
}
SEAL = {
    "at": "at + interval '1 second'",
    "last_id": "last_id + 1000000",
    "total": "total + 1",
    "previous": "sha256(previous)",
    "members": "overlay(members placing sha256(members) from 9)",
    "hash": "sha256(hash)",
}


@dataclass
class Trail:
    """The sealed trail under the hands of the superuser."""

    database: psycopg.Connection
    random: random.Random
    ids: list[int]
    gaps: list[int]
    blocks: list[int]
    heads: list[Head]

    def do(self, text: str, *values: object) -> int:
        return self.database.execute(text, values or None).rowcount

    def verify(self) -> Verdict:
        return verifying.verify(self.database, anchors=self.heads)

    def some(self, things: Sequence[int], most: int = 3) -> list[int]:
        return self.random.sample(things, self.random.randint(1, most))


def edit(trail: Trail) -> set[int]:
    column = trail.random.choice(COLUMNS)
    wanted = trail.some(trail.ids)
    other = OTHER.get(column, f"{column} || 'x'")
    trail.do(f"UPDATE audit.change SET {column} = {other} WHERE id = ANY(%s)", wanted)  # noqa: S608
    return set(wanted)


def empty(trail: Trail) -> set[int]:
    """Who did it, or why, is wiped out."""
    wanted = trail.random.choice(trail.ids)
    trail.do("UPDATE audit.change SET actor = '', reason = '' WHERE id = %s", wanted)
    return {wanted}


def remove(trail: Trail) -> set[int]:
    wanted = trail.some(trail.ids, 5)
    trail.do("DELETE FROM audit.change WHERE id = ANY(%s)", wanted)
    return set(wanted)


def insert(trail: Trail) -> set[int]:
    """A forged entry, which is a good copy of another one, in a gap of the ids or before the first."""
    new, copied = trail.random.choice([*trail.gaps, 0, -5]), trail.random.choice(trail.ids)
    columns = ", ".join(COLUMNS)
    trail.do(
        f"INSERT INTO audit.change (id, {columns}) OVERRIDING SYSTEM VALUE "  # noqa: S608
        f"SELECT %s, {columns} FROM audit.change WHERE id = %s",
        new,
        copied,
    )
    return {new}


def reorder(trail: Trail) -> set[int]:
    """Two entries change places."""
    one, other = trail.random.sample(trail.ids, 2)
    trail.do("UPDATE audit.change SET id = -1000000 WHERE id = %s", one)
    trail.do("UPDATE audit.change SET id = %s WHERE id = %s", one, other)
    trail.do("UPDATE audit.change SET id = %s WHERE id = -1000000", other)
    return {one, other}


def swap(trail: Trail) -> set[int]:
    """Two entries exchange who did them and which row they are of."""
    one, other = trail.random.sample(trail.ids, 2)
    trail.do(
        "UPDATE audit.change c SET row_id = o.row_id, at = o.at FROM audit.change o "
        "WHERE (c.id, o.id) IN ((%s, %s), (%s, %s))",
        *(one, other, other, one),
    )
    return {one, other}


def cut_tail(trail: Trail) -> set[int]:
    """The last blocks and their entries are gone, with everything that was not sealed."""
    first = trail.random.choice(trail.blocks)
    trail.do(
        "DELETE FROM audit.change WHERE id > (SELECT coalesce(max(last_id), 0) FROM audit.seal WHERE seq < %s)",
        first,
    )
    trail.do("DELETE FROM audit.seal WHERE seq >= %s", first)
    return set()


def cut_out(trail: Trail) -> set[int]:
    """A block from the middle and its entries are gone."""
    block = trail.random.choice(trail.blocks)
    trail.do(
        "DELETE FROM audit.change WHERE id <= (SELECT last_id FROM audit.seal WHERE seq = %s) "
        "AND id > (SELECT coalesce(max(last_id), 0) FROM audit.seal WHERE seq < %s)",
        *(block, block),
    )
    trail.do("DELETE FROM audit.seal WHERE seq = %s", block)
    return set()


def edit_seal(trail: Trail) -> set[int]:
    column = trail.random.choice(list(SEAL))
    block = trail.random.choice(trail.blocks)
    trail.do(f"UPDATE audit.seal SET {column} = {SEAL[column]} WHERE seq = %s", block)  # noqa: S608
    return set()


def swap_seals(trail: Trail) -> set[int]:
    one, other = trail.random.sample(trail.blocks, 2)
    trail.do("UPDATE audit.seal SET seq = 1000000 WHERE seq = %s", one)
    trail.do("UPDATE audit.seal SET seq = %s WHERE seq = %s", one, other)
    trail.do("UPDATE audit.seal SET seq = %s WHERE seq = 1000000", other)
    return set()


def write_anew(trail: Trail) -> set[int]:
    """An entry is edited or removed, and every hash from its block on is worked out anew: a chain without a flaw."""
    wanted = trail.random.choice(trail.ids)
    if trail.random.random() < 0.5:
        trail.do("UPDATE audit.change SET reason = reason || '.' WHERE id = %s", wanted)
    else:
        trail.do("DELETE FROM audit.change WHERE id = %s", wanted)
    forge(trail.database, wanted)
    assert verifying.verify(trail.database).intact, "the forged chain is meant to have no flaw of its own"
    return set()


def forge(database: psycopg.Connection, changed: int) -> None:
    """Seal again whatever stands there now, from the block of `changed` on."""
    with database.cursor(row_factory=namedtuple_row) as cursor:
        seals = cursor.execute("SELECT * FROM audit.seal ORDER BY seq").fetchall()
    hashed = database.execute(f"SELECT id, {ENTRY} FROM audit.change ORDER BY id").fetchall()  # noqa: S608
    previous, total, below = verifying.NOTHING, 0, 0
    for seal in seals:
        members = b"".join(
            number.to_bytes(8, signed=True) + digest
            for number, digest in hashed
            if below < number <= seal.last_id
        )
        rows, below = len(members) // MEMBER, seal.last_id
        total += rows
        if seal.last_id >= changed:
            last = int.from_bytes(members[-MEMBER : 8 - MEMBER])
            new = verifying.Seal(seal.seq, seal.at, last, rows, total, previous, members, b"")
            previous = new.expected_hash()
            database.execute(
                "UPDATE audit.seal SET last_id = %s, rows = %s, total = %s, previous = %s, members = %s, hash = %s "
                "WHERE seq = %s",
                [last, rows, total, new.previous, members, previous, seal.seq],
            )
        else:
            previous = seal.hash


KINDS: tuple[Callable[[Trail], set[int]], ...] = (
    *(edit, empty, remove, insert, reorder, swap),
    *(cut_tail, cut_out, edit_seal, swap_seals, write_anew),
)


def prepare(seed: int, *, patients: int) -> Trail:
    """A trail of some patients, with gaps in its ids, sealed in small blocks; and the superuser at it."""
    from django.db import transaction

    from protocoltracker.audit.context import acting
    from tests import factories

    for _ in range(patients):
        patient = factories.enrolled()
        try:
            with transaction.atomic(), acting(by="system:test", reason="given up"):
                patient.activities.update(row_version=0, drug="x")
                raise RuntimeError
        except RuntimeError:
            pass  # the ids of its entries are not used again
    while sealing.seal_block(BLOCK):
        pass
    database = psycopg.connect(embedded.url("superuser"))
    for table in ("change", "seal"):
        database.execute(sql.SQL("ALTER TABLE audit.{} DISABLE TRIGGER ALL").format(sql.Identifier(table)))
    database.execute("ALTER TABLE audit.change ALTER id SET GENERATED BY DEFAULT")
    ids = [row[0] for row in database.execute("SELECT id FROM audit.change ORDER BY id")]
    heads = list(sealing.after(0))
    gaps = sorted(set(range(1, max(ids))) - set(ids))
    return Trail(database, random.Random(seed), ids, gaps, [head.seq for head in heads], heads)  # noqa: S311


@dataclass
class Count:
    made: Counter
    missed: list[str]
    unnamed: list[str]
    false_alarms: int


def tampered(trail: Trail, number: int) -> Count:
    """Make `number` tamperings one after the other, each taken back before the next."""
    count = Count(Counter(), [], [], 0 if trail.verify().intact else 1)
    for turn in range(number):
        kind = KINDS[turn % len(KINDS)]
        trail.database.execute("SAVEPOINT before")
        touched = kind(trail)
        verdict = trail.verify()
        trail.database.execute("ROLLBACK TO before")
        count.made[kind.__name__] += 1
        if verdict.intact:
            count.missed.append(f"{kind.__name__} {touched}")
        if not touched <= {finding.entry for finding in verdict.findings}:
            count.unnamed.append(f"{kind.__name__} {touched}")
    count.false_alarms += not trail.verify().intact
    return count


def run(number: int = 1000, *, patients: int = 6, seed: int | None = None) -> tuple[str, bool]:
    """One line of figures, and whether every tampering was found and its entries named."""
    seed = seed if seed is not None else random.SystemRandom().randrange(10**6)
    begun = time.monotonic()
    trail = prepare(seed, patients=patients)
    count = tampered(trail, number)
    trail.database.close()
    passed = not (count.missed or count.unnamed or count.false_alarms)
    line = (
        f"tamper: {number - len(count.missed)} of {number} found, entries named in {number - len(count.unnamed)}, "
        f"{count.false_alarms} false alarms; {len(KINDS)} ways, {len(trail.ids)} entries in "
        f"{len(trail.blocks)} blocks, seed {seed}, {time.monotonic() - begun:.0f} s"
    )
    return "\n".join([*count.missed, *count.unnamed, line]), passed
