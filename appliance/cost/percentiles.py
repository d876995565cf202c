"""Percentiles of latencies that follow each other in time: how many independent samples they are worth, and bounds.

A slow part is often followed by another (a queue, a clock that drops), so n parts tell less than n independent ones.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from appliance.cost.record import QUANTILES

CONFIDENCE = 0.99
SMALLEST_N = {0.50: 7, 0.90: 44, 0.95: 90, 0.99: 459, 0.999: 4603}
"""The fewest independent samples that support an upper bound at 99 % confidence, with none over it."""

Floats = NDArray[np.float64]


def effective_n(samples: ArrayLike) -> float:
    """Independent samples that (n,) samples in time order are worth: n / (1 + 2 sum of autocorrelations), 1..n.

    The sum runs over Geyer's initial positive, monotone sequence of pair sums (Geyer 1992, "Practical Markov Chain
    Monte Carlo"). Taken on the ranks, so that one huge latency does not hide the rest, and on whether a sample is
    over the 90 % quantile, so that slow parts in clusters count as the few events they are; the smaller is returned.
    """

    values = np.asarray(samples, np.float64)
    if len(values) < 4:
        return float(len(values))
    over = (values > np.quantile(values, 0.9)).astype(np.float64)
    return min(_effective(_ranks(values)), _effective(over))


def _ranks(values: Floats) -> Floats:
    """Ranks from 1, equal values sharing their mean: without scipy.stats, which every fresh process would load."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2.0)[place]


def _effective(values: Floats) -> float:
    n = len(values)
    rho = _autocorrelation(values)
    if rho is None:
        return float(n)
    pairs = rho[0 : 2 * (n // 2) : 2] + rho[1 : 2 * (n // 2) : 2]
    first_negative = int(np.argmax(pairs <= 0)) if (pairs <= 0).any() else len(pairs)
    kept = np.minimum.accumulate(pairs[:first_negative])
    inflation = max(2.0 * float(kept.sum()) - 1.0, 1.0)
    return float(np.clip(n / inflation, 1.0, n))


def _autocorrelation(values: Floats) -> Floats | None:
    """Autocorrelation at lags 0..n-1; None where nothing varies."""
    centred = values - values.mean()
    n = len(centred)
    spectrum = np.fft.rfft(centred, 2 * n)
    covariance = np.fft.irfft(spectrum * spectrum.conj())[:n]
    if covariance[0] <= 1e-12 * max(n, 1):
        return None
    return np.asarray(covariance / covariance[0], np.float64)


def upper_percentile(samples: ArrayLike, p: float, n_effective: float | None = None) -> float | None:
    """Upper bound (99 % confidence) of the `p` quantile (0..1) of `samples` (n,), worth `n_effective` (default n).

    With t the largest number for which P(Bin(n_effective, 1 - p) <= t) <= 1 %, the bound is the sample that the share
    t / n_effective of all lies above. None where n_effective does not support it (see SMALLEST_N).
    """
    values = np.asarray(samples, np.float64)
    worth = int(min(len(values) if n_effective is None else n_effective, len(values)))
    above = most_over(worth, p)
    if above is None:
        return None
    place = len(values) - 1 - int(above * len(values) / worth)
    return float(np.partition(values, place)[place])


def most_over(n: int, p: float) -> int | None:
    """Of n independent samples, how many may be over a value that is still an upper bound of the `p` quantile."""
    if n < 1:
        return None
    fits = int(np.searchsorted(bdtr(np.arange(n), n, 1.0 - p), 1.0 - CONFIDENCE, side="right")) - 1
    return None if fits < 0 else fits


def quantiles(samples: ArrayLike) -> tuple[float, ...]:
    """The 0, 1 .. 100 % quantiles of `samples`, linearly interpolated; empty where there are none."""
    values = np.asarray(samples, np.float64)
    if not len(values):
        return ()
    return tuple(float(q) for q in np.quantile(values, np.linspace(0.0, 1.0, QUANTILES)))
