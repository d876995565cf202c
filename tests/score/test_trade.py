"""More size or better training: gains and factors where the truth is known, and the isotonic fit against scipy's."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import isotonic_regression

from appliance.score.compare import Scored
from appliance.score.trade import Trade, non_decreasing, trade
from tests.score.build import CLEAN, decided, member_rows, part_rows, record, sweep

NAMES = ("s", "m", "l")  # of 10, 20 and 40 thousand MACs
ROWS = (CLEAN, *sweep("blur", (1.0, 2.0)))
PARTS = 400


def family(name: str, robust: tuple[float, ...], clean: float = 0.95, seed: int = 0) -> Scored:
    """Each size is right on so large a share of the parts under both conditions, the same parts in every family."""
    truth = np.arange(PARTS) % 2 == 0
    order = np.random.default_rng(seed).permutation(PARTS)
    cells = {}
    for member, share in zip(NAMES, robust, strict=True):
        for row in ROWS:
            right = np.zeros(PARTS, bool)
            right[order[: round((clean if row.key == "clean" else share) * PARTS)]] = True
            cells[member, row.key] = decided(right, truth)
    made, outcomes = record(cells, part_rows(truth), member_rows(NAMES), ROWS, family=name)
    return Scored(made, outcomes)


def traded(a: tuple[float, ...], b: tuple[float, ...]) -> Trade:
    found = trade(family("plain", a), family("hard", b))
    assert found is not None
    return found


def test_gains_and_factor_by_hand() -> None:
    found = traded((0.6, 0.7, 0.8), (0.75, 0.8, 0.9))
    small, middle, large = found.bought
    assert small.gain.estimate == pytest.approx(15.0)
    assert small.clean_gain.estimate == 0.0
    assert small.factor.estimate == pytest.approx(2**1.5)  # half way from m to l: one and a half doublings
    assert middle.factor.estimate == pytest.approx(2.0)
    assert np.isinf(large.factor.estimate)
    assert large.beyond == 1.0
    assert (small.equal, middle.equal, large.equal) == ("l", "l", None)
    assert found.cheaper == NAMES
    assert found.dearer == ()


def test_the_same_family_buys_nothing() -> None:
    found = traded((0.6, 0.7, 0.8), (0.6, 0.7, 0.8))
    assert [one.factor.estimate for one in found.bought] == pytest.approx([1.0, 1.0, 1.0])
    assert found.cheaper == found.dearer == ()


def test_training_that_costs_robustness_is_called_so() -> None:
    assert traded((0.6, 0.7, 0.8), (0.5, 0.6, 0.7)).dearer == NAMES


def test_nothing_to_say_of_clean_parts_alone() -> None:
    a, b = family("plain", (0.6, 0.7, 0.8)), family("hard", (0.6, 0.7, 0.8))
    only = [replace(side.record, conditions=(CLEAN,)) for side in (a, b)]
    assert trade(Scored(only[0], a.outcomes), Scored(only[1], b.outcomes)) is None


def test_the_fit_is_scipys() -> None:
    values = np.random.default_rng(1).random((50, 6))
    expected = np.stack([isotonic_regression(row).x for row in values])
    assert non_decreasing(values) == pytest.approx(expected)
