"""Is a log sound? Quick: its pages and its references. Full: every index, every outcome, every digest."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from appliance.errors import InspectError
from appliance.log import rows
from appliance.log.connect import connect, named_faults
from appliance.log.copying import faults
from appliance.log.digest import run_digest
from appliance.log.log import Log
from appliance.log.schema import identify, pending
from appliance.log.types import Cell, RunState

RESTORE = "bring back a backup with `inspect-eval log restore`; `sqlite3 log.db .recover` saves what can be read"
COUNTED = ("n", "ok", "ng", "escapes", "overkills", "accuracy")


class Level(StrEnum):
    """How bad a finding is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """What a check found and how to mend it."""

    level: Level
    what: str
    mend: str = ""


def check(path: Path, *, full: bool = False) -> list[Finding]:
    """Everything found wrong with a log, worst kind first; an empty list is a sound log. Changes nothing."""
    try:
        found = list(_pages(path, full))
        if full and not found:
            found = list(_contents(path))
    except InspectError as error:
        found = [Finding(Level.ERROR, str(error), error.mend or RESTORE)]
    return found or list(_unfinished(path))


def _pages(path: Path, full: bool) -> Iterator[Finding]:
    with named_faults(path), closing(connect(path, "ro")) as conn:
        if not identify(conn, path):
            yield Finding(Level.ERROR, f"{path}: holds no log", RESTORE)
            return
        for fault in faults(conn, full=full):
            yield Finding(Level.ERROR, f"{path}: {fault}", RESTORE)
        for table, row, parent, _ in conn.execute("PRAGMA foreign_key_check"):
            yield Finding(Level.ERROR, f"{path}: row {row} of {table} has lost its {parent}", RESTORE)
        if pending(conn):
            yield Finding(Level.INFO, f"{path}: is of an older version", "the next `inspect-eval audit` upgrades it")


def _unfinished(path: Path) -> Iterator[Finding]:
    with Log.open_read(path) as log:
        for run in log.runs():
            if run.state is not RunState.DONE:
                what = f"run {run.run} is {run.state}, {run.cells} of {run.members * run.conditions} cells finished"
                yield Finding(Level.INFO, what, "if no audit is at work, `inspect-eval audit --resume` goes on with it")


def _contents(path: Path) -> Iterator[Finding]:
    with Log.open_read(path) as log:
        for run in log.runs():
            damaged = list(_cells(log, run.run))
            yield from damaged
            if run.digest and not damaged and run_digest(log, run.run) != run.digest:
                yield Finding(Level.ERROR, f"run {run.run}: its outcomes do not give its digest", RESTORE)


def _cells(log: Log, run: str) -> Iterator[Finding]:
    ng = log.labels(run)
    for member, condition in sorted(log.finished_cells(run)):
        try:
            counted = rows.cell_row(run, Cell(member, condition, log.outcomes(run, member, condition)), ng)
        except InspectError as error:
            yield Finding(Level.ERROR, error.what, error.mend or RESTORE)
            continue
        if _stored(log.connection, run, member, condition) != tuple(counted[name] for name in COUNTED):
            yield Finding(Level.ERROR, f"run {run}: counts of {member}, {condition} are not its outcomes'", RESTORE)


def _stored(conn: sqlite3.Connection, *cell: str) -> tuple[float | None, ...]:
    columns = ", ".join(COUNTED)
    sql = f"SELECT {columns} FROM cells WHERE run = ? AND member = ? AND condition = ?"  # noqa: S608 - our own names
    return tuple(conn.execute(sql, cell).fetchone())
