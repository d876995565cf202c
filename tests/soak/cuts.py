"""Power cuts: a writer's every change to the disk is recorded, then replayed up to a moment at which power fails.

What was synced is there. Of what came after a file's last sync, each 512-byte sector is there or not by the toss of a
coin; of names made, removed or changed after the folder's last sync, a beginning. The log is opened on what is left.
"""

import random
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from appliance.errors import InspectError
from appliance.log.copying import faults
from appliance.log.log import Log
from tests.log.processes import ROOT
from tests.soak.disk import build, environment
from tests.soak.writer import acknowledged, half_cells, lost

HEAD = struct.Struct("<cIIQ")
SECTOR = 512


@dataclass(frozen=True)
class Change:
    """One recorded call; see disk.c."""

    op: str
    path: str
    offset: int
    data: bytes


@dataclass
class File:
    """What is surely on the disk, and the writes and truncations since the last sync."""

    durable: bytearray = field(default_factory=bytearray)
    pending: list[Change] = field(default_factory=list)

    def sync(self) -> None:
        for change in self.pending:
            apply(self.durable, change)
        self.pending.clear()

    def left(self, draw: random.Random, odds: float) -> bytes:
        """The content after a cut: each pending sector survives with `odds`."""
        content = bytearray(self.durable)
        for change in self.pending:
            for piece in sectors(change):
                if draw.random() < odds:
                    apply(content, piece)
        return bytes(content)


@dataclass
class Disk:
    """Files by name as the program sees them, names that are surely on the disk, and changes of names since."""

    now: dict[str, File] = field(default_factory=dict)
    durable: dict[str, File] = field(default_factory=dict)
    pending: list[tuple[str, str, File]] = field(default_factory=list)  # (old name, new name, file); "" is none

    def do(self, change: Change) -> None:
        if change.op == "C":
            self._rename("", change.path, File())
        elif change.op == "U":
            self._rename(change.path, "", self.now[change.path])
        elif change.op == "R":
            self._rename(change.path, change.data.decode(), self.now[change.path])
        elif change.op == "S":
            self._sync(change.path)
        else:
            self.now[change.path].pending.append(change)

    def _rename(self, old: str, new: str, file: File) -> None:
        move(self.now, old, new, file)
        self.pending.append((old, new, file))

    def _sync(self, path: str) -> None:
        if path in self.now:
            self.now[path].sync()
            return
        for step in self.pending:  # a sync of the folder
            move(self.durable, *step)
        self.pending.clear()

    def left(self, draw: random.Random) -> dict[str, bytes]:
        """Names and contents after a cut now."""
        names = dict(self.durable)
        for step in self.pending[: draw.randint(0, len(self.pending))]:
            move(names, *step)
        odds = draw.choice([0.0, 0.5, 0.9, 1.0])
        return {name: file.left(draw, odds) for name, file in names.items()}


def move(names: dict[str, File], old: str, new: str, file: File) -> None:
    """One change of names; "" is none."""
    names.pop(old, None)
    if new:
        names[new] = file


def apply(content: bytearray, change: Change) -> None:
    """One write or truncation."""
    end = change.offset + len(change.data)
    if change.op == "T":
        del content[change.offset :]
    if end > len(content):
        content.extend(bytes(end - len(content)))
    content[change.offset : end] = change.data


def sectors(change: Change) -> Iterator[Change]:
    """A write cut at sector borders; a truncation is one piece."""
    if change.op == "T":
        yield change
    at = change.offset
    while at < change.offset + len(change.data):
        end = min((at // SECTOR + 1) * SECTOR, change.offset + len(change.data))
        yield Change("W", change.path, at, change.data[at - change.offset : end - change.offset])
        at = end


def record(folder: Path, synchronous: str) -> list[Change]:
    """Every change that one whole run of the writer makes to its folder."""
    site = folder / "site"
    site.mkdir()
    env = environment(build(folder), site, folder / "record")
    command = [sys.executable, "-m", "tests.soak.writer", str(site / "log.db"), "night", "20", synchronous]
    subprocess.run(command, check=True, cwd=ROOT, env={**env, "PYTHONPATH": str(ROOT), "PATH": ""})
    return list(parse((folder / "record").read_bytes()))


def parse(data: bytes) -> Iterator[Change]:
    """The records of disk.c."""
    at = 0
    while at < len(data):
        op, length, size, offset = HEAD.unpack_from(data, at)
        at += HEAD.size
        yield Change(op.decode(), data[at : at + length].decode(), offset, data[at + length : at + length + size])
        at += length + size


@dataclass(frozen=True)
class Cuts:
    """Of `cuts` power cuts: after how many acknowledged cells were lost, after how many the log was not sound."""

    cuts: int
    lost: int
    damaged: int
    acknowledged: int


def replay(changes: list[Change], folder: Path, cuts: int, seed: int) -> Cuts:
    """Cut power `cuts` times at moments spread over the whole recording, and open the log on what is left."""
    draw = random.Random(seed)
    moments = sorted(draw.randrange(1, len(changes) + 1) for _ in range(cuts))
    disk, done, lossy, damaged, acks = Disk(), 0, 0, 0, 0
    for number, moment in enumerate(moments):
        for change in changes[done:moment]:
            disk.do(change)
        done = moment
        said = said_so_far(disk)
        acks += len(said)
        gone, unsound = judge(disk.left(draw), said, folder / f"cut{number}")
        lossy, damaged = lossy + bool(gone), damaged + unsound
    return Cuts(cuts, lossy, damaged, acks)


def said_so_far(disk: Disk) -> list[tuple[str, str, str]]:
    """What the log had acknowledged when power failed: the world outside has seen it, synced or not."""
    seen = [file for name, file in disk.now.items() if name.endswith("/acks")]
    return acknowledged(seen[0].left(random.Random(0), 1.1)) if seen else []


def judge(left: dict[str, bytes], said: list[tuple[str, str, str]], folder: Path) -> tuple[int, bool]:
    """(acknowledged cells lost, whether the log is unsound) on what a cut has left."""
    folder.mkdir()
    for name, content in left.items():
        (folder / Path(name).name).write_bytes(content)
    try:
        with Log.open(folder / "log.db") as log:
            unsound = bool(faults(log.connection, full=True)) or half_cells(log) > 0
            return lost(log, said), unsound
    except InspectError:
        return len(said), True
