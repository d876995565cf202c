"""Rates as draws: their mean and spread against Jeffreys' interval, pairing, groups, and their coverage."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta

from appliance.advice.measure import measured
from appliance.score.grid import read_grid
from tests.advice.build import run


def draws(wrong: tuple[tuple[int, int], ...], parts: int = 300, groups: tuple[str, ...] = ()):
    grid = read_grid(*run(wrong, parts, groups))
    return measured(grid, ("clean",), np.random.default_rng(1))


@pytest.mark.parametrize("failures", [0, 1, 5, 40])
def test_draws_are_those_of_jeffreys_posterior(failures: int) -> None:
    found = draws(((failures, 0),)).escape[:, 0, 0]
    exact = beta(failures + 0.5, 150 - failures + 0.5)
    assert found.mean() == pytest.approx(exact.mean(), rel=0.12)
    assert np.quantile(found, 0.95) == pytest.approx(exact.ppf(0.95), rel=0.12)


def test_nothing_seen_is_no_proof_of_nothing() -> None:
    found = draws(((0, 0),)).escape[:, 0, 0]
    assert np.quantile(found, 0.95) > 0.005


def test_sizes_that_fail_on_the_same_parts_move_together() -> None:
    found = draws(((30, 0), (32, 0))).escape[:, :, 0]
    apart = found[:, 1] - found[:, 0]
    assert apart.std() < 0.4 * found[:, 0].std()


def test_groups_make_the_draws_wider() -> None:
    alone = draws(((30, 0),)).escape[:, 0, 0].std()
    grouped = draws(((30, 0),), groups=tuple(f"g{i // 10}" for i in range(300))).escape[:, 0, 0].std()
    assert grouped > 1.5 * alone


def test_a_member_without_a_result_under_a_condition_is_left_out() -> None:
    record, outcomes = run()
    cells = tuple(cell for cell in record.cells if cell != ("m", "jpeg@95"))
    grid = read_grid(replace(record, cells=cells), outcomes)
    assert measured(grid, ("clean", "jpeg@95"), np.random.default_rng(1)).members == ("s", "l")


def test_draws_cover_the_truth() -> None:
    """A hundred audits of 120 NG parts from a known rate: the central 95 % of the draws holds it in at least 90."""
    rng, held = np.random.default_rng(2), 0
    for _ in range(100):
        low, high = np.quantile(draws(((int(rng.binomial(120, 0.04)), 0),), 240).escape[:, 0, 0], [0.025, 0.975])
        held += bool(low <= 0.04 <= high)
    assert held >= 90
