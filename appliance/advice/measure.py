"""Escape and overkill rates of every size under every condition of the mix, as draws paired over the parts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.advice.types import Floats
from appliance.score.grid import Grid
from appliance.score.resample import Resamples

JEFFREYS = 0.5


@dataclass(frozen=True, eq=False)
class Measured:
    """Rates of the members under the conditions, (B, D, C) draws and (D, C) as seen; NaN nowhere.

    ng, ok: how many parts (groups where they have them) of each kind stand behind the rates.
    """

    members: tuple[str, ...]
    conditions: tuple[str, ...]
    escape: Floats
    overkill: Floats
    ng: float
    ok: float


def measured(grid: Grid, keys: tuple[str, ...], rng: np.random.Generator) -> Measured:
    """Rates of the members that were scored under every one of `keys`.

    A draw is the run's own paired bootstrap over parts (by group), the same for every member and condition, with
    half a failure and half a success of Jeffreys' prior added to each member: no resample shows what the parts do
    not, and 0 of 240 is no proof of 0. As (k + g1) / (n + g1 + g2), g1 and g2 of Gamma(1/2), that is Rubin's Bayesian
    bootstrap (Annals of Statistics 9 (1981) 130-134) with the prior's parts among its own; where nothing failed it is
    the Beta(1/2, n + 1/2) posterior.
    """
    at = {row.key: c for c, row in enumerate(grid.conditions)}
    columns = [at[key] for key in keys]
    members = [m for m in range(len(grid.members)) if grid.seen[m, columns].any(axis=1).all()]
    cells = [(m, c) for m in members for c in columns]
    prior = rng.gamma(JEFFREYS, size=(2, 2, grid.resamples.replicates, len(members), 1))
    shape = (grid.resamples.replicates, len(members), len(columns))
    escape, ng = _rates(grid, cells, grid.truth, prior[0], shape)
    overkill, ok = _rates(grid, cells, ~grid.truth, prior[1], shape)
    return Measured(tuple(grid.members[m].name for m in members), keys, escape, overkill, ng, ok)


def _rates(
    grid: Grid, cells: list[tuple[int, int]], kind: NDArray[np.bool_], prior: Floats, shape: tuple[int, int, int]
) -> tuple[Floats, float]:
    """(B, D, C) share of wrong decisions among the parts of one kind, and how many independent ones there are."""
    ms, cs = [m for m, _ in cells], [c for _, c in cells]
    counted = (grid.seen[ms, cs] & kind).T
    wrong = (~grid.right[ms, cs]).T & counted
    resamples = grid.resamples
    failed = _sums(resamples, wrong).reshape(shape)
    shown = _sums(resamples, counted).reshape(shape)
    present = np.unique(resamples.codes[kind])
    typical = float(np.count_nonzero(kind)) / max(len(present), 1)
    one, other = prior * max(typical, 1.0)
    return (failed + one) / (shown + one + other), float(len(present))


def _sums(resamples: Resamples, counted: NDArray[np.bool_]) -> Floats:
    return resamples.sums(resamples.by_group(counted))
