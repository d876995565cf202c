"""Figures that act over the years: what a later payment is worth, how a price grows, when a machine is bought again.

The value of a way is not linear in a discount rate, a growth or a life, but it is in what is worked out from them
here, so that holding these at their means gives the expectation itself (see worth.py).
"""

from collections.abc import Callable, Mapping

import numpy as np

from appliance.advice.types import Floats

Curve = Callable[[Floats, int], Floats]
"""From draws (B,) and the horizon H to (B, ...)."""


def worth(rate: Floats, horizon: int) -> Floats:
    """(B, H + 1) what a payment of year t is worth today, (1 + rate)^-t."""
    return np.asarray((1.0 + rate[:, None]) ** -np.arange(horizon + 1.0))


def growth(rate: Floats, horizon: int) -> Floats:
    """(B, H) what a price is in years 1 to H, as a multiple of the first year's."""
    return np.asarray((1.0 + rate[:, None]) ** np.arange(float(horizon)))


def replaced(life: Floats, horizon: int) -> Floats:
    """(B, H + 1) machines bought again by year: one whenever a life ends before the horizon, paid at the end of that
    year; what ends with the horizon is not bought again.
    """
    ends = np.floor(np.arange(horizon + 1.0) / life[:, None])
    ends[:, -1] = np.ceil(horizon / life) - 1.0
    return np.diff(ends, axis=1, prepend=0.0)


def worn(life: Floats, _: int) -> Floats:
    """(B,) the share of a machine that one year uses up."""
    return 1.0 / life


ACTS: dict[str, dict[str, Curve]] = {
    "discount_rate": {"worth": worth},
    "electricity_growth": {"growth": growth},
    "life_years": {"replaced": replaced, "worn": worn},
}
"""Price -> what it does over the years."""


def acting(prices: Mapping[str, Floats], horizon: int) -> dict[str, Floats]:
    """Every curve that the draws of `prices` make; none of a price that is not among them."""
    known = {name: curves for name, curves in ACTS.items() if name in prices}
    return {key: curve(prices[name], horizon) for name, curves in known.items() for key, curve in curves.items()}
