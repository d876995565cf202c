"""Putting rates in order of size: sizes that tie are one size, trained more than once, and tell tau."""

import math

import numpy as np
from numpy.typing import NDArray

from appliance.errors import UsageError
from appliance.language.tongue import filled
from appliance.law.types import Measured

_REPEATS = 2  # degrees of freedom from which the scatter of repeated trainings replaces the site's tau


def in_order(m: Measured) -> tuple[Measured, tuple[str, ...]]:
    """Sort by size and merge ties into their mean; notes name what was merged. `m.sizes` may be in any order here.

    Raises UsageError where a size is not a positive number.
    """
    if not np.all(np.isfinite(m.sizes)) or np.any(m.sizes <= 0):
        bad = m.names[int(np.argmin(np.where(np.isfinite(m.sizes), m.sizes, -np.inf)))]
        raise UsageError(f"the size of {bad} is not a positive number", mend="give sizes > 0 on this axis")
    groups = [np.flatnonzero(m.sizes == s) for s in np.unique(m.sizes)]
    return _merge(m, groups), tuple(_note(m, g) for g in groups if len(g) > 1)


def _merge(m: Measured, groups: list[NDArray[np.intp]]) -> Measured:
    draws = None if m.draws is None else np.stack([m.draws[:, g].mean(axis=1) for g in groups], axis=1)
    return Measured(
        np.array([m.sizes[g[0]] for g in groups]),
        np.array([m.errors[g].mean() for g in groups]),
        np.array([m.parts[g].min() for g in groups]),
        tuple("+".join(m.names[i] for i in g) for g in groups),
        draws,
        m.paired,
    )


def _note(m: Measured, group: NDArray[np.intp]) -> str:
    names = ", ".join(m.names[i] for i in group)
    return filled(
        "{names} have the same size ({size}): taken as one size trained {count} times",
        names=names,
        size=f"{m.sizes[group[0]]:g}",
        count=len(group),
    )


def tau_from_repeats(m: Measured) -> tuple[float, int]:
    """Scatter between trainings of one size in pp and its degrees of freedom; (NaN, 0) where no size repeats.

    Pooled variance within tied sizes less what the draws (or the binomial) explain; never from a form's residual.
    """
    square, freedom = 0.0, 0
    for size in np.unique(m.sizes):
        group = np.flatnonzero(m.sizes == size)
        if len(group) > 1:
            square += float(((m.errors[group] - m.errors[group].mean()) ** 2).sum()) - _sampling(m, group)
            freedom += len(group) - 1
    return (100.0 * math.sqrt(max(square, 0.0) / freedom), freedom) if freedom else (math.nan, 0)


def _sampling(m: Measured, group: NDArray[np.intp]) -> float:
    """Sum of squares about the group's mean that sampling alone makes."""
    if m.draws is not None:
        spread = m.draws[:, group] - m.draws[:, group].mean(axis=1, keepdims=True)
        return float((spread - spread.mean(axis=0)).var(axis=0).sum())
    e, n = m.errors[group], m.parts[group]
    return float(np.nan_to_num(e * (1 - e) / n).mean() * (len(group) - 1))


def choose_tau(m: Measured, setting: float) -> tuple[float, tuple[str, ...]]:
    """tau in pp: from repeated trainings where they give two degrees of freedom, else the setting; and a note."""
    found, freedom = tau_from_repeats(m)
    if not freedom:
        return setting, ()
    if freedom < _REPEATS:
        return setting, (
            filled(
                "two trainings of one size differ by tau {tau} pp: too few to replace {setting} pp",
                tau=f"{found:.2f}",
                setting=f"{setting:g}",
            ),
        )
    return found, (
        filled(
            "tau {tau} pp from repeated trainings ({freedom} degrees of freedom)", tau=f"{found:.2f}", freedom=freedom
        ),
    )
