"""kill -9 at random moments: of a writer, and of a migration. Each is a real process; the log is opened after each."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from appliance.log.check import Level, check
from appliance.log.connect import connect
from appliance.log.copying import copy_database, faults
from appliance.log.log import Log
from appliance.log.schema import MIGRATIONS, applied
from tests.log.build import audit
from tests.soak.writer import acknowledged, half_cells, lost, write

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.soak.kills"])


@dataclass(frozen=True)
class Kills:
    """Of `kills` processes killed in mid-work: cells lost, half cells, logs unsound, slowest opening after one."""

    kills: int
    lost: int
    half: int
    damaged: int
    acknowledged: int
    slowest_opening_s: float
    runs_done: int


def killed_after(seconds: float, work: Callable[..., None], *arguments: Any) -> bool:
    """Start `work` in a process of its own and kill it after `seconds`; False where it had ended by then."""
    process = CONTEXT.Process(target=work, args=arguments)
    process.start()
    process.join(seconds)
    if process.is_alive() and process.pid is not None:
        with suppress(ProcessLookupError):  # it ended by itself just now
            os.kill(process.pid, signal.SIGKILL)
    process.join()
    killed = process.exitcode == -signal.SIGKILL
    if not killed and process.exitcode != 0:
        raise RuntimeError(f"the process ended by itself with {process.exitcode}")
    return killed


def kill_writers(folder: Path, kills: int, seed: int) -> Kills:
    """Kill a writer `kills` times; each next one goes on where it was, or with the next run."""
    draw, path = random.Random(seed), folder / "log.db"
    count, runs, half, damaged, gone, slowest = 0, 0, 0, 0, 0, 0.0
    while count < kills:
        if not killed_after(draw.uniform(0.0, 0.4), write, path, f"night{runs:03d}"):
            runs += 1
            continue
        count += 1
        start = time.monotonic()
        with Log.open(path) as log:
            log.runs()
            slowest = max(slowest, time.monotonic() - start)
            gone += lost(log, _acks(folder)[-80:])  # two runs; all of them at the end
            half += half_cells(log)
            damaged += bool(faults(log.connection, full=True))
    write(path, f"night{runs:03d}")
    with Log.open(path) as log:
        gone += lost(log, _acks(folder))
    damaged += any(f.level is Level.ERROR for f in check(path, full=True))
    return Kills(kills, gone, half, damaged, len(_acks(folder)), slowest, runs + 1)


def _acks(folder: Path) -> list[tuple[str, str, str]]:
    acks = folder / "acks"
    return acknowledged(acks.read_bytes()) if acks.exists() else []


@dataclass(frozen=True)
class Migrations:
    """Of `kills` migrations killed: logs left old, left new, and in neither state."""

    kills: int
    old: int
    new: int
    between: int


def kill_migrations(folder: Path, kills: int, seed: int) -> Migrations:
    """Kill a migration that adds a column and rewrites every cell, `kills` times, each on a fresh copy of one log."""
    draw, first = random.Random(seed), folder / "first.db"
    with Log.open(first) as log:
        for night in range(30):
            audit(f"night{night}", parts=20, members=2, cells=30).fill(log)
    longest = _seconds(lambda: upgrade(_copy(first, folder / "timed.db")))
    states: list[str] = []
    while len(states) < kills:
        path = _copy(first, folder / f"log{len(states)}.db")
        killed_after(draw.uniform(0.0, 1.3 * longest), upgrade, path)
        states.append(_state(path))
    return Migrations(kills, states.count("old"), states.count("new"), states.count("between"))


def _copy(first: Path, path: Path) -> Path:
    copy_database(first, path)
    return path


def upgrade(path: Path) -> None:
    """Open a log with a version that has one migration more."""

    @MIGRATIONS(name="wide")
    def wide(db: Database) -> None:
        db.execute("ALTER TABLE cells ADD COLUMN wide TEXT NOT NULL DEFAULT ''")
        db.execute("UPDATE cells SET wide = hex(randomblob(200))")
        db.execute("CREATE INDEX cells_wide ON cells (wide)")

    try:
        Log.open(path).close()
    finally:
        MIGRATIONS._migrations.pop()


def _state(path: Path) -> str:
    """Old, new or between: what the record of migrations says must be what the tables are, and nothing may be lost."""
    with closing(connect(path, "rw")) as conn:
        recorded = "wide" in applied(conn)
        column = "wide" in {row[1] for row in conn.execute("PRAGMA table_info(cells)")}
        index = bool(conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'cells_wide'").fetchone())
        cells, filled = conn.execute(
            f"SELECT count(*), {'sum(wide <> ?)' if column else '0'} FROM cells", ("",) * column
        ).fetchone()
        sound = not faults(conn, full=True) and cells == 30 * 60
    if not sound or len({recorded, column, index, filled == cells}) > 1:
        return "between"
    copy = path.with_name(f"{path.name}.before-wide")
    if copy.exists() and check(copy):
        return "between"
    return "new" if recorded and copy.exists() else "old"


def _seconds(work: Callable[[], None]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start
