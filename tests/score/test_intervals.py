"""Rates, limits and percentiles against statsmodels, scipy and published figures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, t
from statsmodels.stats.proportion import proportion_confint

from appliance.score.intervals import (
    effective_parts,
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


def test_a_part_shown_twice_proves_no_more_than_once() -> None:
    hits = np.arange(100) % 9 == 0
    twice, once = rate_of(np.repeat(hits, 2), np.repeat(np.arange(100), 2)), rate_of(hits)
    assert twice.n == 200
    assert twice.n_eff == pytest.approx(once.n_eff, rel=0.03)  # a little less for the estimated variance
    assert twice.upper == pytest.approx(once.upper, rel=0.03)


def test_zero_failures_count_groups_not_pictures() -> None:
    clean = rate_of(np.zeros(480, bool), np.repeat(np.arange(240), 2))
    assert clean.n_eff == 240
    assert clean.upper == pytest.approx(0.0124, abs=5e-5)


def test_one_more_failure_never_proves_more() -> None:
    groups = np.repeat(np.arange(24), 10)
    none, one = np.zeros(240, bool), np.arange(240) == 3
    assert rate_of(one, groups).upper > rate_of(none, groups).upper


def test_effective_parts_by_the_textbook() -> None:
    """Korn-Graubard's two formulas, written out for five lots."""
    hits, size = np.array([4.0, 0.0, 1.0, 3.0, 0.0]), np.array([10.0, 12.0, 8.0, 10.0, 10.0])
    n, p = 50.0, 8 / 50
    variance = 5 / 4 * sum((h - p * m) ** 2 for h, m in zip(hits, size, strict=True)) / n**2
    deff = variance / (p * (1 - p) / n)
    expected = n / deff * (t.ppf(0.975, 49) / t.ppf(0.975, 4)) ** 2
    assert deff > 1
    assert effective_parts(hits, size) == pytest.approx(expected)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=30))
def test_groups_never_add_evidence(pairs: list[tuple[int, int]]) -> None:
    hits = np.array([min(a, b) for a, b in pairs])
    size = np.array([max(a, b) for a, b in pairs])
    k, n = int(hits.sum()), int(size.sum())
    found, alone = rate(k, n, (hits, size)), rate(k, n)
    assert found.n_eff <= n
    assert found.low <= alone.low + 1e-12
    assert found.high >= alone.high - 1e-12
    assert n == 0 or found.low <= k / n <= found.upper <= found.high + 1e-12


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
