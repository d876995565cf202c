"""What was worked out of a run once, kept beside it: its scored summary as a document, and a row a member for trends.

Pages of a year of nights are read from here; scoring a run from its outcomes takes seconds. Nothing here is evidence:
it is made from the outcomes again whenever it is missing or of another version.
"""

import json
import zlib
from collections.abc import Sequence
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


COLUMNS = MemberNight._fields


def keep(
    log: Log, run: str, kind: str, version: int, document: bytes, members: Sequence[MemberNight] | None = None
) -> None:
    """Keep `document` (and, with `members`, the run's rows for trends); what was kept of the same kind is replaced."""
    with transaction(log.connection, log.path):
        values = (run, kind, version, zlib.compress(document, 6))
        log.connection.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", values)
        if members is not None:
            log.connection.execute("DELETE FROM member_scores WHERE run = ?", (run,))
            blanks = ", ".join("?" * len(COLUMNS))
            sql = f"INSERT INTO member_scores ({', '.join(COLUMNS)}) VALUES ({blanks})"  # noqa: S608 - our own names
            log.connection.executemany(sql, members)


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
