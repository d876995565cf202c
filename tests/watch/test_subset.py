from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.log.types import PartRow
from appliance.watch.subset import LEAST_PARTS, Grid, choose, fold_members, grid_of, last_covered, rotation
from perturb.types import CLEAN, Condition


def parts(count: int) -> list[PartRow]:
    return [PartRow(f"p{i:03d}", "", i % 3 == 0, "ab"[i % 2], f"lot{i % 4}") for i in range(count)]


def conditions(count: int) -> list[Condition]:
    kinds = ("optics", "lighting", "sensor")
    return [CLEAN, *(Condition(f"c{i}", 1.0, "", None, 0, kinds[i % 3]) for i in range(count))]


def nights_until_covered(grid: Grid, pictures: float) -> tuple[int, list[int]]:
    """How many nights it takes until every unit was covered, and how many were promised on each."""
    history, promised, last = [], [], None
    for number in range(1000):
        first = choose(grid, pictures, {}, last)
        subset = choose(grid, pictures, last_covered(history, grid, first.folds), last)
        history.append((number, subset, subset.conditions))
        promised.append(subset.nights)
        last = subset.folds
        covered = {(key, s.fold) for _, s, keys in history for key in keys}
        if len(covered) == subset.folds * len(grid.conditions):
            return number + 1, promised
    raise AssertionError("never covered")


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(20, 300), st.floats(1, 20_000))
def test_everything_is_covered_in_the_nights_that_were_promised(count: int, size: int, pictures: float) -> None:
    grid = grid_of(["a", "b"], conditions(count), parts(size), seed=1)
    took, promised = nights_until_covered(grid, pictures)
    assert took <= promised[0]


def test_a_night_that_holds_everything_covers_everything() -> None:
    grid = grid_of(["a"], conditions(5), parts(60), seed=1)
    subset = choose(grid, 60 * 6, {})
    assert (subset.nights, subset.folds, set(subset.conditions)) == (1, 1, set(grid.conditions))


def test_clean_fits_beside_the_conditions() -> None:
    grid = grid_of(["a"], conditions(10), parts(60), seed=1)
    assert len(choose(grid, 60 * 5, {}).conditions) == 4


def test_a_small_night_takes_a_share_of_the_parts() -> None:
    grid = grid_of(["a"], conditions(10), parts(200), seed=1)
    subset = choose(grid, 200, {})  # 4 conditions on a quarter
    assert (subset.folds, len(subset.conditions)) == (4, 3)
    assert choose(grid, 1, {}).folds == 200 // LEAST_PARTS  # never fewer parts than say something


def test_folds_hold_their_share_of_every_stratum() -> None:
    rows = parts(121)
    folds = fold_members(rows, 5, seed=3)
    assert sorted(i for fold in folds for i in fold) == list(range(121))
    assert {len(fold) for fold in folds} <= {24, 25}
    for stratum, count in Counter((row.ng, row.cls, row.group) for row in rows).items():
        shares = [sum((rows[i].ng, rows[i].cls, rows[i].group) == stratum for i in fold) for fold in folds]
        assert max(shares) - min(shares) <= 1, (stratum, count)


def test_any_few_in_a_row_are_of_different_kinds() -> None:
    wanted = conditions(12)[1:]
    kind = {condition.key: condition.group for condition in wanted}
    order = rotation(wanted, seed=2)
    for start in range(0, 12, 3):
        assert len({kind[key] for key in order[start : start + 3]}) == 3
    assert rotation(wanted, seed=2) == order
    assert rotation(wanted, seed=4) != order


def test_a_pace_that_wavers_does_not_start_anew() -> None:
    grid = grid_of(["a"], conditions(10), parts(200), seed=1)
    assert choose(grid, 200, {}).folds == 4
    assert choose(grid, 230, {}, last_folds=4).folds == 4
    assert choose(grid, 900, {}, last_folds=4).folds == 1


@pytest.mark.parametrize("change", ["members", "parts", "conditions", "seed"])
def test_another_grid_has_another_digest(change: str) -> None:
    given_ = {"members": ["a"], "conditions": conditions(3), "parts": parts(30), "seed": 1}
    other = {"members": ["b"], "conditions": conditions(4), "parts": parts(31), "seed": 2}
    assert grid_of(**given_).digest != grid_of(**{**given_, change: other[change]}).digest
    assert grid_of(**given_).digest == grid_of(**given_).digest


def test_only_clean() -> None:
    grid = grid_of(["a"], [CLEAN], parts(30), seed=1)
    subset = choose(grid, 1000, {})
    assert (subset.conditions, subset.nights) == ((), 1)
