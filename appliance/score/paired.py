"""Two sets of decisions on the same parts: intervals of the difference, tests, and the price of many of them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, ndtri

from appliance.score.resample import BLOCK, Array, Ratios, Resamples, bca_intervals

SPARSE = 20  # discordant parts below which the resamples alone are too narrow (tests/score/test_coverage.py)
BISECTIONS = 40
SWAPS = 0x51  # sets the swaps apart from the resamples of the same seed


def mcnemar_exact(only_a: ArrayLike, only_b: ArrayLike) -> Array:
    """McNemar's exact two-sided p from the discordant counts (..); (1, 8): 0.03906. 1 where both are 0."""
    n, least = _discordant(only_a, only_b)
    return np.asarray(np.minimum(1.0, 2.0 * bdtr(least, n, 0.5)))


def mcnemar_mid_p(only_a: ArrayLike, only_b: ArrayLike) -> Array:
    """McNemar's mid-p (Fagerland et al. 2013): the exact p less the table's own probability; (1, 8): 0.02148."""
    n, least = _discordant(only_a, only_b)
    itself = bdtr(least, n, 0.5) - np.where(least > 0, bdtr(np.maximum(least - 1, 0), n, 0.5), 0.0)
    return np.where(n == 0, 1.0, np.minimum(1.0, 2.0 * bdtr(least, n, 0.5) - itself))


def _discordant(only_a: ArrayLike, only_b: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    a, b = np.asarray(only_a, np.int64), np.asarray(only_b, np.int64)
    return a + b, np.minimum(a, b)


def holm(p: ArrayLike) -> Array:
    """Holm's (1979) adjusted p of (m,) tests; NaN stays NaN and does not count as a test."""
    raw = np.asarray(p, np.float64)
    adjusted = np.full(raw.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(raw))
    order = tested[np.argsort(raw[tested], kind="stable")]
    steps = raw[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted


def sign_flip_p(resamples: Resamples, difference: NDArray[np.generic]) -> Array:
    """Two-sided p, (k,), that the summed differences (n, k) between two members are chance.

    Under no difference the members of a pair can be swapped part by part (group by group): the p is the share of B
    random swaps whose sum is as far from 0, the observed one included, so never below 1 / (B + 1). For differences of
    -1, 0 and 1 without groups it estimates McNemar's exact p; it also holds for means over several conditions.
    """
    per_group = resamples.by_group(difference).astype(np.float64)
    reached = np.abs(per_group.sum(axis=0)) - 1e-9
    rng = np.random.default_rng(np.random.SeedSequence((resamples.seed, resamples.groups, SWAPS)))
    as_far = np.zeros(per_group.shape[1], np.int64)
    for start in range(0, resamples.replicates, BLOCK):
        rows = min(BLOCK, resamples.replicates - start)
        signs = rng.integers(0, 2, (rows, resamples.groups), dtype=np.int8) * 2.0 - 1.0
        as_far += np.count_nonzero(np.abs(signs @ per_group) >= reached, axis=0)
    return np.asarray((1.0 + as_far) / (resamples.replicates + 1.0))


def score_bounds(plus: ArrayLike, minus: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Tango's (1998) score interval of the paired difference (plus - minus) / n, low and high of the arguments' shape.

    plus, minus: discordant counts for and against, n: pairs; effective (fractional) numbers are allowed.
    """
    b, c, m = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (plus, minus, n)))
    z = -ndtri((1.0 - level) / 2.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return -_score_high(c, b, m, z), _score_high(b, c, m, z)


def _score_high(b: Array, c: Array, n: Array, z: float) -> Array:
    """The largest difference whose score test is not below -z, by bisection from the estimate up to 1."""
    low, high = (b - c) / n, np.ones_like(n)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        inside = _tango(b, c, n, middle) >= -z
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return high


def _tango(b: Array, c: Array, n: Array, delta: Array) -> Array:
    """Tango's z: the difference less `delta` over its standard error under `delta`."""
    half = -b - c + (2.0 * n - b + c) * delta
    against = (np.sqrt(np.maximum(half**2 + 8.0 * n * c * delta * (1.0 - delta), 0.0)) - half) / (4.0 * n)
    return (b - c - n * delta) / np.sqrt(n * (2.0 * against + delta * (1.0 - delta)))


def paired_intervals(ratios: Ratios, net: NDArray[np.floating], size: NDArray[np.floating]) -> tuple[Array, Array]:
    """95 % bounds of paired differences (k,): BCa, and where few parts are discordant its hull with the score interval.

    No resample shows what the sample lacks: with 0 of n parts discordant the bootstrap alone would call any two
    members equal, and with 1 to 7 expected it covers the truth in 63 to 93 % of cases. net, size: (G, k) summed
    difference and number of parts of each group (part). A group counts as a fraction of the one that differs most, so
    that the score interval is about the same estimate.
    """
    low, high = bca_intervals(ratios)
    groups = np.maximum(np.count_nonzero(size, axis=0), 1)
    each, most = np.maximum(size.sum(axis=0) / groups, 1e-9), np.abs(net).max(axis=0, initial=0.0)
    unit = np.where(most > 0, most, each)
    plus, minus = (np.maximum(sign * net, 0.0).sum(axis=0) / unit for sign in (1.0, -1.0))
    exact_low, exact_high = (bound * unit / each for bound in score_bounds(plus, minus, groups))
    sparse = (plus + minus < SPARSE) & ~np.isnan(low)
    return np.where(sparse, np.minimum(low, exact_low), low), np.where(sparse, np.maximum(high, exact_high), high)
