"""The long versions of the reliability tests: `python -m tests.soak [NAME ...]` runs them and records the results.

Each is the same code as the short version in tests/, with the full count. An hour for all of them. Every one that ran
replaces its own row of the record, so that they may be run one by one.
"""

import fcntl
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.soak.audits import kill_audits, set_clocks
from tests.soak.crowds import backups, crowd
from tests.soak.cuts import record, replay
from tests.soak.faulty import failing_writes, full_disks
from tests.soak.kills import kill_migrations, kill_writers
from tests.soak.pictures import bad_pictures
from tests.soak.restore import restore_nodes
from tests.soak.year import million, year

RECORD = Path(__file__).resolve().parents[1] / "records" / "log.md"


@dataclass(frozen=True)
class Soak:
    """One long test: what must hold, how to run it in a folder, and whether what it found holds."""

    must: str
    run: Callable[[Path], Any]
    holds: Callable[[Any], bool]


SOAKS = {
    "kills": Soak(
        "200 x kill -9 of a writer: 0 acknowledged cells lost, 0 half cells, sound, opens in 1 s",
        lambda folder: kill_writers(folder, 200, 11),
        lambda r: (r.lost, r.half, r.damaged) == (0, 0, 0) and r.slowest_opening_s <= 1,
    ),
    "audits": Soak(
        "200 x kill -9 of a real audit: 0 cells lost, 0 half cells, opens in 1 s, resumed to the undisturbed digest",
        lambda folder: kill_audits(folder, 200, 11),
        lambda r: (r.lost, r.half, r.damaged, r.same_digest) == (0, 0, 0, True) and r.slowest_opening_s <= 1,
    ),
    "clocks": Soak(
        "a clock a year back, ten years on, an hour back in mid-run: no duration below 0, every night kept",
        set_clocks,
        lambda r: (r.runs, r.negative, r.kept, r.order) == (4, 0, True, True),
    ),
    "power cuts": Soak(
        "600 replays with a power cut, WAL and FULL: 0 lost, 0 damaged",
        lambda folder: replay(record(folder, "FULL"), folder, 600, 11),
        lambda r: (r.lost, r.damaged) == (0, 0),
    ),
    "power cuts, NORMAL": Soak(
        "600 replays under NORMAL must lose acknowledged cells, or the replay is blind",
        lambda folder: replay(record(folder, "NORMAL"), folder, 600, 11),
        lambda r: r.lost > 0,
    ),
    "writers": Soak(
        "4 writers x 300 transactions: 0 refused as busy, exact count",
        lambda folder: crowd(folder, 4, 300),
        lambda r: (r.failed, r.cells) == (0, 1200),
    ),
    "full disks": Soak(
        "a disk that fills up at 20 random points: named, nothing acknowledged lost, the next run works",
        lambda folder: full_disks(folder, 20, 11),
        lambda r: (r.named, r.lost, r.half, r.damaged) == (20, 0, 0, 0),
    ),
    "failing writes": Soak(
        "no space or an I/O error at a random write, 100 x: named, nothing acknowledged lost, the next run works",
        lambda folder: failing_writes(folder, 100, 11),
        lambda r: (r.named, r.lost, r.half, r.damaged) == (100, 0, 0, 0),
    ),
    "backups": Soak(
        "60 backups while a writer writes: 60 good",
        lambda folder: backups(folder, 60),
        lambda r: r.good == 60,
    ),
    "restore": Soak(
        "6 nodes lost in mid-audit, their backup on an empty machine with the wheel alone: sound, resumed to the "
        "undisturbed digest, report and dashboard shown, the next night follows",
        lambda folder: restore_nodes(folder, 6, 11),
        lambda r: (r.mid_audit, r.sound, r.same_digest, r.shown, r.next) == (6,) * 5,
    ),
    "pictures": Soak(
        "10,000 pictures, one of each of 30 kinds bad, then each kind alone among 24 good: one named row each, every "
        "other picture scored under every cell, exit 5",
        lambda folder: bad_pictures(folder, 10_000),
        lambda r: r.holds,
    ),
    "migrations": Soak(
        "a migration killed 50 x: the old log or the new, never between",
        lambda folder: kill_migrations(folder, 50, 11),
        lambda r: r.between == 0 and r.old > 0 and r.new > 0,
    ),
    "year": Soak(
        "365 nights of 1,000 parts x 60 conditions x 6 members: under 2 GB, a report in 5 s",
        lambda folder: year(folder, 365),
        lambda r: r.bytes_ < 2_000_000_000 and r.report_s <= 5,
    ),
    "million": Soak(
        "1e6 cells: one run's page p95 <= 50 ms, totals over all <= 500 ms",
        lambda folder: million(folder, 1_000_000),
        lambda r: max(r.run_page_p95_s, r.member_page_p95_s) <= 0.05 and r.totals_s <= 0.5,
    ),
}


def main(names: Sequence[str]) -> int:
    """Run the named soaks (all by default), record each, and return 1 where one does not hold."""
    unknown = [name for name in names if name not in SOAKS]
    if unknown:
        print(f"no such soak: {', '.join(unknown)}; there are: {', '.join(SOAKS)}", file=sys.stderr)
        return 2
    results = [run(name) for name in names or SOAKS]
    return int(any("| FAILS |" in line for line in results))


def run(name: str) -> str:
    """Run one soak, put its row into the record, and return it."""
    soak, start = SOAKS[name], time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = soak.run(Path(folder))
    holds = "holds" if soak.holds(found) else "FAILS"
    seconds = f"{time.monotonic() - start:.0f} s, {where()}"
    line = f"| {name} | {soak.must} | {holds} | {told(found)} | {seconds} |"
    print(line, flush=True)
    with RECORD.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        text = with_row(file.read(), name, line)
        file.seek(0)
        file.write(text)
        file.truncate()
    return line


def told(found: Any) -> str:
    """A result in one line."""
    return ", ".join(
        f"{name.rstrip('_')} {value:.3g}" if isinstance(value, float) else f"{name.rstrip('_')} {value:,}"
        for name, value in asdict(found).items()
    )


def where() -> str:
    """The day, the machine, its load as the soak ended, and the versions that matter."""
    machine = f"{len(os.sched_getaffinity(0))}-core {platform.machine()} {platform.system()}"
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    return f"{datetime.now(UTC):%Y-%m-%d}, {machine}, load {os.getloadavg()[0]:.1f}, {versions}"


def with_row(record: str, name: str, line: str) -> str:
    """The record with the row of this soak replaced, or put in where the order of the soaks wants it."""
    lines = record.splitlines()
    head = next(i for i, text in enumerate(lines) if text.startswith("| ---"))
    end = next((i for i in range(head + 1, len(lines)) if not lines[i].startswith("| ")), len(lines))
    rows = {text.split(" | ")[0].removeprefix("| "): text for text in lines[head + 1 : end]} | {name: line}
    ordered = [rows[key] for key in SOAKS if key in rows]
    return "\n".join([*lines[: head + 1], *ordered, *lines[end:]]) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
