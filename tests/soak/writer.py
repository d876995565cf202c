"""A process that writes a log as an audit does and says what the log has acknowledged; it is there to be killed.

python -m tests.soak.writer LOG RUN [CELLS] [SYNCHRONOUS]: one commit a cell; `acks` beside the log gets a line
`run member condition` once `add_cells` has returned.
"""

import sys
from functools import cache
from pathlib import Path

from appliance.log.digest import run_digest
from appliance.log.log import Log
from appliance.log.types import RunState, RunTail
from tests.log.build import Audit, audit

PARTS, MEMBERS = 300, 2


@cache
def planned(run: str, cells: int = 20) -> Audit:
    """The audit that `write` writes: `cells` conditions for two members."""
    return audit(run, parts=PARTS, members=MEMBERS, cells=cells)


def write(path: Path, run: str, cells: int = 20, synchronous: str = "FULL", checkpoint: int = 40) -> None:
    """Begin the run or go on with it, to its end."""
    given = planned(run, cells)
    with path.with_name("acks").open("ab", buffering=0) as acks, Log.open(path) as log:
        log.connection.execute(f"PRAGMA synchronous = {synchronous}")
        log.connection.execute(f"PRAGMA wal_autocheckpoint = {checkpoint}")  # often, to be killed in them too
        if run not in {brief.run for brief in log.runs()}:
            given.start(log)
        finished = log.finished_cells(run)
        for condition in given.conditions:
            for member in given.members:
                if (member.name, condition.key) not in finished:
                    log.add_cells(run, [given.cell(member.name, condition.key)])
                    acks.write(f"{run} {member.name} {condition.key}\n".encode())
        log.finish_run(run, RunTail(RunState.DONE, "2026-11-24T03:00:00+00:00", 1.0, run_digest(log, run)))


def acknowledged(text: bytes) -> list[tuple[str, str, str]]:
    """(run, member, condition) of every whole line of `acks`."""
    return [tuple(line.decode().split()) for line in text.split(b"\n")[:-1]]  # type: ignore[misc]  # three words


def lost(log: Log, acks: list[tuple[str, str, str]]) -> int:
    """How many acknowledged cells are not there, or not bit for bit what was written."""
    there = {brief.run: log.finished_cells(brief.run) for brief in log.runs()}
    return sum(not _whole(log, there, *ack) for ack in acks)


def _whole(log: Log, there: dict[str, set[tuple[str, str]]], run: str, member: str, condition: str) -> bool:
    if (member, condition) not in there.get(run, set()):
        return False
    found, wanted = log.outcomes(run, member, condition), planned(run).cell(member, condition).outcomes
    return found.score.tobytes() == wanted.score.tobytes() and found.ng.tobytes() == wanted.ng.tobytes()


def half_cells(log: Log) -> int:
    """Cells without outcomes, or outcomes without a cell."""
    without = "SELECT count(*) FROM {} WHERE {} NOT IN (SELECT {} FROM {})"
    sides = (("cells", "id", "cell", "outcomes"), ("outcomes", "cell", "id", "cells"))
    return sum(int(log.connection.execute(without.format(*side)).fetchone()[0]) for side in sides)


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])
