"""The value of knowing more, against cases that can be worked out."""

import numpy as np
import pytest
from scipy.stats import norm

from appliance.advice.types import World
from appliance.advice.worth import a_day, gain, one_more, perfect

B = 20_000


def world(spread: float, price_spread: float = 0.0) -> World:
    """Two ways, one certain at 0.5, one with a mean of 0.5 and a standard deviation of `spread`."""
    rng = np.random.default_rng(3)
    rates = np.full((B, 2, 1), 0.5)
    rates[:, 1, 0] += spread * rng.standard_normal(B)
    prices = {"escape": 100.0 * (1.0 + price_spread * rng.standard_normal(B))}
    one = np.ones((1, 1))
    return World(rates, np.zeros((1, 2, 1)), one, one, prices, 0.0)


def value(there: World) -> np.ndarray:
    return -there.rates()[0] * there.prices["escape"][:, None]


def test_perfect_information_of_two_equal_normals() -> None:
    found = {worth.what: worth.value for worth in perfect(world(0.1), value)}
    exact = 100 * 0.1 * norm.pdf(0)  # E max(0, N(0, s)) = s phi(0)
    assert found["everything"] == pytest.approx(exact, rel=0.03)
    assert found["measurement"] == pytest.approx(exact, rel=0.03)
    assert (found["mix"], found["untested"], found["prices"]) == (0.0, 0.0, 0.0)


def test_knowing_a_price_that_changes_no_choice_is_worth_nothing() -> None:
    found = {worth.what: worth.value for worth in perfect(world(0.1, price_spread=0.2), value)}
    assert found["prices"] == pytest.approx(0.0, abs=1e-9)
    assert found["measurement"] == pytest.approx(100 * 0.1 * norm.pdf(0), rel=0.03)


@pytest.mark.parametrize(("n", "n0"), [(100, 300), (500, 500), (100, 1000)])
def test_a_sample_is_worth_the_root_of_its_share(n: float, n0: float) -> None:
    """Exact for a normal mean: its preposterior standard deviation is s sqrt(n / (n + n0))."""
    share = n / (n + n0)
    exact = 100 * 0.1 * norm.pdf(0) * np.sqrt(share)
    assert a_day(world(0.1), value, (share, share, share)) == pytest.approx(exact, rel=0.03)


def test_no_sample_is_worth_more_than_knowing() -> None:
    assert a_day(world(0.1), value, (0.9, 0.9, 0.9)) < gain(value(world(0.1)))


def test_one_more_way_is_worth_what_it_may_be_better() -> None:
    there, rng = world(0.0), np.random.default_rng(5)
    candidate = -50.0 + 10.0 * rng.standard_normal(B)
    assert one_more(there, value, candidate) == pytest.approx(10 * norm.pdf(0), rel=0.03)
    assert one_more(there, value, np.full(10, -80.0)) == 0.0
