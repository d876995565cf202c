"""Many processes on one log: writers that get in each other's way, and backups taken while one writes."""

import multiprocessing
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import InspectError
from appliance.log.check import check
from appliance.log.log import Log
from appliance.log.maintain import backup
from tests.log.build import audit
from tests.soak.writer import acknowledged, lost, write

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.soak.crowds"])


@dataclass(frozen=True)
class Crowd:
    """`writers` processes of `each` transactions: how many failed, how many cells are there."""

    writers: int
    each: int
    failed: int
    cells: int


def crowd(folder: Path, writers: int, each: int) -> Crowd:
    """All open a log that is not there yet, at once, and write."""
    path = folder / "log.db"
    gate = CONTEXT.Barrier(writers)
    with CONTEXT.Manager() as manager:
        failed = manager.list()
        processes = [
            CONTEXT.Process(target=_one, args=(path, f"writer{n}", each, gate, failed)) for n in range(writers)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        faults = [*failed, *(f"exit {p.exitcode}" for p in processes if p.exitcode)]
    with Log.open(path) as log:
        return Crowd(writers, each, len(faults), sum(brief.cells for brief in log.runs()))


def _one(path: Path, run: str, each: int, gate: object, failed: list[str]) -> None:
    given = audit(run, parts=20, members=1, cells=each)
    gate.wait()  # type: ignore[attr-defined]  # a barrier's proxy has no public type
    with Log.open(path) as log:
        given.start(log)
        for condition in given.conditions:
            try:
                log.finished_cells(run)
                log.add_cells(run, given.cells(condition.key))
            except InspectError as error:
                failed.append(str(error))


@dataclass(frozen=True)
class Backups:
    """Backups taken while a writer wrote: how many are sound and hold all that was acknowledged when they began."""

    taken: int
    good: int


def backups(folder: Path, count: int) -> Backups:
    """Take `count` backups of a log that one writer after another is writing to."""
    path, good, night = folder / "log.db", 0, 0
    writer = _writer(path, night)
    for number in range(count):
        if not writer.is_alive():
            night += 1
            writer = _writer(path, night)
        acks = folder / "acks"
        said = acknowledged(acks.read_bytes()) if acks.exists() else []
        Log.open(path).close()  # waits where the writer has only just begun the file
        backup(path, folder / "copy.db")
        good += _good(folder / "copy.db", said, full=number % 10 == 0)
    writer.join()
    return Backups(count, good)


def _writer(path: Path, night: int) -> multiprocessing.process.BaseProcess:
    process = CONTEXT.Process(target=write, args=(path, f"night{night:03d}", 60))
    process.start()
    return process


def _good(copy: Path, said: list[tuple[str, str, str]], *, full: bool) -> bool:
    if any(finding.level == "error" for finding in check(copy, full=full)):
        return False
    with Log.open_read(copy) as log:
        return lost(log, said) == 0
