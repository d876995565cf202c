"""Outcomes laid out for scoring."""

import numpy as np

from appliance.score.grid import group_codes, read_grid
from tests.score.build import CLEAN, decided, failed, member_rows, part_rows, record, sweep

TRUTH = [True, False, True]
ROWS = (CLEAN, *sweep("blur", (1, 2)))


def _grid(cells: dict):  # type: ignore[no-untyped-def, type-arg]  # a fixture in all but name
    return read_grid(*record(cells, part_rows(TRUTH), member_rows(["S", "M"]), ROWS))


def test_right_and_seen() -> None:
    grid = _grid({("S", "clean"): decided([True, False, True], TRUTH), ("M", "blur@2"): failed(3)})
    assert grid.right[0, 0].tolist() == [True, False, True]
    assert grid.seen[0, 0].all()
    assert not grid.seen[1].any()
    assert not grid.right[1].any()
    assert set(grid.outcomes) == {(0, 0), (1, 2)}


def test_which_conditions_were_scored() -> None:
    right = decided([True] * 3, TRUTH)
    grid = _grid({("S", "blur@1"): right, ("S", "blur@2"): right, ("M", "blur@2"): right, ("M", "blur@1"): failed(3)})
    assert grid.clean == 0
    assert grid.perturbed == [1, 2]
    assert grid.scored_columns(0) == [1, 2]
    assert grid.scored_columns(0, 1) == [2]


def test_every_part_without_a_name_is_its_own_group() -> None:
    codes = group_codes(["a", "", "a", "", "b"])
    assert codes is not None
    assert len(np.unique(codes)) == 4
    assert codes[0] == codes[2]
    assert group_codes(["a", "b", ""]) is None
    assert group_codes([]) is None
