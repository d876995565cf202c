"""Accuracy differences between cells of one run on the same parts, alone or averaged over conditions."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from appliance.score.decisions import NAN
from appliance.score.grid import Grid
from appliance.score.paired import paired_intervals
from appliance.score.resample import Resamples, interval
from appliance.score.types import Interval

Side = Sequence[tuple[int, int]]
"""Cells as (member, condition) indices; the i-th of one side is compared with the i-th of the other."""


def differences(grid: Grid, first: Side, second: Side) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """(n, k) +1 where only `first` is right, -1 where only `second`; and (n, k) where both were scored.

    Pairs of cells without a common part are left out.
    """
    both = _pick(grid.seen, first) & _pick(grid.seen, second)
    lost = (_pick(grid.right, first).astype(np.int8) - _pick(grid.right, second)) * both
    kept = both.any(axis=0)
    return np.asarray(lost[:, kept]), np.asarray(both[:, kept])


def mean_difference(grid: Grid, first: Side, second: Side) -> Interval:
    """Accuracy of `first` less that of `second` in pp, paired, averaged over the pairs of cells; 95 % interval.

    NaN where no pair of cells has a common part.
    """
    return mean_interval(grid.resamples, *differences(grid, first, second))


def mean_interval(resamples: Resamples, lost: NDArray[np.int8], both: NDArray[np.bool_]) -> Interval:
    """The mean over k pairs of cells of the sums of `lost` over the sums of `both`, (n, k) each, in pp."""
    if not both.any():
        return Interval(NAN, NAN, NAN)
    mean = resamples.ratios(lost, both).mean(list(range(both.shape[1])))
    net, size = per_part(lost, both), np.asarray(both.any(axis=1, keepdims=True))
    low, high = paired_intervals(mean, resamples.by_group(net), resamples.by_group(size))
    return interval(mean.estimate[0], low[0], high[0], 100.0)


def per_part(lost: NDArray[np.int8], both: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n, 1) what each part adds to a mean over k pairs of cells: its differences, weighted where parts are missing."""
    share = both.sum(axis=0)
    return np.asarray((lost * (share.max() / share)).mean(axis=1, keepdims=True))


def _pick(table: NDArray[np.bool_], side: Side) -> NDArray[np.bool_]:
    """(n, k) of the (M, C, n) table."""
    members, conditions = [m for m, _ in side], [c for _, c in side]
    return np.asarray(table[members, conditions].T)
