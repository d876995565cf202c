"""Draws of the prices: each from a stream of its own, so that one more price moves no other."""

from zlib import crc32

import numpy as np

from appliance.advice.types import Floats
from appliance.sections.figure import Figure

TAIL = 1.6448536269514722  # standard deviations between the middle and the 95 % point


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of one input: the run's seed and the input's name."""
    return np.random.default_rng(np.random.SeedSequence([seed, crc32(name.encode())]))


def price_draws(value: float, name: str, count: int, seed: int, least: float = 0.0) -> Floats:
    """(count,) draws of a figure, or the number itself as (1,).

    A range's ends are the 5 % and 95 % points: of a log-normal where both are over 0, else of a normal cut at `least`.
    """
    if not isinstance(value, Figure):
        return np.array([float(value)])
    z = stream(seed, name).standard_normal(count)
    if value.low > 0:
        return np.asarray(np.sqrt(value.low * value.high) * (value.high / value.low) ** (z / (2 * TAIL)))
    middle = (value.low + value.high) / 2.0
    return np.maximum(middle + z * (value.high - value.low) / (2 * TAIL), least)


def share_of(value: float, name: str, count: int, seed: int) -> Floats:
    """The same for a share, cut at 1."""
    return np.minimum(price_draws(value, name, count, seed), 1.0)
