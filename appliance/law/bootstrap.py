"""Paired resamples: the same parts (or groups of parts) are drawn for every size and every condition."""

import numpy as np
from numpy.typing import NDArray

from appliance.errors import UsageError
from appliance.law.types import Floats

Counts = NDArray[np.uint8]
RESAMPLES = 2000
_BLOCK = 250


def resample_counts(units: int, resamples: int = RESAMPLES, seed: int = 0) -> Counts:
    """How often each unit (part or group) is drawn: (resamples, units) uint8, rows sum to `units` (Efron 1979)."""
    if units < 1:
        raise UsageError("nothing to resample: no part was scored", mend="look at the warnings of the run")
    rng = np.random.default_rng(np.random.SeedSequence([seed, units]))
    counts = np.empty((resamples, units), dtype=np.uint8)
    for row in range(0, resamples, _BLOCK):
        block = slice(row, min(row + _BLOCK, resamples))
        picks = rng.integers(0, units, size=(block.stop - block.start, units))
        offset = np.arange(len(picks))[:, None] * units
        counts[block] = np.bincount((picks + offset).ravel(), minlength=picks.size).reshape(picks.shape)
    return counts


def rate_draws(wrong: NDArray[np.floating] | NDArray[np.bool_], counts: Counts) -> Floats:
    """Resampled rates: the paired bootstrap (Efron 1979), one product of matrices.

    wrong: (n, m) failures 0..1 of n parts at m sizes, NaN where a part does not count (it is then left out for all m).
    counts: (B, n) from `resample_counts`. Returns (B, m) float64. Groups: pass counts[:, group_index].
    """
    values = np.asarray(wrong, dtype=np.float32)
    counted = np.asarray(np.isfinite(values).all(axis=1), dtype=np.float32)
    filled = np.where(counted[:, None] > 0, values, np.float32(0.0))
    table = np.concatenate([filled, counted[:, None]], axis=1)
    sums = np.empty((len(counts), table.shape[1]), dtype=np.float32)
    for row in range(0, len(counts), _BLOCK):
        block = slice(row, row + _BLOCK)
        np.matmul(counts[block].astype(np.float32), table, out=sums[block])
    return np.asarray(sums[:, :-1] / np.maximum(sums[:, -1:], 1.0), dtype=np.float64)


def soften(draws: Floats, parts: Floats, seed: int) -> Floats:
    """Give resampled rates the width that a handful of failures deserves.

    The bootstrap of 0 failures in n is always 0. Adding Gamma(1/2) failures and Gamma(1/2) passes to every draw makes
    a single rate's draws those of the Jeffreys posterior Beta(k + 1/2, n - k + 1/2); with many failures it is nothing.
    draws: (B, m) rates; parts: (m,).
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, 7, draws.shape[1]]))
    failed, passed = rng.standard_gamma(0.5, (2, *draws.shape))
    return np.asarray((draws * parts + failed) / (parts + failed + passed))


def binomial_draws(errors: Floats, parts: Floats, resamples: int = RESAMPLES, seed: int = 0) -> Floats:
    """Draws (resamples, m) for published rates: Jeffreys posterior of each (Brown 2001), unpaired over the sizes."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, 11, len(errors)]))
    failures = errors * parts
    return rng.beta(failures + 0.5, parts - failures + 0.5, size=(resamples, len(errors)))


def scatter(shape: tuple[int, int], tau: float, seed: int) -> Floats:
    """Training scatter for draws of accuracy, as rates: independent N(0, tau pp) per draw and size."""
    if tau == 0.0:
        return np.zeros(shape)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 13, shape[1]]))
    return rng.standard_normal(shape) * (tau / 100.0)
