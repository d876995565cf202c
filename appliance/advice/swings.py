"""The tornado: how far each input alone moves the expected value; and where it would turn it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import brentq

from appliance.advice.types import Floats, Swing, Turn, World
from appliance.advice.worth import Value
from appliance.advice.years import ACTS, acting

TAILS = (0.05, 0.95)
TRIED = 0.2  # a price without a range is moved by this share either way
FARTHEST = 100.0  # factor within which a turn is looked for

One = Callable[[World], float]
"""The expected value of the way in question, in a world of one row."""


def tornado(world: World, value: Value, names: Sequence[str], way: int) -> tuple[Swing, ...]:
    """The swings of the prices `names`, of the rates of the `way` (its place) and of the mix, the widest first.

    Ends are the 5 % and 95 % points of what is drawn; a price without a range is moved by 20 % either way.
    """

    def one(there: World) -> float:
        return float(value(there)[0, way])

    found = [*_prices(world, one, names), *_rates(world, one, way), _mix(world, value, way)]
    return tuple(sorted((swing for swing in found if swing.reach > 0), key=lambda swing: -swing.reach))


def turns(world: World, value: One, names: Sequence[str]) -> tuple[Turn, ...]:
    """The price at which `value` would change its sign, for each of `names` that can bring it about; nearest first."""
    mean = world.at_means()
    found = (_turn(mean, value, name) for name in names)
    return tuple(sorted((turn for turn in found if turn is not None), key=lambda turn: turn.distance))


def with_price(world: World, name: str, amount: float) -> World:
    """`world` with one price set, and what it does over the years."""
    one = {name: np.array([amount])}
    years = acting(one, world.years["worth"].shape[1] - 1) if name in ACTS else {}
    return replace(world, prices={**world.prices, **one}, years={**world.years, **years})


def _turn(mean: World, value: One, name: str) -> Turn | None:
    now = float(mean.prices[name][0])
    if now <= 0:
        return None
    most = min(FARTHEST, 1.0 / now) if name == "ng_prevalence" else FARTHEST

    def at(factor: float) -> float:
        return value(with_price(mean, name, now * float(np.exp(factor))))

    ends = (-np.log(FARTHEST), np.log(most))
    sides = [side for side in ((ends[0], 0.0), (0.0, ends[1])) if at(side[0]) * at(side[1]) < 0]
    if not sides:
        return None
    factor = brentq(at, *sides[0], xtol=1e-6)
    return Turn(name, now, now * float(np.exp(factor)))


def _prices(world: World, value: One, names: Sequence[str]) -> Iterator[Swing]:
    mean = world.at_means()
    for name in names:
        drawn, middle = world.prices[name], float(mean.prices[name][0])
        fixed = len(drawn) == 1
        low, high = (middle * (1 - TRIED), middle * (1 + TRIED)) if fixed else np.quantile(drawn, TAILS)
        at_low, at_high = (value(with_price(mean, name, end)) for end in (low, high))
        yield Swing(name, float(low), float(high), at_low, at_high, fixed)


def _rates(world: World, value: One, way: int) -> Iterator[Swing]:
    """The rates of one way under the mix: all its conditions moved together."""
    mean = world.at_means()
    for name, rates in zip(("escape_rate", "overkill_rate"), world.at_means("measurement").rates(), strict=True):
        middle = float(rates[:, way].mean())
        low, high = np.quantile(rates[:, way], TAILS)
        at_low, at_high = (value(with_rate(mean, name, way, end / middle)) for end in (low, high))
        yield Swing(name, float(low), float(high), at_low, at_high)


def with_rate(mean: World, name: str, way: int, factor: float) -> World:
    """`mean` with one rate of one way multiplied under every condition."""
    key = name.removesuffix("_rate")
    rates: Floats = np.array(getattr(mean, key))
    rates[:, way] *= factor
    return replace(mean, escape=rates) if key == "escape" else replace(mean, overkill=rates)


def _mix(world: World, value: Value, way: int) -> Swing:
    """The mix at the shares that cost the way much and little; the ends are its escape rates then."""
    free = world.at_means("mix", "untested")
    values = np.broadcast_to(value(free)[:, way], (max(len(free.shares), len(free.strange)),))
    order = np.argsort(values)
    worst, best = (_row(free, int(order[int(tail * (len(order) - 1))])) for tail in TAILS)
    low, high = (float(there.rates()[0][0, way]) for there in (best, worst))
    at_low, at_high = (float(value(there)[0, way]) for there in (best, worst))
    return Swing("mix", low, high, at_low, at_high)


def _row(world: World, row: int) -> World:
    def pick(values: Floats) -> Floats:
        return values[row : row + 1] if len(values) > 1 else values

    return replace(world, shares=pick(world.shares), strange=pick(world.strange))
