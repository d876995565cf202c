"""Does a member decide the same part the same way each time? The acceptance test of a gauge, on repeated shots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.log.types import Outcomes
from appliance.score.clusters import correlation
from appliance.score.drift import scored
from appliance.score.grid import Grid
from appliance.score.intervals import rate_of
from appliance.score.resample import bca_intervals
from appliance.score.types import Interval, Rate

MOST_PARTS = 24


@dataclass(frozen=True)
class UnsteadyPart:
    """A part that a member decides one way in some shots and the other way in the rest; `ng` of `shots` said NG."""

    part: str
    ng: int
    shots: int


@dataclass(frozen=True)
class Repeatability:
    """One member over `shots` shots of every part, each with its own draw of the camera's noise.

    `unsteady` is the share of parts not decided alike in all shots. `flip_rate` is the chance that two shots of one
    part are decided differently: the mean over parts of 2 k (n - k) / (n (n - 1)) for k NG decisions in n shots, with
    its bootstrap interval over parts. `spread` is the median standard deviation of a part's NG score over its shots.
    """

    member: str
    shots: int
    unsteady: Rate
    flip_rate: Interval
    spread: float
    parts: tuple[UnsteadyPart, ...]


def repeatability(grid: Grid, shots: Mapping[str, Sequence[Outcomes]]) -> tuple[Repeatability, ...]:
    """Every member that has two shots or more, in the run's order."""
    names = [row.name for row in grid.members if len(shots.get(row.name, ())) > 1]
    return tuple(_member(grid, name, shots[name]) for name in names)


def _member(grid: Grid, name: str, shots: Sequence[Outcomes]) -> Repeatability:
    seen = np.logical_and.reduce([scored(shot) for shot in shots])
    ng = np.sum([shot.ng for shot in shots], axis=0) * seen
    n = len(shots)
    pairs = np.where(seen, ng * (n - ng), 0)
    unsteady = pairs > 0
    groups = None if grid.groups is None else grid.groups[seen]
    icc = 1.0 if groups is None else correlation(unsteady[seen, None], np.ones((int(seen.sum()), 1), np.bool_), groups)
    return Repeatability(
        name,
        n,
        rate_of(unsteady[seen], groups, icc),
        _flip_rate(grid, pairs, seen, n),
        _spread(shots, seen),
        _worst(grid, ng, unsteady, pairs, n),
    )


def _flip_rate(grid: Grid, pairs: NDArray[np.int_], seen: NDArray[np.bool_], n: int) -> Interval:
    ratios = grid.resamples.ratios(pairs[:, None], seen[:, None] * (n * (n - 1) // 2))
    low, high = bca_intervals(ratios)
    if not pairs.any():  # no resample shows what the sample lacks: then as many unsteady parts as may be
        most = rate_of(np.zeros(int(seen.sum()), np.bool_)).high * n / (2 * (n - 1))
        return Interval(0.0, 0.0, min(1.0, most))
    return Interval(float(ratios.estimate[0]), float(low[0]), float(high[0]))


def _spread(shots: Sequence[Outcomes], seen: NDArray[np.bool_]) -> float:
    scores = np.stack([shot.score[seen] for shot in shots]).astype(np.float64)
    return float(np.median(scores.std(axis=0, ddof=1))) if scores.size else float("nan")


def _worst(
    grid: Grid, ng: NDArray[np.int_], unsteady: NDArray[np.bool_], pairs: NDArray[np.int_], n: int
) -> tuple[UnsteadyPart, ...]:
    order = np.argsort(-pairs, kind="stable")[: min(MOST_PARTS, int(unsteady.sum()))]
    return tuple(UnsteadyPart(grid.parts[i].id, int(ng[i]), n) for i in order)
