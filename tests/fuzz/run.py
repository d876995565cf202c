"""Damaged files through one reader, in a process of its own that may not take more than 512 MB."""

import multiprocessing
import os
import random
import resource
import tempfile
import time
import traceback
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.engines.machine import peak_rss_mb
from appliance.errors import as_inspect_error
from tests.fuzz.mutate import mutate

if TYPE_CHECKING:
    from tests.fuzz.targets import Target

MEMORY_MB = 512
LEAST = 40  # files, however slow the machine
MOST = 20  # kinds of surprise kept of one reader
ADDRESS_SPACE = 8 << 30  # libraries map far more than they use: this fence only stops a flood


@dataclass(frozen=True)
class Fuzzed:
    """What became of `files` damaged files: read all the same, refused in a planned way, or neither.

    uncaught: the last line of each traceback; died: how the process ended, "" where it lived; peak_mb: its memory.
    """

    files: int
    read: int
    refused: int
    uncaught: tuple[str, ...]
    died: str
    peak_mb: float

    @property
    def holds(self) -> bool:
        """No uncaught exception, no death, no flood."""
        return bool(self.files) and not self.uncaught and not self.died and self.peak_mb <= MEMORY_MB


def fuzz(name: str, seconds: float, seed: int, keep: Path, module: str = "tests.fuzz.targets") -> Fuzzed:
    """Damage files for `seconds` (and forty at least) and read them; what was not planned is kept in `keep`.

    `name` is a key of TARGETS in `module`, which the process imports by itself.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(name, seconds, seed, keep, module, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        found: Fuzzed = ours.recv() if ours.poll(seconds + 120) else Fuzzed(0, 0, 0, (), "hung", 0.0)
    except EOFError:
        process.join()
        found = Fuzzed(0, 0, 0, (), f"ended with {process.exitcode}; the file is {keep / name}", 0.0)
    process.kill()
    process.join()
    return found


def _child(name: str, seconds: float, seed: int, keep: Path, module: str, pipe: Connection) -> None:
    _silence()
    target, draw = import_module(module).TARGETS[name], random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "fuzzed"
        place.mkdir()
        seeds = target.seeds(Path(folder))
        target.read(_written(place / target.file, seeds[0]))  # a valid file is read
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        counts = {"read": 0, "refused": 0}
        uncaught: dict[str, str] = {}
        end = time.monotonic() + seconds
        files = 0
        while time.monotonic() < end or files < LEAST:
            files += 1
            data = mutate(draw, draw.choice(seeds), draw.choice(seeds))
            _written(keep / name, data)  # what killed the process is still there afterwards
            fate = _read(target, _written(place / target.file, data))
            if fate in counts:
                counts[fate] += 1
            elif fate not in uncaught and len(uncaught) < MOST:
                uncaught[fate] = str(_written(keep / f"{name}-{len(uncaught)}", data))
    peak = peak_rss_mb()
    said = tuple(f"{what} ({file})" for what, file in uncaught.items())
    pipe.send(Fuzzed(files, counts["read"], counts["refused"], said, "", peak))


def _read(target: "Target", path: Path) -> str:
    """`read`, `refused`, or what nobody planned for, in a line."""
    try:
        target.read(path)
    except Exception as error:  # noqa: BLE001 - finding those that nobody planned for is what this is for
        if as_inspect_error(error) is not None:
            return "refused"
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}: {str(error)[:120]}"
    return "read"


def _silence() -> None:
    """Decoders speak of every damaged file; here there are thousands."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
