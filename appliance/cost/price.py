"""Money per 1000 parts of every size, with what its decisions lose against the best size in the same row.

Cost per part = (purchase with spares / life + energy at the takt, waiting included + maintenance) of a year / parts of
a year. Nothing is assumed: a price that site.toml does not give leaves the figure out, and is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from appliance.cost.record import CostRecord, MemberCost
from appliance.sections.prices import PricesSection, SizePrices

HOUR_S, KWH_J = 3600.0, 3.6e6
SAME_TAKT = 0.01  # a paced row stands for the site's takt where its own is this near


@dataclass(frozen=True)
class Price:
    """One member: per_1000 in the site's currency, None where a price is missing. `use`: share of the takt at work.

    watts: mean power at the takt, idle included; `counted` where a counter told it, else from the stated power.
    accuracy_pp: clean accuracy less that of the best member priced here, percentage points; None without an audit.
    """

    member: str
    use: float
    watts: float | None
    counted: bool
    per_1000: float | None
    accuracy_pp: float | None
    missing: tuple[str, ...]


def prices_of(
    record: CostRecord, prices: PricesSection, takt_s: float, accuracy: Mapping[str, float] | None = None
) -> list[Price]:
    """A price for every member that was measured; `accuracy`: clean accuracy (0..1) by sha256, where audited."""
    known = accuracy or {}
    members = dict.fromkeys((row.member, row.sha256) for row in record.rows if row.mean_ms is not None)
    best = max((known[sha] for _, sha in members if sha in known), default=None)
    found = []
    for member, sha in members:
        rows = [row for row in record.rows if row.sha256 == sha and row.member == member and row.mean_ms is not None]
        lost = None if best is None or sha not in known else 100.0 * (known[sha] - best)
        found.append(_price(member, rows, prices, takt_s, lost))
    return found


def _price(member: str, rows: Sequence[MemberCost], prices: PricesSection, takt_s: float, lost: float | None) -> Price:
    size = prices.sizes.get(member, SizePrices())
    use = min(_work_s(rows) / takt_s, 1.0)
    counted = _counted_watts(rows, takt_s)
    watts = counted if counted is not None else _stated_watts(size, prices, use)
    needed = {
        "purchase": size.purchase if size.purchase is not None else prices.purchase,
        "electricity_per_kwh": prices.electricity_per_kwh,
        "maintenance_per_year": prices.maintenance_per_year,
        "power_w and idle_w": watts,
    }
    missing = tuple(name for name, value in needed.items() if value is None)
    if missing:
        return Price(member, use, watts, counted is not None, None, lost, missing)
    year = _year(float(needed["purchase"] or 0.0), float(watts or 0.0), prices)
    parts = float(prices.parts_per_year or prices.hours_per_year * HOUR_S / takt_s)
    return Price(member, use, watts, counted is not None, 1000.0 * year / parts, lost, ())


def _year(purchase: float, watts: float, prices: PricesSection) -> float:
    """What a year costs: the machine's share, energy for the hours the line runs, maintenance."""
    joules = watts * prices.hours_per_year * HOUR_S
    energy = joules / KWH_J * float(prices.electricity_per_kwh or 0.0)
    return purchase * (1.0 + prices.spares) / prices.life_years + energy + float(prices.maintenance_per_year or 0.0)


def _work_s(rows: Sequence[MemberCost]) -> float:
    """Mean seconds that a part is worked on: as paced where it was, else as closed."""
    row = next((row for row in rows if row.load == "paced"), rows[0])
    return sum(row.service_q) / len(row.service_q) / 1000.0 if row.service_q else (row.mean_ms or 0.0) / 1000.0


def _counted_watts(rows: Sequence[MemberCost], takt_s: float) -> float | None:
    """Power at the takt where a counter read it under the paced load of that takt."""
    for row in rows:
        paced = row.load == "paced" and row.takt_s is not None and abs(row.takt_s / takt_s - 1.0) <= SAME_TAKT
        if paced and row.energy is not None and row.energy.source != "estimate":
            return row.energy.mj / 1000.0 / takt_s
    return None


def _stated_watts(size: SizePrices, prices: PricesSection, use: float) -> float | None:
    power = size.power_w if size.power_w is not None else prices.power_w
    idle = size.idle_w if size.idle_w is not None else prices.idle_w
    return None if power is None or idle is None else float(idle) + (float(power) - float(idle)) * use
