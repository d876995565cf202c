"""Rates with their bounds, the parts a limit needs, and percentiles that n supports.

Two-sided bounds are Clopper and Pearson's (1934). Where parts come in groups they are the same bounds at the number of
independent parts that the grouped ones are worth (`appliance.score.clusters`).
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, betaincinv

from appliance.score.clusters import ladder
from appliance.score.types import Rate

TAIL = 0.025  # each side of the two-sided 95 % interval
ONE_SIDED = 0.05
MOST_PARTS = 10_000_000  # beyond it "how many parts" is no advice any more


def rate(k: int, n: int, groups: tuple[ArrayLike, ArrayLike] | None = None, icc: float = 1.0) -> Rate:
    """`k` of `n` with two-sided 95 % bounds and the one-sided 95 % upper bound.

    groups: per group its share of `k` and of `n`, two (groups,) arrays; None where every part stands alone. icc: the
    run's intra-group correlation, 0..1; at 1 a group counts as one part. 0 of 240 has the one-sided upper bound 0.0124.
    Groups and `icc` unchanged, a further hit in any group never lowers a bound, and none taken away ever raises one.
    """
    if n == 0:
        return Rate(0, 0, 0.0, 1.0, 1.0, 0.0)
    if groups is None:
        return Rate(k, n, lower_bound(k, n, TAIL), upper_bound(k, n, TAIL), upper_bound(k, n, ONE_SIDED), float(n))
    hits, size = (np.asarray(values) for values in groups)
    more, less = ladder(hits, size, icc), ladder(size - hits, size, icc)
    low = 1.0 - _highest(less, n, TAIL)
    return Rate(k, n, low, _highest(more, n, TAIL), _highest(more, n, ONE_SIDED), float(more[1][-1]))


def _highest(rungs: tuple[NDArray[np.float64], NDArray[np.float64]], n: int, tail: float) -> float:
    """The largest upper bound of any rung: its hits and the effective parts that `n` are worth at them."""
    k, worth = rungs
    share = k / n
    with_misses = share < 1.0
    bounds = betaincinv((share * worth + 1.0)[with_misses], ((1.0 - share) * worth)[with_misses], 1.0 - tail)
    return float(bounds.max()) if with_misses.all() else 1.0


def rate_of(hits: NDArray[np.bool_], groups: NDArray[np.intp] | None = None, icc: float = 1.0) -> Rate:
    """The share of True in `hits` (n,); groups: the group of each part, (n,) integers, or None where there are none."""
    k, n = int(np.count_nonzero(hits)), len(hits)
    if groups is None:
        return rate(k, n)
    return rate(k, n, (np.bincount(groups, weights=hits), np.bincount(groups)), icc)


def upper_bound(k: float, n: float, tail: float) -> float:
    """Clopper-Pearson: the rate at which `k` or fewer of `n` has probability `tail`; both may be effective numbers."""
    return 1.0 if k >= n else float(betaincinv(k + 1.0, n - k, 1.0 - tail))


def lower_bound(k: float, n: float, tail: float) -> float:
    """Clopper-Pearson: the rate at which `k` or more of `n` has probability `tail`."""
    return 0.0 if k <= 0 else 1.0 - upper_bound(n - k, n, tail)


@cache
def parts_needed(limit: float, failures: int = 0) -> int:
    """The fewest parts of which `failures` may fail and the one-sided 95 % upper bound still be within `limit` (0..1).

    Without failures it is the smallest n with 1 - 0.05^(1/n) <= limit: 59, 299 and 2,995 for 5, 1 and 0.1 %.
    Raises ValueError where `limit` is not within (0, 1).
    """
    if not 0.0 < limit < 1.0:
        raise ValueError(f"a limit of {limit} can be proven by no number of parts")
    low, high = failures, failures + 1
    while bdtr(failures, high, limit) > ONE_SIDED:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if bdtr(failures, middle, limit) <= ONE_SIDED else (middle, high)
    return high


def parts_needed_at(limit: float, k: int, n: int) -> int | None:
    """The parts that prove `limit` if they go on failing at the rate `k / n`, to 2 %; None where no number would.

    At a rate of nearly the limit the number passes MOST_PARTS: None then too.
    """
    failures, step = k, 1
    while (needed := parts_needed(limit, failures)) * k > failures * n:
        if k >= limit * n or needed > MOST_PARTS:
            return None
        failures, step = failures + step, max(1, failures // 64)
    return needed


def percentile_upper(samples: ArrayLike, p: float, c: float = 0.99) -> float | None:
    """Upper confidence bound (level `c`) of the `p` quantile (0..1) of `samples` (n,), in their unit.

    The sample with t others above it, t the largest with P(Bin(n, 1 - p) <= t) <= 1 - c (a binomial order statistic).
    None where n is too small: at c = 0.99 p90 needs 44, p95 90, p99 459, p99.9 4,603 samples. Refuses NaN (ValueError).
    """
    values: NDArray[Any] = np.asarray(samples, np.float64)
    if np.isnan(values).any():
        raise ValueError("a percentile of samples that hold NaN")
    n = len(values)
    above = np.searchsorted(bdtr(np.arange(n), n, 1.0 - p), 1.0 - c, side="right") - 1 if n else -1
    return None if above < 0 else float(np.partition(values, n - 1 - above)[n - 1 - above])
