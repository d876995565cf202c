"""Rates, limits and percentiles against statsmodels, scipy and published figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from statsmodels.stats.proportion import proportion_confint

from appliance.score.intervals import (
    parts_needed,
    parts_needed_at,
    percentile_upper,
    rate,
    rate_of,
    upper_bound,
)


@given(st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))).filter(lambda kn: kn[1] > 0))
def test_bounds_are_clopper_pearson(kn: tuple[int, int]) -> None:
    k, n = kn
    found, exact = rate(k, n), binomtest(k, n).proportion_ci(0.95, "exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)
    assert (found.low, found.high) == pytest.approx(proportion_confint(k, n, 0.05, "beta"), abs=1e-9)
    assert found.upper == pytest.approx(binomtest(k, n, alternative="less").proportion_ci(0.95, "exact").high, abs=1e-9)


@pytest.mark.parametrize(("k", "n", "upper"), [(0, 240, 0.0124), (0, 299, 0.00997)])
def test_published_upper_bounds(k: int, n: int, upper: float) -> None:
    assert rate(k, n).upper == pytest.approx(upper, abs=5e-5)


def test_no_parts_prove_nothing() -> None:
    found = rate(0, 0)
    assert (found.low, found.high, found.upper) == (0.0, 1.0, 1.0)
    assert np.isnan(found.estimate)
    assert rate_of(np.zeros(0, bool), np.zeros(0, np.intp)).upper == 1.0


def test_groups_of_one_change_nothing() -> None:
    hits = np.arange(50) % 7 == 0
    assert rate_of(hits, np.arange(50)) == rate_of(hits)


@pytest.mark.parametrize(("limit", "needed"), [(0.05, 59), (0.01, 299), (0.001, 2995)])
def test_parts_needed_without_failures(limit: float, needed: int) -> None:
    assert parts_needed(limit) == needed
    assert 1 - 0.05 ** (1 / needed) <= limit < 1 - 0.05 ** (1 / (needed - 1))


@given(st.floats(0.002, 0.6), st.integers(0, 20))
def test_parts_needed_is_the_smallest(limit: float, failures: int) -> None:
    needed = parts_needed(limit, failures)
    assert upper_bound(failures, needed, 0.05) <= limit + 1e-12
    assert needed == failures + 1 or upper_bound(failures, needed - 1, 0.05) > limit


@pytest.mark.parametrize("limit", [0.0, 1.0, -0.1])
def test_no_number_of_parts_proves_such_a_limit(limit: float) -> None:
    with pytest.raises(ValueError, match="proven by no number"):
        parts_needed(limit)


def test_parts_needed_at_a_rate() -> None:
    assert parts_needed_at(0.02, 0, 40) == parts_needed(0.02)
    needed = parts_needed_at(0.02, 3, 240)
    assert needed is not None
    assert rate(round(needed * 3 / 240), needed).upper <= 0.02
    assert rate(round(needed * 0.9 * 3 / 240), round(needed * 0.9)).upper > 0.02


@pytest.mark.parametrize(("k", "n"), [(5, 240), (5, 250), (4_999, 250_000)])
def test_no_parts_prove_a_rate_at_its_limit(k: int, n: int) -> None:
    assert parts_needed_at(0.02, k, n) is None


@pytest.mark.parametrize(("p", "smallest"), [(0.90, 44), (0.95, 90), (0.99, 459), (0.999, 4603)])
def test_percentiles_need_their_samples(p: float, smallest: int) -> None:
    samples = np.random.default_rng(1).permutation(smallest).astype(float)
    assert percentile_upper(samples, p) == smallest - 1
    assert percentile_upper(samples[1:], p) is None


@given(st.integers(44, 3000), st.sampled_from([0.5, 0.9, 0.95]))
def test_percentile_is_the_binomial_order_statistic(n: int, p: float) -> None:
    bound = percentile_upper(np.arange(n), p)
    if bound is None:
        assert p**n > 0.01
        return
    above = n - 1 - int(bound)
    assert binom.cdf(above, n, 1 - p) <= 0.01 + 1e-12
    assert binom.cdf(above + 1, n, 1 - p) > 0.01


def test_percentile_of_nothing_and_of_nan() -> None:
    assert percentile_upper([], 0.5) is None
    with pytest.raises(ValueError, match="NaN"):
        percentile_upper([1.0, float("nan")] * 100, 0.5)
