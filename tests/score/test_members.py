"""Members over the whole audit, and pairs of them, on outcomes laid out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from appliance.score.cells import cell_scores
from appliance.score.corruption import area, mce, relative_mce
from appliance.score.grid import Grid, read_grid
from appliance.score.members import accuracies, member_scores
from appliance.score.paired import mcnemar_mid_p
from appliance.score.pairs import best_of, pairs
from appliance.score.types import MemberScore
from tests.score.build import CLEAN, decided, drawn, failed, member_rows, part_rows, record, sweep

TRUTH = np.arange(40) % 2 == 0
ROWS = (CLEAN, *sweep("blur", (1, 2)), *sweep("dark", (0.5,), 1.0, "ratio"))


def _right(wrong: int) -> np.ndarray:
    """All but the first `wrong` of 40 parts decided rightly."""
    return np.arange(40) >= wrong


def _grid(**wrong: tuple[int, ...]) -> Grid:
    """Members with so many wrong parts under clean, blur@1, blur@2 and dark@0.5; -1 for a failed cell."""
    cells = {
        (name, row.key): failed(40) if k < 0 else decided(_right(k), TRUTH)
        for name, counts in wrong.items()
        for row, k in zip(ROWS, counts, strict=True)
    }
    return read_grid(*record(cells, part_rows(TRUTH), member_rows(list(wrong)), ROWS))


def _members(grid: Grid) -> tuple[MemberScore, ...]:
    return member_scores(grid, cell_scores(grid, "classification"))


def test_means_by_hand() -> None:
    small, large = _members(_grid(S=(4, 8, 20, 12), L=(2, 4, 10, 7)))
    assert small.mean_accuracy.estimate == pytest.approx(1 - 40 / 120)
    assert small.mean_drop.estimate == pytest.approx(100 * (36 / 40 - 80 / 120))
    assert (small.worst_condition, small.worst_accuracy) == ("blur@2", 0.5)
    assert small.flip_rate.estimate == pytest.approx((4 + 16 + 8) / 120)
    assert small.mce == small.relative_mce == 1.0
    assert large.mce == pytest.approx((14 / 28 + 7 / 12) / 2)
    assert large.relative_mce == pytest.approx(((2 + 8) / (4 + 16) + 5 / 8) / 2)
    assert large.area == pytest.approx({"blur": (38 / 40 + 2 * 36 / 40 + 30 / 40) / 4, "dark": (38 + 33) / 80})
    for member in (small, large):
        assert member.mean_drop.low < member.mean_drop.estimate < member.mean_drop.high


def test_scores_are_those_of_the_published_formulas() -> None:
    run, reader = drawn()
    grid = read_grid(run, reader)
    cells = cell_scores(grid, "classification")
    small, _, large = member_scores(grid, cells)
    own, reference = accuracies(grid, cells, "M"), accuracies(grid, cells, "XS")
    clean, clean_reference = large.clean.accuracy.estimate, small.clean.accuracy.estimate
    assert large.mce == mce(own, reference)
    assert large.relative_mce == relative_mce(clean, own, clean_reference, reference)
    assert large.area["dark"] == area([1.0, 0.8, 0.5], [clean, *own["dark"]])


def test_failed_cells_are_left_out_of_the_means() -> None:
    small, large = _members(_grid(S=(4, 8, -1, 12), L=(2, -1, -1, -1)))
    assert small.mean_accuracy.estimate == pytest.approx(1 - 20 / 80)
    assert np.isnan([large.mean_accuracy.estimate, large.mean_drop.estimate, large.mce, large.flip_rate.estimate]).all()
    assert (large.worst_condition, large.worst_accuracy) == ("clean", 38 / 40)


def test_a_reference_that_failed_is_replaced_by_the_next() -> None:
    _, middle, large = _members(_grid(S=(4, -1, -1, -1), M=(4, 8, 8, 8), L=(2, 4, 4, 4)))
    assert middle.mce == 1.0
    assert large.mce == 0.5


def test_without_a_clean_cell_there_is_no_drop() -> None:
    grid = _grid(S=(-1, 8, 20, 12))
    (found,) = _members(grid)
    assert found.clean.accuracy.n == 0
    assert np.isnan([found.mean_drop.estimate, found.flip_rate.estimate]).all()
    assert found.mean_accuracy.estimate == pytest.approx(1 - 40 / 120)


def test_flips_are_of_parts_that_clean_scored_too() -> None:
    cells = {("S", row.key): decided(_right(4 * k), TRUTH) for k, row in enumerate(ROWS)}
    score = np.where(np.arange(40) < 10, np.nan, cells["S", "clean"].score).astype(np.float32)
    cells["S", "clean"] = replace(cells["S", "clean"], score=score)
    (found,) = _members(read_grid(*record(cells, part_rows(TRUTH), member_rows(["S"]), ROWS)))
    # of parts 10 to 39 none is wrong on clean, and 0, 0 and 2 are wrong in the three others
    assert found.flip_rate.estimate == pytest.approx((0 + 0 + 2) / 90)
    assert found.mean_drop.estimate == pytest.approx(100 * 2 / 90)


def test_no_flip_is_no_proof_that_none_can_happen() -> None:
    (found,) = _members(_grid(S=(4, 4, 4, 4)))
    assert found.flip_rate.estimate == found.flip_rate.low == 0.0
    assert found.flip_rate.high == pytest.approx(1 - 0.025 ** (1 / 40))


def test_pairs_are_neighbours_and_each_with_the_best() -> None:
    grid = _grid(XS=(9, 9, 9, 9), S=(1, 8, 8, 8), M=(5, 7, 7, 7), L=(3, 2, 2, 2))
    found = pairs(grid, _members(grid))
    assert [(p.a, p.b) for p in found if p.condition == "clean"] == [("XS", "S"), ("S", "M"), ("M", "L"), ("S", "L")]
    assert [(p.a, p.b) for p in found if p.condition == "all"] == [
        ("XS", "S"),
        ("S", "M"),
        ("M", "L"),
        ("XS", "L"),
        ("S", "L"),
    ]


def test_a_pair_by_hand() -> None:
    grid = _grid(S=(9, 9, 9, 9), L=(1, 3, 5, 7))
    clean, over_all = pairs(grid, _members(grid))
    assert clean.difference.estimate == pytest.approx(100 * 8 / 40)
    assert (clean.only_a_right, clean.only_b_right) == (0, 8)
    assert clean.mcnemar_p == pytest.approx(float(mcnemar_mid_p(0, 8)))
    assert over_all.difference.estimate == pytest.approx(100 * (6 + 4 + 2) / 120)
    assert (over_all.only_a_right, over_all.only_b_right) == (0, 12)
    # six parts differ, all one way: 2 / 2^6 of the swaps are as far from 0
    assert over_all.mcnemar_p == pytest.approx(2 / 64, abs=0.012)
    assert clean.holm_p == pytest.approx(2 * clean.mcnemar_p)


def test_pairs_leave_failed_members_out() -> None:
    grid = _grid(S=(9, 9, 9, 9), M=(-1, -1, -1, -1), L=(1, -1, -1, 7))
    found = pairs(grid, _members(grid))
    assert [(p.a, p.b, p.condition) for p in found] == [("S", "L", "clean"), ("S", "L", "all")]
    assert found[1].difference.estimate == pytest.approx(100 * 2 / 40)


def test_the_best_of_equals_is_the_smallest() -> None:
    nan = float("nan")
    assert best_of([nan, 0.9, 0.9, 0.8]) == 1
    assert best_of([nan, nan]) is None
