"""Do 95 % bounds cover the truth 95 times in 100? Short simulations with fixed seeds; each once ran longer by hand."""

import numpy as np
import pytest

from appliance.score.clusters import correlation
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
    spread = (1 - icc) / max(icc, 1e-6)
    hits = rng.random((RUNS, groups, size)) < rng.beta(p * spread, (1 - p) * spread, (RUNS, groups, 1))
    return hits.reshape(RUNS, -1)


def _uppers(groups: int, size: int, p: float, icc: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Upper bounds as a run of three cells (p, 2 p, 4 p) gives them, with groups as parts, and without groups."""
    cells = np.stack([_grouped(groups, size, rate, icc) for rate in (p, 2 * p, 4 * p)], axis=-1)
    codes = np.repeat(np.arange(groups), size)
    counted = np.ones(cells.shape[1:], bool)
    pooled = [rate_of(run[:, 0], codes, correlation(run, counted, codes)).upper for run in cells]
    whole, alone = ([rate_of(run[:, 0], by).upper for run in cells] for by in (codes, None))
    return np.array(pooled), np.array(whole), np.array(alone)


@pytest.mark.parametrize(
    ("groups", "size", "p", "icc"),
    [(24, 10, 0.2, 0.5), (24, 10, 0.05, 0.0), (120, 2, 0.05, 0.5), (120, 2, 0.01, 0.9), (240, 2, 0.2, 0.0)],
)
def test_upper_bounds_of_grouped_parts(groups: int, size: int, p: float, icc: float) -> None:
    """In long runs (24 to 240 groups, correlation 0 to 0.9) the bound covers in 93.7 to 100 % of cases."""
    pooled, _, alone = _uppers(groups, size, p, icc)
    assert np.mean(pooled >= p) >= 0.94 - SLACK / 2
    assert np.mean(alone) < np.mean(pooled)


def test_groups_that_do_not_matter_cost_little() -> None:
    """With no correlation the bound lies near that of independent parts, far below that of groups as parts."""
    pooled, whole, alone = (bounds.mean() for bounds in _uppers(120, 4, 0.05, 0.0))
    assert pooled - alone < 0.1 * (whole - alone)


def test_groups_that_fail_as_one_count_as_one() -> None:
    pooled, whole, alone = (bounds.mean() for bounds in _uppers(60, 4, 0.05, 0.98))
    assert whole - pooled < 0.05 * (whole - alone)


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
