"""How a member's outputs for the same parts move from its clean cell to another (METHODS section 2)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from appliance.log.types import Outcomes
from appliance.score.decisions import NAN
from appliance.score.intervals import rate_of
from appliance.score.paired import mcnemar_mid_p, paired_intervals
from appliance.score.resample import Resamples, interval
from appliance.score.types import Drift, Interval, Rate

Bools = NDArray[np.bool_]


def scored(outcomes: Outcomes) -> Bools:
    """(n,) True where the part has a finite score: only such parts are counted anywhere."""
    return np.isfinite(outcomes.score)


def drifts(
    truth: Bools,
    clean: Outcomes,
    cells: Sequence[Outcomes],
    resamples: Resamples,
    groups: NDArray[np.intp] | None = None,
    icc: float = 1.0,
) -> list[Drift | None]:
    """The drift of each of `cells` against `clean`, all of one member and over the same parts in the same order.

    truth: (n,) True = NG; groups: (n,) integers or None, those `resamples` was made with; icc: the intra-group
    correlation of flips (1: a group counts as one part). Parts that either cell did not score are left out; None where
    none is left.
    """
    if not cells:
        return []
    both = np.stack([scored(cell) for cell in cells], axis=1) & scored(clean)[:, None]
    lost = _losses(truth, clean, cells) * both
    drops = drop_intervals(lost, both, resamples)
    p = mcnemar_mid_p((lost > 0).sum(axis=0), (lost < 0).sum(axis=0))
    return [
        _drift(
            truth, (clean, cell), both[:, i], _flip_rate(clean, cell, both[:, i], groups, icc), drops[i], float(p[i])
        )
        if both[:, i].any()
        else None
        for i, cell in enumerate(cells)
    ]


def drop_intervals(lost: NDArray[np.int8], both: Bools, resamples: Resamples) -> list[Interval]:
    """Paired accuracy differences in pp with their 95 % intervals.

    lost: (n, k) +1 where only the first of two cells is right, -1 where only the second; both: (n, k) scored in both.
    """
    ratios = resamples.ratios(lost, both)
    low, high = paired_intervals(ratios, resamples.by_group(lost), resamples.by_group(both))
    return [interval(*bounds, 100.0) for bounds in zip(ratios.estimate, low, high, strict=True)]


def _losses(truth: Bools, clean: Outcomes, cells: Sequence[Outcomes]) -> NDArray[np.int8]:
    right = np.stack([cell.ng == truth for cell in cells], axis=1).astype(np.int8)
    return np.asarray((clean.ng == truth).astype(np.int8)[:, None] - right)


def _flip_rate(clean: Outcomes, cell: Outcomes, both: Bools, groups: NDArray[np.intp] | None, icc: float) -> Rate:
    return rate_of((clean.ng != cell.ng)[both], None if groups is None else groups[both], icc)


def _drift(
    truth: Bools,
    pair: tuple[Outcomes, Outcomes],
    both: Bools,
    flips: Rate,
    drop: Interval,
    p: float,
) -> Drift:
    clean, cell = pair
    before, after = clean.ng[both], cell.ng[both]
    shift = cell.score[both].astype(np.float64) - clean.score[both]
    right = np.count_nonzero(before == truth[both])
    return Drift(
        flip_rate=flips,
        ok_to_ng=int(np.count_nonzero(after & ~before)),
        ng_to_ok=int(np.count_nonzero(before & ~after)),
        mean_shift=float(np.abs(shift).mean()),
        p95_shift=float(np.quantile(np.abs(shift), 0.95)),
        wasserstein=wasserstein(clean.score[both], cell.score[both]),
        drop=drop,
        relative_drop=drop.estimate / 100.0 * len(before) / right if right else NAN,
        mcnemar_p=p,
        signed_shift=float(shift.mean()),
    )


def wasserstein(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Wasserstein-1 distance of two samples of equal size (n,), in their unit: the mean gap of their sorted values."""
    return float(np.abs(np.sort(a).astype(np.float64) - np.sort(b)).mean())
