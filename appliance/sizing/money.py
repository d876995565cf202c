"""What a machine costs: per 1000 parts (COST rule 8) and over the horizon, from prices that the site gives.

Nothing is assumed: a price that is not given leaves the figure out, and its name is said.
"""

from dataclasses import dataclass

from appliance.sections.prices import PricesSection
from appliance.sections.sizing import SizingSection
from appliance.sizing.catalogue import Machine
from appliance.sizing.samples import Sample

HOUR = 3600.0


@dataclass(frozen=True)
class Power:
    """Mean power in W at the line's load; `ceiling`: a data sheet's limit; `counted`: read from counters."""

    watts: float
    ceiling: bool
    counted: bool = False


@dataclass(frozen=True)
class Money:
    """Costs in the site's currency; None where a price is missing, which `missing` names.

    energy_j: of one part, idle time included; an estimate unless counted (COST rule 7). per_1000: (purchase with spares
    / life + energy + maintenance) of a year / its parts * 1000. total: all payments of the horizon at today's value.
    """

    energy_j: float | None
    energy_ceiling: bool
    energy_counted: bool
    per_1000: float | None
    total: float | None
    purchase: float | None
    missing: tuple[str, ...]


def power_of(
    machine: Machine, sample: Sample | None, used: float, takt_s: float, sizing: SizingSection
) -> Power | None:
    """Power at `used` share of the machine's time: as read where the sample is of this machine, else by the data sheet.

    The computer around a card or processor is added where the site gives its power. None where nothing is known.
    """
    around = float(sizing.computer_w or 0.0)
    if sample is not None and sample.power is not None:
        return Power(sample.power.at(takt_s), ceiling=False, counted=sample.power.source != "estimate")
    if machine.power_w is None:
        return None
    busy = machine.power_w + around
    if machine.idle_w is None:
        return Power(busy, ceiling=True)
    share = min(used, 1.0)
    return Power(share * busy + (1.0 - share) * (machine.idle_w + around), ceiling=False)


def money(machine: Machine, power: Power | None, takt_s: float, prices: PricesSection, sizing: SizingSection) -> Money:
    """The cost of one line's inspection on `machine`."""
    purchase, missing = _purchase(machine, sizing)
    energy = power.watts * takt_s if power else None
    ceiling, counted = (power.ceiling, power.counted) if power else (False, False)
    known = {
        f"power of {machine.name}": power,
        "prices.electricity_per_kwh": prices.electricity_per_kwh,
        "prices.maintenance_per_year": prices.maintenance_per_year,
    }
    missing += [name for name, value in known.items() if value is None]
    if missing or power is None or purchase is None:
        return Money(energy, ceiling, counted, None, None, purchase, tuple(missing))
    bought = purchase * (1.0 + prices.spares)
    kwh = power.watts * prices.hours_per_year / 1000.0
    running = kwh * float(prices.electricity_per_kwh or 0.0)
    upkeep = float(prices.maintenance_per_year or 0.0)
    parts = float(prices.parts_per_year or prices.hours_per_year * HOUR / takt_s)
    per_1000 = 1000.0 * (bought / prices.life_years + running + upkeep) / parts
    return Money(energy, ceiling, counted, per_1000, _total(bought, running, upkeep, prices), purchase, ())


def _purchase(machine: Machine, sizing: SizingSection) -> tuple[float | None, list[str]]:
    """The price of the whole machine: an offer as it stands, with the computer where the offer is for a card only."""
    if machine.price is None:
        return None, [f"price of {machine.name} (in {sizing.hardware})"]
    return machine.price + float(sizing.computer or 0.0), []


def _total(bought: float, running: float, upkeep: float, prices: PricesSection) -> float:
    """Purchases now and each time the life is over, energy at its rising price and maintenance at each year's end."""
    years = range(1, prices.horizon_years + 1)
    worth = 1.0 + prices.discount_rate
    yearly = sum((running * (1.0 + prices.electricity_growth) ** (y - 1) + upkeep) / worth**y for y in years)
    again = prices.life_years
    purchases = bought
    while again < prices.horizon_years:
        purchases += bought / worth**again
        again += prices.life_years
    return purchases + yearly
