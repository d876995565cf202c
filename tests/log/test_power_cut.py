"""The replay must lose nothing under FULL, and must lose something under NORMAL: else it is blind."""

import random
from pathlib import Path

import pytest

from tests.soak.cuts import Change, Disk, record, replay
from tests.soak.disk import compiler

pytestmark = pytest.mark.skipif(compiler() is None, reason="needs a C compiler")


def test_full_loses_nothing(ram: Path) -> None:
    found = replay(record(ram, "FULL"), ram, cuts=60, seed=1)
    assert found.acknowledged > 0
    assert (found.lost, found.damaged) == (0, 0)


def test_normal_loses_acknowledged_cells(ram: Path) -> None:
    found = replay(record(ram, "NORMAL"), ram, cuts=30, seed=1)
    assert found.lost > 0
    assert found.damaged == 0


def test_the_disk_model_by_hand() -> None:
    disk = Disk()
    for change in (
        Change("C", "/a", 0, b""),
        Change("W", "/a", 0, b"x" * 1024),
        Change("S", "/a", 0, b""),
        Change("W", "/a", 512, b"y" * 512),
    ):
        disk.do(change)
    left = [disk.left(random.Random(seed)) for seed in range(40)]
    assert {} in left  # the folder was never synced, so the name itself may be gone
    assert {"/a": b"x" * 1024} in left
    assert {"/a": b"x" * 512 + b"y" * 512} in left
    disk.do(Change("S", "/", 0, b""))
    disk.do(Change("R", "/a", 0, b"/b"))
    assert {name for seed in range(40) for name in disk.left(random.Random(seed))} == {"/a", "/b"}
