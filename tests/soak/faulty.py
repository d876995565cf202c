"""Full disks, failing disks and read-only disks: what the log says, and that nothing acknowledged is lost.

python -m tests.soak.faulty FOLDER POINTS SEED runs under the shim of disk.c, which makes the n-th write fail.
"""

import ctypes
import errno
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from appliance.errors import MachineFailed
from appliance.log.copying import faults
from appliance.log.log import Log
from tests.log.processes import ROOT
from tests.soak.disk import build, environment
from tests.soak.writer import acknowledged, half_cells, lost, write

WHEN = {errno.ENOSPC: "no space left to write the log", errno.EIO: "the disk failed"}


@dataclass(frozen=True)
class Faulty:
    """Of `points` writes that failed: how many were named as they should, and what the log had lost after each."""

    points: int
    named: int
    lost: int
    half: int
    damaged: int
    acknowledged: int


def failing_writes(folder: Path, points: int, seed: int) -> Faulty:
    """A process whose n-th write to the log fails, `points` times: disk full for good, or an I/O error once."""
    site = folder / "site"
    site.mkdir()
    env = {**os.environ, **environment(build(folder), site), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.soak.faulty", str(site), str(points), str(seed)]
    done = subprocess.run(command, check=True, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    return Faulty(**json.loads(done.stdout))


def _under_shim(site: Path, points: int, seed: int) -> Faulty:
    draw, shim, spared = random.Random(seed), ctypes.CDLL(None), 0
    found: list[tuple[int, ...]] = []
    while len(found) < points:
        path = site / f"point{len(found)}-{spared}" / "log.db"
        path.parent.mkdir()
        error, times = draw.choice([(errno.ENOSPC, -1), (errno.EIO, 1), (errno.EIO, -1)])
        shim.disk_arm(ctypes.c_long(draw.randint(1, 700)), error, ctypes.c_long(times))
        said = _message(path)
        shim.disk_arm(ctypes.c_long(-1), 0, ctypes.c_long(0))
        if said is None:  # the write that failed was one that may, as in a checkpoint that is tried again
            spared += 1
            continue
        found.append((WHEN[error] in said, *_left(path)))
    named, gone, half, damaged, acks = (sum(row[i] for row in found) for i in range(5))
    return Faulty(points, named, gone, half, damaged, acks)


def _message(path: Path, cells: int = 20) -> str | None:
    """What the log says when a write fails, None where all of the run was written."""
    try:
        write(path, "night", cells)
    except MachineFailed as error:
        return str(error)
    except OSError as error:  # the writer's own file of acknowledgements
        return WHEN.get(error.errno or 0, str(error))
    return None


def _left(path: Path, cells: int = 20) -> tuple[int, int, int, int]:
    """Lost and half cells, unsound logs, acknowledged cells once the disk is well; and the next run must work."""
    acks = path.with_name("acks")
    said = acknowledged(acks.read_bytes()) if acks.exists() else []
    with Log.open(path) as log:
        found = lost(log, said), half_cells(log), int(bool(faults(log.connection, full=True))), len(said)
    write(path, "night", cells)
    write(path, "next night", 3)
    return found


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A file system of its own with little room; needs root."""
    place = folder / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
        place.rmdir()


def full_disks(folder: Path, points: int, seed: int) -> Faulty:
    """A real file system that fills up at a random moment, `points` times; then room is made and the run goes on."""
    draw = random.Random(seed)
    found: list[tuple[int, ...]] = []
    for _ in range(points):
        with small_disk(folder, 4096) as place:
            filler, path = place / "filler", place / "log.db"
            room = draw.randint(450, 1050)  # kB; an empty log and its journal take some 400
            filler.write_bytes(bytes(1024 * (4096 - room)))
            said = _message(path, 150)
            filler.unlink()
            found.append((said is not None and WHEN[errno.ENOSPC] in said, *_left(path, 150)))
    named, gone, half, damaged, acks = (sum(row[i] for row in found) for i in range(5))
    return Faulty(points, named, gone, half, damaged, acks)


if __name__ == "__main__":
    print(json.dumps(asdict(_under_shim(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))))
