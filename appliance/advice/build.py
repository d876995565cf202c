"""From a run and a site to the world of a decision: the ways of inspecting and everything that is uncertain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from appliance.advice.draws import price_draws, share_of, stream
from appliance.advice.measure import Measured
from appliance.advice.mix import share_draws, strange_draws
from appliance.advice.money import Terms
from appliance.advice.types import TODAY, Floats, Mix, Way, World
from appliance.advice.years import acting
from appliance.errors import UsageError
from appliance.log.types import CostRow
from appliance.sections.prices import MANUAL, NONE, PricesSection

OF_WAY = ("purchase", "integration", "power_w", "idle_w")
EVERYWHERE = (
    "electricity_per_kwh",
    "maintenance_per_year",
    "labelling",
    "retraining",
    "escape",
    "overkill",
    "reference_per_1000",
)
NEEDED = ("ng_prevalence", "escape", "overkill", "purchase")
"""Prices without which there is no value to compare."""
LEAST_GROWTH, LEAST_LIFE = -0.5, 1.0 / 12.0
"""A range may reach further than a price can fall in a year, or to a life of nothing: draws are cut there."""
COUNTED = (
    "integration",
    "electricity_per_kwh",
    "power_w",
    "maintenance_per_year",
    "labelling",
    "retraining",
)
"""Prices that count as nothing where they are missing, and are named."""


@dataclass(frozen=True, eq=False)
class Setting:
    """What a decision is computed from: the site's prices, its line and the run's measurements."""

    prices: PricesSection
    takt_s: float
    seed: int
    file: str = ""

    @property
    def parts_per_year(self) -> float:
        """Stated, or the hours of the line at the takt."""
        stated = self.prices.parts_per_year
        return self.prices.hours_per_year * 3600.0 / self.takt_s if stated is None else stated


def terms(prices: PricesSection) -> Terms:
    """What is fixed for every draw."""
    return Terms(
        horizon=prices.horizon_years,
        spares=prices.spares,
        hours_per_year=prices.hours_per_year,
        retrainings_per_year=prices.retrainings_per_year,
    )


def ways(setting: Setting, members: Sequence[str], costs: Sequence[CostRow]) -> tuple[Way, ...]:
    """The sizes, smallest first, then today's way where the site names one.

    Raises UsageError for a reference or a size in [prices.sizes] that the run does not have.
    """
    prices = setting.prices
    reference = _reference(setting, members)
    _known_sizes(setting, members)
    sizes = [_size(name, costs, new=name != reference) for name in members]
    if reference in members:
        own = prices.reference_per_1000 is not None
        today = next(way for way in sizes if way.name == reference)
        sizes.remove(today)
        return (*sizes, Way(today.name, today.busy_ms, today.p99_ms, new=False, per_1000=own))
    return (*sizes, Way(TODAY, new=False, per_1000=True)) if reference else tuple(sizes)


def _size(name: str, costs: Sequence[CostRow], *, new: bool) -> Way:
    """A size with its mean time alone (closed load) and its p99 as the line paces it, closed where that is unknown."""
    rows = {row.load: row for row in costs if row.member == name and row.batch == 1}
    alone = rows.get("closed")
    p99 = [row.p99 for row in (rows.get("paced"), alone) if row is not None and row.p99 is not None]
    return Way(name, None if alone is None else alone.mean, p99[0] if p99 else None, new=new)


def _reference(setting: Setting, members: Sequence[str]) -> str | None:
    """The member's name, TODAY for manual inspection, None for none."""
    name = setting.prices.reference
    if name in members:
        return name
    if name in (MANUAL, NONE):
        return TODAY if name == MANUAL else None
    raise UsageError(
        f"prices.reference = {name!r}: there is no such size in the run",
        file=setting.file,
        mend=f"use manual, none, or one of {', '.join(members)}",
    )


def _known_sizes(setting: Setting, members: Sequence[str]) -> None:
    for name in setting.prices.sizes:
        if name not in members:
            raise UsageError(
                f"prices.sizes.{name}: there is no such size in the run",
                file=setting.file,
                mend=f"the run has {', '.join(members)}",
            )


def world(setting: Setting, mix: Mix, found: Measured, order: Sequence[Way]) -> World:
    """Everything that is uncertain, drawn from the setting's seed."""
    count = len(found.escape)
    shares = share_draws(mix, count, stream(setting.seed, "mix"))
    strange, _ = strange_draws(mix, count, stream(setting.seed, "untested"))
    rates = [_rates(setting, found, way, count) for way in order]
    escape, overkill = (np.stack(side, axis=1) for side in zip(*rates, strict=True))
    prices = _prices(setting, count)
    years = acting(prices, setting.prices.horizon_years)
    return World(escape, overkill, shares, strange, prices, mix.untested, years)


def _rates(setting: Setting, found: Measured, way: Way, count: int) -> tuple[Floats, Floats]:
    """(B, C) escape and overkill rates of one way: measured, or stated for today's."""
    stated = setting.prices.reference_escape_rate, setting.prices.reference_overkill_rate
    sides = []
    for name, told, seen in zip(("escape", "overkill"), stated, (found.escape, found.overkill), strict=True):
        if not way.new and told is not None:
            drawn = share_of(told, f"reference_{name}_rate", count, setting.seed)
            sides.append(np.broadcast_to(drawn[:, None], (count, seen.shape[2])))
        elif way.name in found.members:
            sides.append(seen[:, found.members.index(way.name)])
        else:
            sides.append(np.zeros((count, seen.shape[2])))
    return sides[0], sides[1]


def _prices(setting: Setting, count: int) -> Mapping[str, Floats]:
    """(B,) or (1,) draws of every price that is known; a size's own under `name:size`."""
    prices, seed = setting.prices, setting.seed
    known = {name: getattr(prices, name) for name in (*EVERYWHERE, *OF_WAY)}
    known |= {f"{name}:{size}": getattr(own, name) for size, own in prices.sizes.items() for name in OF_WAY}
    found = {name: price_draws(value, name, count, seed) for name, value in known.items() if value is not None}
    if prices.ng_prevalence is not None:
        found["ng_prevalence"] = share_of(prices.ng_prevalence, "ng_prevalence", count, seed)
    found["discount_rate"] = share_of(prices.discount_rate, "discount_rate", count, seed)
    found["electricity_growth"] = price_draws(
        prices.electricity_growth, "electricity_growth", count, seed, least=LEAST_GROWTH
    )
    found["life_years"] = np.maximum(price_draws(prices.life_years, "life_years", count, seed), LEAST_LIFE)
    volume = setting.parts_per_year
    return found | {"parts_per_year": price_draws(volume, "parts_per_year", count, seed)}


def missing(setting: Setting, order: Sequence[Way]) -> tuple[str, ...]:
    """Prices that a value needs and the site does not give."""
    prices = setting.prices
    lacking = [name for name in NEEDED if getattr(prices, name) is None and not _given_by_size(prices, name, order)]
    if any(way.name == TODAY for way in order):
        stated = ("reference_escape_rate", "reference_overkill_rate", "reference_per_1000")
        lacking += [name for name in stated if getattr(prices, name) is None]
    return tuple(lacking)


def left_out(setting: Setting, order: Sequence[Way]) -> tuple[str, ...]:
    """Prices that count as nothing because the site does not give them."""
    prices = setting.prices
    lacking = [n for n in COUNTED if getattr(prices, n) is None and not _given_by_size(prices, n, order)]
    if not prices.retrainings_per_year:
        lacking = [name for name in lacking if name not in ("labelling", "retraining")]
    return tuple(lacking)


def _given_by_size(prices: PricesSection, name: str, order: Sequence[Way]) -> bool:
    """Whether every size has this price of its own."""
    own = [prices.sizes.get(way.name) for way in order if way.name != TODAY]
    return name in OF_WAY and all(size is not None and getattr(size, name) is not None for size in own)
