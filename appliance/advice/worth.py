"""What knowing more is worth, by the expected gain of the decision that it allows.

The value of a way is linear in the rates, in the shares of the conditions and in what an untested disturbance is like,
and these groups are independent of each other and of the prices. So the expectation over the groups that stay unknown
is the value at their means, and the partial expected value of perfect information is exact with one level of
sampling (Felli and Hazen, Medical Decision Making 18 (1998) 95-109; Brennan, Kharroubi, O'Hagan and Chilcott, Medical
Decision Making 27 (2007) 448-470). A sample of n beside n0 is valued by the Gaussian approximation of Jalal and
Alarid-Escudero (Medical Decision Making 38 (2018) 174-188): what it will make us expect moves as far as the draws
do, times sqrt(n / (n + n0)).
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from appliance.advice.types import GROUPS, Floats, World, Worth

Value = Callable[[World], Floats]
"""(B, W) value of every way that may be chosen, in a world: higher is better."""


def gain(values: Floats) -> float:
    """Expected value of choosing with the rows of `values` known, less that of choosing now; values: (B, W)."""
    return max(float(values.max(axis=1).mean() - values.mean(axis=0).max()), 0.0)


def perfect(world: World, value: Value) -> list[Worth]:
    """What knowing everything would be worth, and each group that is uncertain, all else as uncertain as it is."""
    groups = [Worth(group, gain(value(world.at_means(group)))) for group in GROUPS]
    return [Worth("everything", gain(value(world))), *groups]


def a_day(world: World, value: Value, shares: tuple[float, float, float]) -> float:
    """What one more day of labelled images is worth before its price.

    shares: n / (n + n0) of the NG parts, of the OK parts, and of the days behind the mix.
    """
    seen = world.at_means("measurement", "mix")
    moved = (
        _drawn_in(values, share)
        for values, share in zip((seen.escape, seen.overkill, seen.shares), shares, strict=True)
    )
    escape, overkill, mix = moved
    return gain(value(replace(seen, escape=escape, overkill=overkill, shares=mix)))


def one_more(world: World, value: Value, candidate: Floats) -> float:
    """What it is worth to make and test one more way whose value, (B,) draws, is then known."""
    now = value(world.at_means()).max()
    return float(np.maximum(candidate, now).mean() - now)


def _drawn_in(draws: Floats, share: float) -> Floats:
    mean = draws.mean(axis=0, keepdims=True)
    return np.asarray(mean + np.sqrt(share) * (draws - mean))
