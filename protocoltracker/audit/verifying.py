"""Read the sealed trail from its first entry and find every one that was edited, removed, inserted or cut off.

Only PostgreSQL's own functions are asked for the bytes of an entry; every hash is worked out here. So a function that
somebody replaced in the database cannot vouch for itself. The trail is streamed: memory does not grow with it.
"""

import datetime as dt
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

import psycopg
from psycopg import sql

from protocoltracker.audit.heads import Head

MEMBER = 40  # bytes: 8 of the id, 32 of the hash
ID = slice(
    12, 20
)  # where the id stands in the bytes of an entry: behind the number of columns, its type and its length
EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # PostgreSQL counts its microseconds from here
NOTHING = bytes(32)
AT_ONCE = 50  # blocks
ENTRIES = """
    COPY (SELECT record_send(ROW(id, at, transaction_id, table_name, row_id, patient_id, operation, actor, reason,
        source, request_id, database_role, old, new)) FROM audit.change WHERE id > {above} AND id <= {upto} ORDER BY id)
    TO STDOUT (FORMAT BINARY)
"""
SEALS = """
    SELECT seq, at, last_id, rows, total, previous, members, hash FROM audit.seal WHERE seq > %s ORDER BY seq LIMIT %s
"""
LOWEST = -(2**63)


@dataclass(frozen=True)
class Finding:
    """`kind`: edited, removed, inserted (an entry, by `entry`), or seal, chain, cut, rewritten (a block)."""

    kind: str
    block: int
    entry: int | None
    text: str


@dataclass
class Verdict:
    blocks: int = 0
    sealed: int = 0
    unsealed: int = 0
    anchors: int = 0
    findings: list[Finding] = field(default_factory=list)
    head: str = ""

    @property
    def intact(self) -> bool:
        return not self.findings


@dataclass(frozen=True)
class Seal:
    seq: int
    at: dt.datetime
    last_id: int
    rows: int
    total: int
    previous: bytes
    members: bytes
    hash: bytes

    def expected_hash(self) -> bytes:
        at = (self.at - EPOCH) // dt.timedelta(microseconds=1)
        header = struct.pack(">6q", 1, self.seq, at, self.last_id, self.rows, self.total)
        return sha256(header + self.previous + sha256(self.members).digest()).digest()

    def entries(self) -> Iterator[tuple[int, bytes]]:
        """The id of each entry, and the 40 bytes that stand for it."""
        for at in range(0, len(self.members) - MEMBER + 1, MEMBER):
            member = self.members[at : at + MEMBER]
            yield _id(member), member


def verify(
    database: psycopg.Connection,
    *,
    anchors: Iterable[Head] = (),
    say: Callable[[Finding], None] | None = None,
) -> Verdict:
    """Everything found, in the order of the trail. Call it with `database` in a transaction whose view stands still.

    `anchors` are heads noted outside of the database. `say` is told each finding as it is found.
    """
    verdict = Verdict()

    def found(kind: str, block: int, entry: int | None, text: str) -> None:
        finding = Finding(kind, block, entry, text)
        verdict.findings.append(finding)
        if say is not None:
            say(finding)

    noted = _by_block(anchors, found)
    verdict.anchors = len(noted)
    last, seen = None, LOWEST
    while seals := _seals(database, last.seq if last else LOWEST):
        entries = _Entries(database, seen, seals[-1].last_id)
        for seal in seals:
            _check_seal(seal, last, noted.pop(seal.seq, None), found)
            _check_entries(seal, entries, found)
            last = seal
            verdict.sealed += seal.rows
        entries.close()
        seen = max(seen, seals[-1].last_id)
        verdict.blocks += len(seals)
    for seq in sorted(noted):
        head = noted[seq]
        found("cut", seq, None, f"block {seq}, noted at {head.at:%Y-%m-%d %H:%M} UTC ({head}), is gone")
    verdict.unsealed = _count(database, above=seen)
    verdict.head = str(Head(last.seq, last.total, last.last_id, last.at, last.hash)) if last else ""
    return verdict


def _by_block(anchors: Iterable[Head], found: Callable) -> dict[int, Head]:
    noted: dict[int, Head] = {}
    for head in anchors:
        other = noted.setdefault(head.seq, head)
        if other.hash != head.hash:
            found(
                "rewritten", head.seq, None, f"block {head.seq} was noted outside with two different hashes"
            )
    return noted


def _check_seal(seal: Seal, last: Seal | None, noted: Head | None, found: Callable) -> None:
    """The block by itself, its place behind the one before, and what was noted of it outside."""
    seq = seal.seq
    expected = (
        (last.seq if last else 0) + 1,
        last.hash if last else NOTHING,
        (last.total if last else 0) + seal.rows,
    )
    if seal.expected_hash() != seal.hash or len(seal.members) != MEMBER * seal.rows:
        found("seal", seq, None, f"the seal of block {seq} was edited: its hash is not that of its contents")
    if (seq, seal.previous, seal.total) != expected:
        gap = (
            f"blocks {expected[0]} to {seq - 1} are gone"
            if seq > expected[0]
            else "it does not follow its forerunner"
        )
        found("chain", seq, None, f"the chain is broken at block {seq}: {gap}")
    if noted is not None and (noted.hash, noted.total, noted.last_id) != (
        seal.hash,
        seal.total,
        seal.last_id,
    ):
        text = (
            f"block {seq} is not the one noted outside at {noted.at:%Y-%m-%d %H:%M} UTC: it was written anew"
        )
        found("rewritten", seq, None, text)


def _check_entries(seal: Seal, entries: "_Entries", found: Callable) -> None:
    """The entries up to the block's last id, beside those that it names."""
    there = list(entries.upto(seal.last_id))
    hashed = [entry[ID] + sha256(entry).digest() for entry in there]
    if b"".join(hashed) == seal.members:
        return
    stands = {_id(member): member for member in hashed}
    sealed = dict(seal.entries())
    for number in sorted(stands.keys() | sealed.keys()):
        if number not in stands:
            found("removed", seal.seq, number, f"entry {number} was removed")
        elif number not in sealed:
            found("inserted", seal.seq, number, f"entry {number} was inserted: no seal knows it")
        elif stands[number] != sealed[number]:
            found("edited", seal.seq, number, f"entry {number} was edited")


def _id(member: bytes) -> int:
    return int.from_bytes(member[:8], signed=True)


def _seals(database: psycopg.Connection, above: int) -> list[Seal]:
    with psycopg.Cursor(database) as cursor:
        return [Seal(*row) for row in cursor.execute(SEALS, [above, AT_ONCE], binary=True)]


class _Entries:
    """The bytes of the entries in a range of ids, one after the other, with a look at the next one."""

    def __init__(self, database: psycopg.Connection, above: int, upto: int) -> None:
        self._database = database
        self._rows = self._stream(above, upto)
        self._next = next(self._rows, None)

    def _stream(self, above: int, upto: int) -> Iterator[bytes]:
        query = sql.SQL(ENTRIES).format(above=above, upto=upto)
        with self._database.cursor() as cursor, cursor.copy(query) as copy:
            copy.set_types(["bytea"])
            yield from (row[0] for row in copy.rows())

    def upto(self, last_id: int) -> Iterator[bytes]:
        while self._next is not None and int.from_bytes(self._next[ID], signed=True) <= last_id:
            yield self._next
            self._next = next(self._rows, None)

    def close(self) -> None:
        """To the end of the range, so that the connection is free again."""
        for _ in self._rows:
            pass


def _count(database: psycopg.Connection, *, above: int) -> int:
    with psycopg.Cursor(database) as cursor:
        [row] = cursor.execute("SELECT count(*) FROM audit.change WHERE id > %s", [above])
        return row[0]
