"""The pool outlives its workers, names what ended them, and hides nothing."""

from collections import deque
from pathlib import Path

import numpy as np
import pytest

from appliance.audit.grid import Grid
from appliance.audit.plan import Job, Plan
from appliance.audit.pool import Answer, Death, Pool, WorkerFailed
from appliance.audit.worker import Phase, Result
from appliance.log.types import Cell
from tests.audit.fakes import MeanSpec, plan, write_parts


def fill(wanted: Plan, workers: int, **pool: float) -> tuple[Grid, list[Cell], list[Answer | Death]]:
    grid, again, seen, cells = Grid(wanted, set()), deque(), [], []
    with Pool(wanted, workers, **pool) as seats:
        for answer in seats.run(grid.jobs(), again):
            seen.append(answer)
            if isinstance(answer, Death) and isinstance(answer.job, Job):
                again.append(grid.bury(answer.job, answer))
            elif isinstance(answer, Result):
                finished = grid.take(answer)
                cells += finished.cells if finished else []
    return grid, cells, seen


def test_every_cell_comes_once_and_does_not_depend_on_the_workers(tmp_path: Path) -> None:
    wanted = plan(write_parts(tmp_path, 11))
    _, one, _ = fill(wanted, 1)
    _, three, _ = fill(wanted, 3)
    keys = [(cell.member, cell.condition) for cell in one]
    assert sorted(keys) == sorted((m.name, c.key) for m in wanted.members for c in wanted.conditions)
    first = {(c.member, c.condition): c.outcomes.score.tobytes() for c in one}
    assert first == {(c.member, c.condition): c.outcomes.score.tobytes() for c in three}


def test_all_members_see_the_same_pixels(tmp_path: Path) -> None:
    """Member n answers n times the mean: equal pixels make the scores exact multiples."""
    _, cells, _ = fill(plan(write_parts(tmp_path, 6)), 2)
    scores = {(c.member, c.condition): c.outcomes.score.astype(np.float64) for c in cells}
    for (member, condition), score in scores.items():
        factor = {"a": 1, "b": 2, "c": 3}[member]
        np.testing.assert_allclose(score, factor * scores["a", condition], rtol=1e-6)


def test_a_member_that_kills_its_process_costs_its_cells_and_no_others(tmp_path: Path) -> None:
    grid, cells, seen = fill(plan(write_parts(tmp_path, 12), MeanSpec(kill="b")), 2)
    deaths = [answer for answer in seen if isinstance(answer, Death)]
    assert deaths
    assert {death.phase for death in deaths} == {Phase.MEMBER}
    assert list(grid.dead) == ["b"]
    assert "SIGSEGV" in grid.dead["b"].what
    assert all(cell.failure == "" and not np.isnan(cell.outcomes.score).any() for cell in cells if cell.member != "b")
    assert any(cell.failure for cell in cells if cell.member == "b")
    assert len(cells) == 3 * 4


def test_a_member_that_hangs_is_ended_and_named(tmp_path: Path) -> None:
    grid, cells, _ = fill(plan(write_parts(tmp_path, 12), MeanSpec(hang="c")), 1, stall_seconds=4.0)
    assert "made no progress" in grid.dead["c"].what
    assert len(cells) == 3 * 4


def test_an_unplanned_error_surfaces(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WorkerFailed):
        fill(plan(write_parts(tmp_path, 12), MeanSpec(bug="a")), 1)
    assert "ZeroDivisionError: a bug in an engine" in capfd.readouterr().err


def test_a_part_that_will_not_decode_costs_one_named_row(tmp_path: Path) -> None:
    parts = write_parts(tmp_path, 9)
    parts[4].path.write_bytes(b"not a picture")
    grid, cells, _ = fill(plan(parts), 2)
    assert [warning.file for warning in grid.warnings] == [parts[4].id]
    for cell in cells:
        assert np.flatnonzero(np.isnan(cell.outcomes.score)).tolist() == [4]
