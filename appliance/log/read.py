"""What is read from the log, as functions over a connection inside a snapshot that the caller holds."""

import sqlite3
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from appliance.errors import MachineFailed, UsageError
from appliance.log import rows
from appliance.log.connect import DamagedRow
from appliance.log.packing import unpack
from appliance.log.types import Outcomes, PartRow, RunBrief, RunRecord, RunState

Conn = sqlite3.Connection
Key = tuple[str, str]

HEAD = """
SELECT r.*, c.config AS config_json, c.limits AS limits_json, e.environment AS environment_json
FROM runs r JOIN configs c ON c.id = r.config JOIN environments e ON e.id = r.environment WHERE r.run = ?"""

CONDITIONS = """
SELECT key, name, perturbation_group, unit, severity, neutral, level, repeat FROM conditions
WHERE run = ? ORDER BY position"""

PARTS = "SELECT p.* FROM runs r JOIN parts p ON p.part_set = r.part_set WHERE r.run = ? ORDER BY p.position"

CELLS = """
SELECT c.member, c.condition FROM cells c
JOIN members m ON m.run = c.run AND m.name = c.member JOIN conditions k ON k.run = c.run AND k.key = c.condition
WHERE c.run = ? ORDER BY k.position, m.position"""

PREVIOUS = """
SELECT b.run FROM runs a JOIN runs b
ON b.number < a.number AND b.family = a.family AND b.parts_root = a.parts_root AND b.task = a.task
WHERE a.run = ? AND b.state = ? ORDER BY b.number DESC LIMIT 1"""


def lines(conn: Conn, sql: str, *values: object) -> Iterable[sqlite3.Row]:
    """The rows of a query, by column name."""
    cursor = conn.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor.execute(sql, values)


def _first(conn: Conn, sql: str, *values: object) -> str | None:
    row = conn.execute(sql, values).fetchone()
    return None if row is None else str(row[0])


def resolve(conn: Conn, ref: str) -> str:
    """The run that `ref` names: its whole name, a beginning that fits one run only, or `last`. Raises UsageError."""
    if ref == "last":
        found = [r[0] for r in conn.execute("SELECT run FROM runs ORDER BY number DESC LIMIT 1")]
    else:
        fits = "SELECT run FROM runs WHERE substr(run, 1, length(?1)) = ?1 ORDER BY run = ?1 DESC, number DESC"
        found = [r[0] for r in conn.execute(fits, (ref,))]
    if len(found) == 1 or ref in found:
        return str(found[0])
    if found:
        raise UsageError(f"{len(found)} runs begin with {ref!r}", mend=f"say more of it, such as {found[0]}")
    raise UsageError(f"no run {ref!r} in the log", mend="`inspect-eval runs list` names them")


def briefs(conn: Conn) -> list[RunBrief]:
    """Every run, the one begun last first."""
    return [rows.brief(row) for row in lines(conn, "SELECT * FROM v_runs ORDER BY number DESC")]


def record(conn: Conn, run: str, *, with_parts: bool = True) -> RunRecord:
    """One run, everything but its outcomes; without parts also without its list of cells.

    Raises DamagedRow where what its row refers to is gone.
    """
    row = next(iter(lines(conn, HEAD, run)), None)
    if row is None:
        raise DamagedRow(f"run {run} lacks its configuration or its environment")
    members = lines(conn, "SELECT * FROM members WHERE run = ? ORDER BY position", run)
    conditions = lines(conn, CONDITIONS, run)
    costs = lines(conn, "SELECT * FROM costs WHERE run = ? ORDER BY id", run)
    warnings = lines(conn, "SELECT * FROM warnings WHERE run = ? ORDER BY id", run)
    return RunRecord(
        head=rows.head(row),
        tail=rows.tail(row),
        parts=tuple(parts(conn, run)) if with_parts else (),
        members=tuple(map(rows.member, members)),
        conditions=tuple(map(rows.condition, conditions)),
        cells=tuple(cells(conn, run)) if with_parts else (),
        costs=tuple(map(rows.cost, costs)),
        warnings=tuple(map(rows.warning, warnings)),
    )


def parts(conn: Conn, run: str) -> list[PartRow]:
    """The parts of a run, in the order of its outcomes."""
    return [rows.part(row) for row in lines(conn, PARTS, run)]


def labels(conn: Conn, run: str) -> NDArray[np.bool_]:
    """(parts,) bool, True for NG, in the order of the run's outcomes. Raises UsageError for an unknown run."""
    resolve(conn, run)
    return np.array([rows.flag(row["ng"]) for row in lines(conn, PARTS, run)], np.bool_)


def cells(conn: Conn, run: str) -> list[Key]:
    """(member, condition) of the finished cells, condition by condition in audit order."""
    return [(row[0], row[1]) for row in conn.execute(CELLS, (run,))]


def failures(conn: Conn, run: str) -> dict[Key, str]:
    """Why a finished cell holds no outcomes, for those that hold none."""
    sql = "SELECT member, condition, failure FROM cells WHERE run = ? AND failure <> ''"
    return {(row[0], row[1]): row[2] for row in conn.execute(sql, (run,))}


def outcomes(conn: Conn, run: str, member: str, condition: str) -> Outcomes:
    """Outcomes of one finished cell. Raises UsageError where it is not there, MachineFailed where it is damaged."""
    sql = "SELECT packed FROM cells JOIN outcomes ON cell = cells.id WHERE run = ? AND member = ? AND condition = ?"
    row = conn.execute(sql, (run, member, condition)).fetchone()
    if row is None:
        raise UsageError(f"run {run} has no finished cell {member}, {condition}")
    try:
        if not isinstance(row[0], bytes):
            raise ValueError("they are no bytes")
        return unpack(row[0])
    except ValueError as error:
        raise MachineFailed(
            f"the outcomes of run {run}, {member}, {condition} are damaged: {error}",
            mend="bring back a backup with `inspect-eval log restore`, or audit again",
        ) from error


def resumable(conn: Conn, plan_digest: str) -> str | None:
    """The run begun last with this plan that is not done, if any."""
    sql = "SELECT run FROM runs WHERE plan_digest = ? AND state <> ? ORDER BY number DESC LIMIT 1"
    return _first(conn, sql, plan_digest, RunState.DONE.value)


def previous(conn: Conn, run: str) -> str | None:
    """The run done last before this one, of the same family, task and parts folder."""
    return _first(conn, PREVIOUS, run, RunState.DONE.value)
