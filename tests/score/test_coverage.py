"""Do 95 % bounds cover the truth 95 times in 100? Short simulations with fixed seeds; each once ran longer by hand."""

import numpy as np
import pytest

from appliance.score.intervals import rate_of
from appliance.score.paired import paired_intervals
from appliance.score.resample import Resamples, bca_intervals

RUNS = 600
SLACK = 3 * np.sqrt(0.95 * 0.05 / RUNS)  # three standard errors of the simulation


def _covered(low: np.ndarray, high: np.ndarray, truth: float) -> float:
    return float(np.mean((low <= truth + 1e-12) & (truth - 1e-12 <= high)))


def _differences(n: int, plus: float, minus: float) -> np.ndarray:
    u = np.random.default_rng(1).random((n, RUNS))
    return (u < plus).astype(np.int8) - ((u >= plus) & (u < plus + minus))


@pytest.mark.parametrize(
    ("n", "plus", "minus"),
    [
        (60, 0.02, 0.005),
        (60, 0.08, 0.08),
        (240, 0.005, 0.0),
        (240, 0.01, 0.01),
        (240, 0.05, 0.02),
        (1000, 0.002, 0.002),
    ],
)
def test_paired_differences(n: int, plus: float, minus: float) -> None:
    drawn = _differences(n, plus, minus)
    low, high = paired_intervals(Resamples.of(1, n).ratios(drawn, np.ones_like(drawn)), drawn, np.ones_like(drawn))
    assert _covered(low, high, plus - minus) >= 0.95 - SLACK


def test_the_bootstrap_alone_would_not_do() -> None:
    drawn = _differences(60, 0.02, 0.005)
    low, high = bca_intervals(Resamples.of(1, 60).ratios(drawn, np.ones_like(drawn)))
    assert _covered(low, high, 0.015) < 0.75


def _grouped(groups: int, size: int, p: float, icc: float) -> np.ndarray:
    """(RUNS, groups * size) hits of beta-binomial groups with mean `p` and intra-group correlation `icc`."""
    rng = np.random.default_rng(2)
    spread = (1 - icc) / icc
    return rng.random((RUNS, groups, size)) < rng.beta(p * spread, (1 - p) * spread, (RUNS, groups, 1))


@pytest.mark.parametrize(
    ("groups", "size", "p", "icc", "least"),
    [
        (120, 2, 0.05, 0.8, 0.95),
        (120, 2, 0.01, 0.5, 0.95),
        (40, 10, 0.20, 0.2, 0.93),
        (30, 8, 0.02, 0.9, 0.93),
    ],
)
def test_upper_bounds_of_grouped_parts(groups: int, size: int, p: float, icc: float, least: float) -> None:
    hits = _grouped(groups, size, p, icc).reshape(RUNS, -1)
    codes = np.repeat(np.arange(groups), size)
    uppers = np.array([rate_of(row, codes).upper for row in hits])
    alone = np.array([rate_of(row).upper for row in hits])
    assert np.mean(uppers >= p) >= least - SLACK
    assert np.mean(alone) < np.mean(uppers)


def test_paired_differences_of_grouped_parts() -> None:
    groups, size = 60, 5
    rng = np.random.default_rng(3)
    shift = rng.choice([-1, 0, 0, 0, 0, 1, 1], (groups, RUNS))  # whole groups gain or lose
    own = rng.random((groups, size, RUNS)) < 0.7
    drawn = (shift[:, None, :] * own).reshape(-1, RUNS).astype(np.int8)
    resamples = Resamples.of(1, groups * size, np.repeat(np.arange(groups), size))
    ones = np.ones_like(drawn)
    low, high = paired_intervals(resamples.ratios(drawn, ones), resamples.by_group(drawn), resamples.by_group(ones))
    assert _covered(low, high, 0.7 / 7) >= 0.95 - SLACK
