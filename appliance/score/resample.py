"""One set of bootstrap resamples over parts, or over groups of parts, shared by every member and condition of a run.

Everything compared is a ratio of sums over parts (right / scored, flips / scored), so a resample is a row of weights
and all cells of a run are one matrix product.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from appliance.score.types import Interval

REPLICATES = 2000
BLOCK = 100  # replicates drawn from one seed: memory stays bounded and a replicate never depends on B
KEEP_BYTES = 256 << 20
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ratios:
    """Ratios of sums over parts, one column per statistic.

    estimate: (k,) on all parts; replicates: (B, k) on the resamples; jackknife: (groups, k) with one group left out.
    NaN where a denominator is 0.
    """

    estimate: Array
    replicates: Array
    jackknife: Array

    def mean(self, columns: NDArray[np.intp] | list[int]) -> "Ratios":
        """The plain mean over `columns` as one statistic, (1,) wide."""
        return Ratios(*(_mean(a[..., columns]) for a in (self.estimate, self.replicates, self.jackknife)))


@dataclass(frozen=True, eq=False)
class Resamples:
    """B resamples with replacement of the groups of n parts; a part without a group is a group of its own.

    codes: (n,) group of each part as 0..G-1. Equal (seed, G) give equal resamples, on any machine.
    """

    seed: int
    codes: NDArray[np.intp]
    replicates: int = REPLICATES

    @classmethod
    def of(
        cls, seed: int, parts: int, groups: NDArray[np.intp] | None = None, replicates: int = REPLICATES
    ) -> "Resamples":
        """Resamples of `parts` parts; groups: (parts,) integers, or None where each part stands alone."""
        codes = np.arange(parts) if groups is None else np.unique(groups, return_inverse=True)[1]
        return cls(seed, np.asarray(codes, np.intp), replicates)

    @cached_property
    def groups(self) -> int:
        """How many groups are drawn from (and drawn, per resample)."""
        return int(self.codes.max()) + 1 if len(self.codes) else 0

    @cached_property
    def _kept(self) -> list[NDArray[np.uint8 | np.uint16]] | None:
        fits = self.replicates * self.groups <= KEEP_BYTES
        return [self._draw(start) for start in self._starts] if fits else None

    @property
    def _starts(self) -> range:
        return range(0, self.replicates, BLOCK)

    def _draw(self, start: int) -> NDArray[np.uint8 | np.uint16]:
        """(rows, G) how often each group is in each resample."""
        rng = np.random.default_rng(np.random.SeedSequence((self.seed, self.groups, start)))
        drawn = rng.integers(0, self.groups, (BLOCK, self.groups)) + np.arange(BLOCK)[:, None] * self.groups
        counts = np.bincount(drawn.ravel(), minlength=BLOCK * self.groups).reshape(BLOCK, self.groups)
        kind = np.uint8 if counts.max(initial=0) < 256 else np.uint16
        return counts[: self.replicates - start].astype(kind)

    def blocks(self) -> Iterator[NDArray[np.uint8 | np.uint16]]:
        """The weight matrix (B, G), at most 100 rows at a time, in a compact integer type."""
        yield from self._kept if self._kept is not None else map(self._draw, self._starts)

    def by_group(self, values: NDArray[np.generic]) -> NDArray[np.float32]:
        """Sums per group, (G, k) float32, of (n, k) values; whole numbers below 2^24 stay exact."""
        if self.groups == len(self.codes):
            return values[np.argsort(self.codes)].astype(np.float32)
        order = np.argsort(self.codes, kind="stable")
        firsts = np.searchsorted(self.codes[order], np.arange(self.groups))
        return np.add.reduceat(values[order].astype(np.float32), firsts, axis=0)

    def sums(self, per_group: NDArray[np.float32]) -> Array:
        """(B, k) weighted sums of (G, k)."""
        return np.concatenate([block.astype(np.float32) @ per_group for block in self.blocks()]).astype(np.float64)

    def ratios(self, numerator: NDArray[np.generic], denominator: NDArray[np.generic]) -> Ratios:
        """Sums of `numerator` over sums of `denominator`, both (n, k): whole numbers, e.g. right and scored."""
        top, bottom = self.by_group(numerator), _shared(self.by_group(denominator))
        total, scored = top.sum(axis=0, dtype=np.float64), bottom.sum(axis=0, dtype=np.float64)
        return Ratios(
            _divide(total, scored),
            _divide(self.sums(top), self.sums(bottom)),
            _divide(total - top, scored - bottom),
        )


def _shared(per_group: NDArray[np.float32]) -> NDArray[np.float32]:
    """One column where all are equal, which they are when every part was scored in every cell."""
    return per_group[:, :1] if per_group.shape[1] and (per_group == per_group[:, :1]).all() else per_group


def _divide(top: Array, bottom: Array) -> Array:
    top, bottom = np.broadcast_arrays(top, bottom)
    return np.asarray(np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0))


def _mean(columns: Array) -> Array:
    return columns.mean(axis=-1, keepdims=True) if columns.shape[-1] else np.full((*columns.shape[:-1], 1), np.nan)


def percentile_intervals(ratios: Ratios, level: float = 0.95) -> tuple[Array, Array]:
    """Low and high, (k,) each: the plain percentiles of the replicates. NaN where undefined (see `bca_intervals`)."""
    tail = np.full(ratios.estimate.shape, (1.0 - level) / 2.0)
    return _bounds(ratios, tail, 1.0 - tail)


def bca_intervals(ratios: Ratios, level: float = 0.95) -> tuple[Array, Array]:
    """Low and high, (k,) each: bias-corrected and accelerated bootstrap (Efron 1987), jackknife over groups.

    NaN where the statistic is undefined on the parts, or where fewer than two groups leave nothing to resample.
    """
    tail = ndtri((1.0 - level) / 2.0)
    bias, a = _bias(ratios), _acceleration(ratios.jackknife)
    low, high = (ndtr(bias + (bias + z) / (1.0 - a * (bias + z))) for z in (tail, -tail))
    return _bounds(ratios, low, high)


def _bias(ratios: Ratios) -> Array:
    """z0: the normal quantile of the share of replicates below the estimate, ties counting half."""
    gap = ratios.replicates - ratios.estimate
    defined = np.maximum(np.count_nonzero(~np.isnan(gap), axis=0), 1)
    below = np.count_nonzero(gap < -1e-12, axis=0) + 0.5 * np.count_nonzero(np.abs(gap) <= 1e-12, axis=0)
    return np.asarray(ndtri(np.clip(below / defined, 0.5 / defined, 1.0 - 0.5 / defined)))


def _acceleration(jackknife: Array) -> Array:
    """Efron's a from the values with one group left out; 0 where they do not vary."""
    ahead = np.nan_to_num(jackknife.mean(axis=0) - jackknife) if len(jackknife) else jackknife
    square = np.square(ahead).sum(axis=0)
    cube = (np.square(ahead) * ahead).sum(axis=0)
    return np.asarray(np.divide(cube, 6.0 * square**1.5, out=np.zeros_like(square), where=square > 1e-24))


def _bounds(ratios: Ratios, low: Array, high: Array) -> tuple[Array, Array]:
    """The `low` and `high` quantiles (k,) of each column of replicates, linear between order statistics."""
    ordered = np.sort(ratios.replicates, axis=0)  # NaN last
    last = np.count_nonzero(~np.isnan(ordered), axis=0) - 1
    undefined = np.isnan(ratios.estimate) | (last < 0) | (len(ratios.jackknife) < 2)
    first, second = (np.where(undefined, np.nan, _pick(ordered, q * np.maximum(last, 0))) for q in (low, high))
    return first, second


def _pick(ordered: Array, at: Array) -> Array:
    lower = np.floor(at).astype(np.intp)
    upper = np.minimum(lower + 1, len(ordered) - 1)
    columns = np.arange(ordered.shape[1])
    share = at - lower
    return ordered[lower, columns] * (1.0 - share) + np.where(share > 0, ordered[upper, columns], 0.0) * share


def interval(estimate: float, low: float, high: float, scale: float = 1.0) -> Interval:
    """An Interval from array elements, all multiplied by `scale` (100 for percentage points)."""
    return Interval(float(estimate) * scale, float(low) * scale, float(high) * scale)
