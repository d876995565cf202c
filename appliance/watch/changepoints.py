"""Where a long series changed its level: by exact segmentation of readings that scatter by one standard error.

Levels are fitted by least squares; each change costs a penalty of 3 log n, more than the Schwarz criterion's 2 log n,
since the place of a change is searched for too. Source: Yao 1988; Killick, Fearnhead and Eckley 2012.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PENALTY = 3.0
LEAST = 3
"""Readings of a level at least."""


@dataclass(frozen=True)
class Change:
    """A change of level: the first reading of the new level, the range it lies in with 95 %, both levels."""

    first: int
    low: int
    high: int
    before: float
    after: float


def change_points(values: Sequence[float]) -> list[Change]:
    """Changes of level in a series of z, oldest first; none in a series of one level."""
    series = np.asarray(values, np.float64)
    edges = [0, *_segments(series), len(series)]
    return [_change(series, *edges[i : i + 3]) for i in range(len(edges) - 2)]


def last_change(values: Sequence[float]) -> Change | None:
    """The change of level that came last, if any."""
    found = change_points(values)
    return found[-1] if found else None


def _segments(series: Floats) -> list[int]:
    """Starts of all levels but the first, by dynamic programming over the last change."""
    n = len(series)
    if n < 2 * LEAST:
        return []
    penalty = PENALTY * math.log(n)
    sums, squares = (np.concatenate([[0.0], np.cumsum(x)]) for x in (series, series**2))
    best, came = np.full(n + 1, np.inf), np.zeros(n + 1, np.intp)
    best[0] = -penalty
    for end in range(LEAST, n + 1):
        starts = np.arange(end - LEAST + 1)
        cost = (squares[end] - squares[starts]) - (sums[end] - sums[starts]) ** 2 / (end - starts)
        total = best[starts] + cost + penalty
        came[end] = int(np.argmin(total))
        best[end] = total[came[end]]
    found, end = [], n
    while came[end] > 0:
        end = int(came[end])
        found.append(end)
    return found[::-1]


def _change(series: Floats, start: int, first: int, end: int) -> Change:
    """The change at `first` within the readings start..end, with the places that hold 95 % of its likelihood."""
    own = series[start:end]
    places = np.arange(1, len(own))
    sums = np.cumsum(own)
    gain = sums[places - 1] ** 2 / places + (sums[-1] - sums[places - 1]) ** 2 / (len(own) - places)
    weight = np.exp((gain - gain.max()) / 2)
    order = np.argsort(-weight)
    kept = places[order[: int(np.searchsorted(np.cumsum(weight[order]) / weight.sum(), 0.95)) + 1]]
    before, after = float(series[start:first].mean()), float(series[first:end].mean())
    return Change(first, start + int(kept.min()), start + int(kept.max()), before, after)
