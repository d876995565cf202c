"""Limits judged on the upper bound, and where they bind."""

import pytest

from appliance.score.cells import cell_scores
from appliance.score.grid import read_grid
from appliance.score.intervals import rate
from appliance.score.limits import is_binding, judge, limit_verdicts
from appliance.score.types import LimitState
from tests.score.build import CLEAN, drawn, sweep

BREACHED, HOLDS, NOT_PROVABLE = LimitState.BREACHED, LimitState.HOLDS, LimitState.NOT_PROVABLE


@pytest.mark.parametrize(
    ("k", "n", "allowed", "state", "needed"),
    [
        (0, 240, 0.02, HOLDS, None),
        (0, 149, 0.02, HOLDS, None),
        (0, 148, 0.02, NOT_PROVABLE, 149),
        (0, 0, 0.02, NOT_PROVABLE, 149),
        (1, 120, 0.02, NOT_PROVABLE, 456),
        (1, 20, 0.02, BREACHED, None),  # 5 % of the parts there are
        (3, 240, 0.02, NOT_PROVABLE, 1030),  # within the limit, but its bound is not: no breach was observed
        (9, 240, 0.02, BREACHED, None),
        (0, 100, 0.0, NOT_PROVABLE, None),
        (1, 100, 0.0, BREACHED, None),
        (100, 100, 1.0, HOLDS, None),
    ],
)
def test_states(k: int, n: int, allowed: float, state: LimitState, needed: int | None) -> None:
    assert judge(rate(k, n), allowed) == (state, needed)


def test_groups_need_more_pictures() -> None:
    pairs = rate(0, 200, ([0] * 100, [2] * 100))
    assert judge(pairs, 0.02) == (NOT_PROVABLE, 298)
    assert judge(rate(0, 298, ([0] * 149, [2] * 149)), 0.02)[0] is HOLDS


def test_needed_parts_do_prove_it() -> None:
    _, needed = judge(rate(1, 120), 0.02)
    assert needed is not None
    assert rate(int(needed / 120), needed).upper <= 0.02


def test_binding_conditions() -> None:
    levels = sweep("blur", (1, 2, 3))
    assert is_binding(CLEAN, {})
    assert [is_binding(row, {}) for row in levels] == [True, True, False]
    assert [is_binding(row, {"blur": (0.0, 1.5)}) for row in levels] == [True, False, False]
    assert [is_binding(row, {"dark": (0.0, 1.5)}) for row in levels] == [True, True, False]


def test_every_limit_on_every_scored_cell() -> None:
    run, reader = drawn()
    cells = cell_scores(read_grid(run, reader), "classification")
    found = limit_verdicts(cells, run.conditions, {"escape_rate": 0.02, "takt_s": 1.0})
    assert len(found) == 3 * 6
    assert {limit.limit for limit in found} == {"escape_rate"}
    assert [limit.binding for limit in found if limit.member == "S"] == [True, True, True, False, True, True]
    assert all(limit.upper == cells[limit.member, limit.condition].escape.upper for limit in found)
