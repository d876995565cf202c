"""The same part shot several times, against counts made by hand and the chance that was put in."""

import numpy as np
import pytest

from appliance.log.types import Outcomes
from appliance.score.grid import read_grid
from appliance.score.intervals import rate
from appliance.score.repeatability import repeatability
from tests.score.build import CLEAN, decided, member_rows, outcomes, part_rows, record


def grid(n: int, groups: list[str] | None = None):  # type: ignore[no-untyped-def]  # a fixture in all but name
    truth = [i % 2 == 0 for i in range(n)]
    cells = {(name, "clean"): decided(truth, truth) for name in "SM"}
    return read_grid(*record(cells, part_rows(truth, groups or ()), member_rows("SM"), (CLEAN,)))


def test_by_hand() -> None:
    """Four shots of four parts, NG in 4, 0, 1 and 2 of them: pairs that differ 0, 0, 3 and 4 of 6."""
    scores = [[2, -2, 1, 1], [2, -2, -1, 1], [2, -2, -1, -1], [2, -2, -1, -1]]
    (row,) = repeatability(grid(4), {"S": [outcomes(s) for s in scores]})
    assert (row.member, row.shots) == ("S", 4)
    assert row.unsteady == rate(2, 4)
    assert row.flip_rate.estimate == pytest.approx(7 / 24)
    assert row.flip_rate.low < 7 / 24 < row.flip_rate.high
    assert [(p.part, p.ng) for p in row.parts] == [("p0003.png", 2), ("p0002.png", 1)]
    assert row.spread == pytest.approx(0.5)  # of 0, 0, 1.0 and 1.155


def test_steady_parts_are_said_to_be_so_with_a_bound() -> None:
    (row,) = repeatability(grid(30), {"S": [outcomes([1.0] * 30)] * 5})
    assert (row.unsteady.k, row.flip_rate.estimate, row.flip_rate.low, row.parts) == (0, 0.0, 0.0, ())
    assert row.flip_rate.high == pytest.approx(rate(0, 30).high * 5 / 8)


def test_a_part_without_a_score_is_left_out() -> None:
    scores = [[1.0, np.nan], [1.0, 1.0]]
    (row,) = repeatability(grid(2), {"S": [outcomes(s) for s in scores]})
    assert (row.unsteady.n, row.unsteady.k) == (1, 0)


def test_one_shot_or_none_says_nothing() -> None:
    assert repeatability(grid(3), {}) == ()
    assert repeatability(grid(3), {"S": [outcomes([1.0] * 3)]}) == ()


def test_the_chance_that_was_put_in_lies_in_the_interval_as_often_as_it_says() -> None:
    """Parts on the fence with NG chance p differ between two shots with 2 p (1 - p); 95 % of 60 runs cover it."""
    rng = np.random.default_rng(4)
    n, shots, covered = 80, 6, 0
    board = grid(n)
    for _ in range(60):
        p = rng.choice([0.0, 0.0, 0.0, 0.1, 0.5], n)
        made = [Outcomes(np.zeros(n, np.float32), rng.random(n) < p) for _ in range(shots)]
        (row,) = repeatability(board, {"S": made})
        covered += row.flip_rate.low <= 0.2 * (0.18 + 0.5) <= row.flip_rate.high
    assert 53 <= covered <= 60


def test_parts_of_one_group_count_for_less() -> None:
    scores = [[1.0] * 10 + [-1.0] * 30, [-1.0] * 10 + [-1.0] * 30]
    shots = {"S": [outcomes(s) for s in scores]}
    (alone,), (grouped,) = (repeatability(grid(40, g), shots) for g in (None, [f"lot {i // 10}" for i in range(40)]))
    assert grouped.unsteady.estimate == alone.unsteady.estimate == 0.25
    assert grouped.unsteady.n_eff < alone.unsteady.n_eff
    assert grouped.unsteady.high > alone.unsteady.high
