"""How wrong predictions were on held-out architectures, and whether their bands held."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from appliance.sizing.work import Floats

COVER = 0.90
TAILS = tuple(float(tail) for tail in np.round(np.arange(0.05, 0.0099, -0.0025), 4))
"""Shares left out at each end, tried in turn until the held-out architectures are covered as promised."""


@dataclass(frozen=True)
class Errors:
    """How wrong a prediction was on models whose architecture it had never seen.

    Relative errors of the speed, |predicted / true - 1|: `median`, `p90`. `low`, `high`: the 90 % band of
    log(true / predicted). `coverage`: the share of held-out models inside such a band made of the OTHER architectures;
    both ends are moved out until that is 90 %. `families`: per architecture (models, median, p90).
    """

    n: int
    groups: int
    median: float
    p90: float
    low: float
    high: float
    coverage: float
    families: Mapping[str, tuple[int, float, float]]


def errors_of(residual: Floats, groups: Sequence[str], fold: ArrayLike) -> Errors:
    """Errors of (n,) residuals log(true / predicted), with their architectures and the fold each was held out in."""
    error = np.abs(np.expm1(-residual))
    tail, coverage = covering(lambda t: _inside(residual, np.asarray(fold), t))
    low, high = ends(residual, tail)
    by_family = {name: error[np.array([group == name for group in groups])] for name in sorted(set(groups))}
    return Errors(
        n=len(residual),
        groups=len(by_family),
        median=float(np.median(error)),
        p90=float(np.quantile(error, 0.9)),
        low=float(low),
        high=float(high),
        coverage=coverage,
        families={name: (len(e), float(np.median(e)), float(np.quantile(e, 0.9))) for name, e in by_family.items()},
    )


def covering(inside: Callable[[float], Floats]) -> tuple[float, float]:
    """The first of TAILS at which the mean of `inside` reaches COVER (the last otherwise), and that mean."""
    for tail in TAILS:
        coverage = float(np.mean(inside(tail)))
        if coverage >= COVER:
            break
    return tail, coverage


def ends(residual: Floats, tail: float) -> tuple[float, float]:
    """The `tail` and 1 - `tail` quantiles."""
    low, high = np.quantile(residual, (tail, 1.0 - tail))
    return float(low), float(high)


def within(residual: Floats, band: tuple[float, float]) -> Floats:
    """(n,) 1 where inside the band."""
    return np.asarray((residual >= band[0]) & (residual <= band[1]), np.float64)


def _inside(residual: Floats, fold: NDArray[np.intp], tail: float) -> Floats:
    """(n,) 1 where it lies in the band made of all other folds."""
    inside = np.zeros(len(residual))
    for k in np.unique(fold):
        held = fold == k
        inside[held] = within(residual[held], ends(residual[~held], tail))
    return inside
