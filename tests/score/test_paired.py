"""Paired tests and intervals against statsmodels, scipy and brute force."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from appliance.score.paired import (
    holm,
    mcnemar_exact,
    mcnemar_mid_p,
    paired_intervals,
    score_bounds,
    sign_flip_p,
)
from appliance.score.resample import Resamples, bca_intervals

counts = st.integers(0, 60)


def test_published_mcnemar() -> None:
    assert mcnemar_exact(1, 8) == pytest.approx(0.03906, abs=5e-6)
    assert mcnemar_mid_p(1, 8) == pytest.approx(0.02148, abs=5e-6)


@given(counts, counts)
def test_exact_p_agrees_with_statsmodels(b: int, c: int) -> None:
    assert mcnemar_exact(b, c) == pytest.approx(mcnemar([[0, b], [c, 0]], exact=True).pvalue if b + c else 1.0)


@given(counts, counts)
def test_mid_p_by_its_definition(b: int, c: int) -> None:
    n = b + c
    ways = [float(np.prod([(n - j) / (j + 1) for j in range(i)])) / 2.0**n for i in range(min(b, c) + 1)]
    expected = 1.0 if b == c else 2 * sum(ways) - ways[-1]
    assert mcnemar_mid_p(b, c) == pytest.approx(expected, rel=1e-6)


def test_tests_take_arrays() -> None:
    assert mcnemar_mid_p([1, 0, 5], [8, 0, 5]) == pytest.approx([0.021484, 1.0, 1.0], abs=1e-6)


@pytest.mark.parametrize("p", [np.random.default_rng(m).random(m) ** 3 for m in (1, 2, 5, 30)], ids=len)
def test_holm_agrees_with_statsmodels(p: np.ndarray) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


def test_holm_leaves_nan_out() -> None:
    found = holm([0.01, float("nan"), 0.03])
    assert found[[0, 2]] == pytest.approx([0.02, 0.03])
    assert np.isnan(found[1])
    assert holm([]).shape == (0,)


def _tango_z(b: int, c: int, n: int, delta: float) -> float:
    """Tango's statistic with the nuisance probability found by maximising the trinomial likelihood itself."""

    def loss(p21: float) -> float:
        p12 = p21 + delta
        cells = [(b, p12), (c, p21), (n - b - c, 1 - p12 - p21)]
        return -sum(k * np.log(p) if k else 0.0 for k, p in cells)

    low, high = max(0.0, -delta) + 1e-12, (1 - delta) / 2 - 1e-12
    p21 = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-13}).x
    return (b - c - n * delta) / np.sqrt(n * (2 * p21 + delta - delta**2))


@pytest.mark.parametrize(("b", "c", "n"), [(8, 1, 240), (3, 3, 60), (0, 5, 50), (12, 4, 30)])
def test_score_interval_inverts_the_score_test(b: int, c: int, n: int) -> None:
    low, high = score_bounds(b, c, n)
    estimate = (b - c) / n
    expected_high = brentq(lambda x: _tango_z(b, c, n, x) + 1.959964, estimate + 1e-9, 0.99)
    expected_low = brentq(lambda x: _tango_z(b, c, n, x) - 1.959964, -0.99, estimate - 1e-9)
    assert (low, high) == pytest.approx((expected_low, expected_high), abs=2e-5)


def test_score_interval_without_discordant_parts_by_hand() -> None:
    # z^2 / (n + z^2) on either side
    assert score_bounds(0, 0, 240) == pytest.approx((-0.0157539, 0.0157539), abs=1e-6)


def test_equal_decisions_are_not_proven_equal() -> None:
    none = np.zeros((240, 1), np.int8)
    low, high = paired_intervals(Resamples.of(1, 240).ratios(none, none + 1), none, none + 1)
    assert low[0] == pytest.approx(-0.01575, abs=1e-4)
    assert high[0] == pytest.approx(0.01575, abs=1e-4)


def test_many_discordant_parts_keep_the_bootstrap() -> None:
    difference = np.repeat([1, -1, 0], [60, 20, 160]).astype(np.int8)[:, None]
    ratios = Resamples.of(1, 240).ratios(difference, np.ones_like(difference))
    low, high = paired_intervals(ratios, difference, np.ones_like(difference))
    plain_low, plain_high = bca_intervals(ratios)
    assert (low[0], high[0]) == (plain_low[0], plain_high[0])


@pytest.mark.parametrize(("b", "c"), [(1, 8), (0, 3), (6, 6), (2, 12)])
def test_sign_flips_estimate_mcnemar_exact(b: int, c: int) -> None:
    difference = np.repeat([1, -1, 0], [b, c, 50]).astype(np.int8)[:, None]
    found = sign_flip_p(Resamples.of(3, b + c + 50, replicates=20_000), difference)[0]
    assert found == pytest.approx(float(mcnemar_exact(b, c)), abs=0.012)


def test_sign_flips_by_full_enumeration() -> None:
    difference = np.array([0.5, 0.25, -0.25, 1.0, 0.75, 0.5])
    sums = [np.dot(s, difference) for s in itertools.product((-1, 1), repeat=6)]
    expected = np.mean(np.abs(sums) >= difference.sum() - 1e-12)
    found = sign_flip_p(Resamples.of(5, 6, replicates=40_000), difference[:, None])[0]
    assert found == pytest.approx(expected, abs=0.01)


def test_sign_flips_swap_whole_groups() -> None:
    difference = np.ones((40, 1), np.int8)  # 40 pictures for one member, but of two parts only
    found = sign_flip_p(Resamples.of(1, 40, np.repeat([0, 1], 20)), difference)[0]
    assert found == pytest.approx(0.5, abs=0.05)
