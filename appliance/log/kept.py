"""What was worked out of a run once, kept beside it: its scored summary as a document, and a row a member for trends.

Pages of a year of nights are read from here; scoring a run from its outcomes takes seconds. Nothing here is evidence:
it is made from the outcomes again whenever it is missing or of another version.
"""

import json
import sqlite3
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from appliance.log.connect import snapshot, transaction
from appliance.log.log import Log

FINISHED = "({0}.state = 'done' OR EXISTS (SELECT 1 FROM nights n WHERE n.run = {0}.run AND n.state = 'cut'))"
"""A run is finished when it is done, or when its night was cut at its time limit and judged on what there was."""


class MemberNight(NamedTuple):
    """One member in one run. Rates are fractions 0..1, on clean parts unless a name says otherwise; None: unknown.

    The two states are the worst of the binding limits (holds, breached, not provable; empty: none), on clean parts and
    over all binding conditions. `mean_...` and `flip_rate` are over every condition but clean.
    """

    run: str
    member: str
    n: int
    accuracy: float | None
    escape_rate: float | None
    escape_upper: float | None
    overkill_rate: float | None
    overkill_upper: float | None
    mean_accuracy: float | None
    mean_low: float | None
    mean_high: float | None
    flip_rate: float | None
    worst_accuracy: float | None
    worst_condition: str
    clean_state: str
    state: str
    p99_ms: float | None
    p99_state: str = ""  # of the cost that p99_ms is from (valid, contended ...); empty: not known


COLUMNS = MemberNight._fields


HEAD = 4
"""Bytes that say how long the list of pieces is, at the beginning of a document in pieces."""


def keep(log: Log, run: str, kind: str, version: int, document: bytes) -> None:
    """Keep `document`; what was kept of the same kind is replaced."""
    with transaction(log.connection, log.path):
        _replace(log, run, kind, version, zlib.compress(document, 6))


def keep_pieces(
    log: Log, run: str, kind: str, version: int, pieces: Mapping[str, bytes], members: Sequence[MemberNight]
) -> None:
    """Keep a document whose pieces can be read one by one, and `members`, the run's rows for trends."""
    packed = _bound({name: zlib.compress(piece, 6) for name, piece in pieces.items()})
    with transaction(log.connection, log.path):
        _replace(log, run, kind, version, packed)
        log.connection.execute("DELETE FROM member_scores WHERE run = ?", (run,))
        blanks = ", ".join("?" * len(COLUMNS))
        sql = f"INSERT INTO member_scores ({', '.join(COLUMNS)}) VALUES ({blanks})"  # noqa: S608 - our own names
        log.connection.executemany(sql, members)


def _replace(log: Log, run: str, kind: str, version: int, packed: bytes) -> None:
    log.connection.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", (run, kind, version, packed))


def _bound(pieces: Mapping[str, bytes]) -> bytes:
    """Length of the list (u32, little-endian), the list (JSON: name, begin and end after the list), the pieces."""
    places, start = {}, 0
    for name, piece in pieces.items():
        places[name] = (start, start + len(piece))
        start += len(piece)
    listed = json.dumps(places, separators=(",", ":")).encode()
    return len(listed).to_bytes(HEAD, "little") + listed + b"".join(pieces.values())


def kept_pieces(
    log: Log, run: str, kind: str, version: int, wanted: Collection[str] | None = None
) -> dict[str, bytes] | None:
    """The pieces `wanted` of a document (all where None), those that it has; nothing else of it is read.

    None where there is no such document of this version, or it cannot be unpacked.
    """
    with snapshot(log.connection, log.path):
        sql = "SELECT rowid FROM documents WHERE run = ? AND kind = ? AND version = ?"
        row = log.connection.execute(sql, (run, kind, version)).fetchone()
        if row is None:
            return None
        with log.connection.blobopen("documents", "packed", row[0], readonly=True) as blob:
            return _unbound(blob, wanted)


def _unbound(blob: sqlite3.Blob, wanted: Collection[str] | None) -> dict[str, bytes] | None:
    try:
        length = int.from_bytes(blob.read(HEAD), "little")
        places: dict[str, list[int]] = json.loads(blob.read(length))
        found = {}
        for name in places if wanted is None else wanted:
            if name in places:
                start, end = places[name]
                blob.seek(HEAD + length + start)
                found[name] = zlib.decompress(blob.read(end - start))
        return found
    except (ValueError, TypeError, zlib.error):
        return None


def kept(log: Log, run: str, kind: str, version: int) -> bytes | None:
    """The document of a run, None where there is none of this version or it cannot be unpacked."""
    with snapshot(log.connection, log.path):
        sql = "SELECT packed FROM documents WHERE run = ? AND kind = ? AND version = ?"
        row = log.connection.execute(sql, (run, kind, version)).fetchone()
    try:
        return None if row is None else zlib.decompress(row[0])
    except zlib.error:
        return None


def last_kept(log: Log, kind: str, version: int) -> str | None:
    """The run of which a document of this kind was kept last, None where there is none."""
    sql = "SELECT run FROM documents WHERE kind = ? AND version = ? ORDER BY rowid DESC LIMIT 1"
    with snapshot(log.connection, log.path):
        row: tuple[str] | None = log.connection.execute(sql, (kind, version)).fetchone()
    return None if row is None else row[0]


def member_nights(log: Log, runs: Sequence[str]) -> list[MemberNight]:
    """The rows of `runs`, in the order of `runs`, members as each run ordered them."""
    select = ", ".join(f"s.{name}" for name in COLUMNS)
    sql = f"""SELECT {select} FROM json_each(?) j JOIN member_scores s ON s.run = j.value
    JOIN members m ON m.run = s.run AND m.name = s.member ORDER BY j.key, m.position"""  # noqa: S608 - our own names
    with snapshot(log.connection, log.path):
        return [MemberNight._make(row) for row in log.connection.execute(sql, (json.dumps(list(runs)),))]


@dataclass(frozen=True)
class Night:
    """One finished run in a trend: its name, when it began, how many conditions it holds."""

    run: str
    number: int
    started: str


def nights_like(log: Log, run: str, most: int) -> list[Night]:
    """The finished runs that follow each other up to `run`: same family, task, parts folder and suite, oldest first."""
    sql = f"""SELECT b.run, b.number, b.started FROM runs a JOIN runs b ON b.number <= a.number AND b.family = a.family
    AND b.task = a.task AND b.parts_root = a.parts_root AND b.suite = a.suite
    WHERE a.run = ? AND {FINISHED.format("b")} ORDER BY b.number DESC LIMIT ?"""  # noqa: S608 - our own words
    with snapshot(log.connection, log.path):
        found = log.connection.execute(sql, (run, most)).fetchall()
    return [Night(*row) for row in reversed(found)]


def latest_done(log: Log) -> str | None:
    """The run finished last (by order of writing), None where none is."""
    with snapshot(log.connection, log.path):
        sql = f"SELECT run FROM runs r WHERE {FINISHED.format('r')} ORDER BY number DESC LIMIT 1"  # noqa: S608 - ours
        row: tuple[str] | None = log.connection.execute(sql).fetchone()
    return None if row is None else row[0]
