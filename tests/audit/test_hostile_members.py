"""Hostile models that got past the manifest: each costs its own cells, by name, and the audit goes on to its end."""

import hashlib
import time
from collections import deque
from pathlib import Path

import numpy as np
import pytest

from appliance.audit.grid import Grid
from appliance.audit.plan import Job, Plan
from appliance.audit.pool import Death, Pool
from appliance.audit.worker import Result
from appliance.engines.cpu import CpuSpec
from appliance.log.types import Cell
from models.types import Card, Member
from perturb.camera import Camera
from perturb.types import CLEAN
from tests.audit.fakes import write_parts
from tests.cli.sites import SIDE, write_model
from tests.models import hostile

STALL_S = 15.0
MEMORY_MB = 3000
KINDS = (
    hostile.endless_loop,
    hostile.weights_from_a_pipe,
    hostile.missing_weights,
    hostile.weights_absolute,
    hostile.weights_by_symlink,
    hostile.custom_operator,
    hostile.compiled_engine,
    hostile.functions_in_a_ring,
    hostile.functions_in_a_chain,
    hostile.redefined_operator,
    hostile.constant_bomb,
    hostile.expand_bomb,
    hostile.tile_bomb,
    hostile.many_large_tensors,
)


def member(name: str, file: Path, card: Card) -> Member:
    """A member as a manifest that was talked into it would name it."""
    return Member(name, file, hashlib.sha256(file.read_bytes()).hexdigest(), 1, 1000, 1000, card)


@pytest.fixture
def wanted(tmp_path: Path) -> Plan:
    write_model(tmp_path / "good.onnx", 4.0, 2)
    good = member("good", tmp_path / "good.onnx", Card("image", "logits", SIDE, SIDE))
    bad = []
    for make in KINDS:
        folder = tmp_path / make.__name__
        folder.mkdir()
        bad.append(member(make.__name__, make(folder), Card("image", "y", 8, 8)))
    return Plan(
        write_parts(tmp_path / "parts", 4), (*bad, good), (CLEAN,), "classification", 1, Camera(), None, CpuSpec(),
        memory_mb=MEMORY_MB,
    )  # fmt: skip


def test_no_hostile_model_stops_an_audit(wanted: Plan) -> None:
    grid, again, cells = Grid(wanted, set()), deque(), []
    began = time.monotonic()
    with Pool(wanted, 1, stall_seconds=STALL_S) as seats:
        for answer in seats.run(grid.jobs(), again):
            if isinstance(answer, Death):
                assert isinstance(answer.job, Job)
                again.append(grid.bury(answer.job, answer))
            elif isinstance(answer, Result):
                finished = grid.take(answer)
                cells += finished.cells if finished else []
    assert time.monotonic() - began < STALL_S * len(KINDS)
    by_member: dict[str, Cell] = {cell.member: cell for cell in cells}
    assert set(by_member) == {m.name for m in wanted.members}
    assert not np.isnan(by_member["good"].outcomes.score).any()
    named = {make.__name__ for make in KINDS} & set(grid.dead)
    assert named >= {make.__name__ for make in KINDS if make is not hostile.redefined_operator}
    assert "made no progress" in grid.dead["endless_loop"].what
    for refusal in grid.dead.values():
        assert "\n" not in refusal.what
