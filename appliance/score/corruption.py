"""A member over all conditions: mean drop, worst cell, corruption errors and areas.

mCE and relative mCE are Hendrycks & Dietterich's (ICLR 2019) with AlexNet replaced by the smallest member: 1.0 is as
good as the smallest, less is better. A cell here is an accuracy in 0..1, NaN where it failed; one severity of one
perturbation with one repeat is one cell.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from appliance.score.decisions import NAN

Cells = Mapping[str, Sequence[float]]
"""Accuracies per perturbation, over its severities in any order that is the same for every member."""


def mean_drop(clean: float, cells: Cells) -> float:
    """Clean accuracy less the mean over all cells, in pp; NaN where no cell was scored."""
    known = [a for row in cells.values() for a in row if not np.isnan(a)]
    return 100.0 * (clean - float(np.mean(known))) if known else NAN


def mce(cells: Cells, reference: Cells) -> float:
    """Mean over perturbations of the summed errors over the reference's summed errors (1.0 = equal).

    A severity that either did not score is left out, and so is a perturbation under which the reference makes no
    error: there is nothing to be measured against. NaN where none is left.
    """
    return _mean_ratio([_errors(cells[name], reference[name]) for name in _shared(cells, reference)])


def relative_mce(clean: float, cells: Cells, reference_clean: float, reference: Cells) -> float:
    """As `mce`, of the errors added to each one's own clean error; where the reference loses nothing it is left out."""
    rows = [_errors(cells[name], reference[name]) for name in _shared(cells, reference)]
    return _mean_ratio([(own - (1.0 - clean), other - (1.0 - reference_clean)) for own, other in rows])


def area(severities: Sequence[float], accuracies: Sequence[float]) -> float:
    """Area under accuracy over severity, divided by the range of severities: a mean accuracy, 0..1.

    Trapezoid in the physical unit, the neutral severity (the clean accuracy) included by the caller; repeats at one
    severity are averaged, NaN and infinite severities left out. NaN where fewer than two severities remain.
    """
    x, y = np.asarray(severities, np.float64), np.asarray(accuracies, np.float64)
    known = np.isfinite(x) & ~np.isnan(y)
    at, where = np.unique(x[known], return_inverse=True)
    if len(at) < 2:
        return NAN
    level = np.bincount(where, weights=y[known]) / np.bincount(where)
    return float(np.trapezoid(level, at) / (at[-1] - at[0]))


def _shared(cells: Cells, reference: Cells) -> list[str]:
    return [name for name in reference if name in cells]


def _errors(own: Sequence[float], other: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Errors of both at the severities that both scored."""
    pair = 1.0 - np.array([own, other], np.float64)
    kept = pair[:, ~np.isnan(pair).any(axis=0)]
    return kept[0], kept[1]


def _mean_ratio(rows: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> float:
    ratios = [own.sum() / other.sum() for own, other in rows if other.sum() > 1e-12]
    return float(np.mean(ratios)) if ratios else NAN
