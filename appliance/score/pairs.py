"""Which members differ: neighbours in size, and each against the best, clean and over all conditions."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from appliance.score.decisions import NAN
from appliance.score.differences import differences, mean_difference, per_part
from appliance.score.grid import ALL, CLEAN, Grid
from appliance.score.paired import holm, mcnemar_mid_p, sign_flip_p
from appliance.score.types import Interval, MemberScore, Pair


def pairs(grid: Grid, members: Sequence[MemberScore]) -> tuple[Pair, ...]:
    """Neighbouring members and each against the best, on clean and over all conditions; `a` is the smaller.

    Over all conditions (`ALL`) the difference is the mean of the conditions that both scored, the counts are sums over
    them, and the p is of random swaps of whole parts, for sums over one part's conditions are no independent parts.
    Holm's correction is over every pair returned.
    """
    found = [
        *(_on_clean(grid, a, b) for a, b in _chosen(grid, [m.clean.accuracy.estimate for m in members])),
        *(_over_all(grid, a, b) for a, b in _chosen(grid, [m.mean_accuracy.estimate for m in members])),
    ]
    compared = [pair for pair in found if pair is not None]
    adjusted = holm([pair.mcnemar_p for pair in compared])
    return tuple(replace(pair, holm_p=float(p)) for pair, p in zip(compared, adjusted, strict=True))


def best_of(estimates: Sequence[float]) -> int | None:
    """The index of the largest estimate, the smallest member at a tie; None where all are NaN."""
    return None if np.isnan(estimates).all() else int(np.nanargmax(estimates))


def _chosen(grid: Grid, estimates: Sequence[float]) -> Iterator[tuple[int, int]]:
    """(smaller, larger) index pairs, each once: neighbours, then each member with the best."""
    known = [m for m in range(len(grid.members)) if not np.isnan(estimates[m])]
    best = best_of(estimates) if known else None
    neighbours = pairwise(known)
    with_best = [(min(m, best), max(m, best)) for m in known if best is not None and m != best]
    yield from dict.fromkeys([*neighbours, *with_best])


def _on_clean(grid: Grid, a: int, b: int) -> Pair | None:
    clean = grid.clean
    return None if clean is None else _pair(grid, a, b, [clean], CLEAN)


def _over_all(grid: Grid, a: int, b: int) -> Pair | None:
    return _pair(grid, a, b, grid.scored_columns(a, b), ALL)


def _pair(grid: Grid, a: int, b: int, columns: list[int], key: str) -> Pair | None:
    """None where the two have no scored part in common."""
    smaller, larger = [(a, c) for c in columns], [(b, c) for c in columns]
    lost, both = differences(grid, larger, smaller)
    if not both.any():
        return None
    only_a, only_b = int(np.count_nonzero(lost < 0)), int(np.count_nonzero(lost > 0))
    p = mcnemar_mid_p(only_a, only_b) if key == CLEAN else sign_flip_p(grid.resamples, per_part(lost, both))[0]
    difference: Interval = mean_difference(grid, larger, smaller)
    return Pair(grid.members[a].name, grid.members[b].name, key, difference, only_a, only_b, float(p), NAN)
