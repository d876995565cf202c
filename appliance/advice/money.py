"""What each way of inspecting costs, year by year, and what it saves against today's.

A year's wrong decisions cost parts x (p x escape rate x price of an escape + (1 - p) x overkill rate x price of an
overkill), p the share of NG parts. The machine costs as COST.md rule 8 says: purchase with its spares when it is
bought and again at the end of its life (what is left at the horizon counts as nothing), integration once, energy by
the time it infers and waits, maintenance, labelling and retraining. The present value discounts a payment of year t
by (1 + r)^-t; the payback is the undiscounted one, within a year by proportion.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from appliance.advice.types import Floats, Way, World

SHOWN = 1000.0  # parts to which a cost is referred


@dataclass(frozen=True)
class Terms:
    """What is fixed for every draw: years, rates a year, hours of the line a year."""

    horizon: int
    spares: float
    hours_per_year: float
    retrainings_per_year: float


@dataclass(frozen=True, eq=False)
class Accounts:
    """Costs of every way, (B, W, H + 1) by year, year 0 the purchase; `first` (B, W) a machine's cost of a year.

    `failures` is (B, W), alike in years 1 to H. None where a price is missing that nothing can stand in for, NaN for
    today's way where its own is.
    """

    machine: Floats | None
    failures: Floats | None
    first: Floats | None
    escapes: Floats | None
    overkills: Floats | None
    parts: Floats

    def total(self) -> Floats | None:
        """(B, W, H + 1) all costs by year; None where any way's are not known."""
        if self.machine is None or self.failures is None or np.isnan(self.machine).any():
            return None
        years = self.machine.shape[2]
        yearly = np.concatenate([np.zeros(1), np.ones(years - 1)])
        return np.asarray(self.machine + self.failures[:, :, None] * yearly)


def accounts(world: World, ways: Sequence[Way], terms: Terms) -> Accounts:
    """The accounts of `ways` in `world`; rows are broadcast over whatever is uncertain."""
    parts = world.prices["parts_per_year"]
    escapes, overkills = _events(world, parts)
    machine = _machine(world, ways, terms, parts)
    return Accounts(
        machine=None if machine is None else machine[0],
        failures=_failures(world.prices, escapes, overkills),
        first=None if machine is None else machine[1],
        escapes=escapes,
        overkills=overkills,
        parts=parts,
    )


def present_value(flows: Floats, worth: Floats) -> Floats:
    """(B, W) present value of flows (B, W, H + 1) by year; worth: (B, H + 1) of a payment of each year, today."""
    return np.asarray((flows * worth[:, None, :]).sum(axis=2))


def payback(saved: Floats) -> Floats:
    """(B, W) years until what is saved, (B, W, H + 1) by year, has returned the outlay; infinite where it does not.

    Returned for good: a machine replaced before the horizon must be earned as well.
    """
    sums = np.cumsum(saved, axis=2)
    below = sums < 0
    last = np.where(below.any(axis=2), below.shape[2] - 1 - np.argmax(below[:, :, ::-1], axis=2), -1)
    reached = np.minimum(last + 1, sums.shape[2] - 1)
    owed = -np.take_along_axis(sums, np.maximum(last, 0)[:, :, None], 2)[:, :, 0]
    gained = np.take_along_axis(saved, reached[:, :, None], 2)[:, :, 0]
    within = last + np.divide(owed, gained, out=np.full(owed.shape, np.inf), where=gained > 0)
    return np.where(last < 0, 0.0, np.where(last == sums.shape[2] - 1, np.inf, within))


def _events(world: World, parts: Floats) -> tuple[Floats | None, Floats | None]:
    """(B, W) escapes and overkills of a year."""
    if "ng_prevalence" not in world.prices:
        return None, None
    escape, overkill = world.rates()
    ng = world.prices["ng_prevalence"]
    return (parts * ng)[:, None] * escape, (parts * (1.0 - ng))[:, None] * overkill


def _failures(prices: Mapping[str, Floats], escapes: Floats | None, overkills: Floats | None) -> Floats | None:
    if escapes is None or overkills is None or "escape" not in prices or "overkill" not in prices:
        return None
    return np.asarray(escapes * prices["escape"][:, None] + overkills * prices["overkill"][:, None])


def of_way(world: World, way: Way, name: str) -> Floats:
    """(B,) or (1,) a price as it is for this way; 0 where it is left out."""
    own = f"{name}:{way.name}"
    return world.prices.get(own, world.prices.get(name, np.zeros(1)))


def _machine(world: World, ways: Sequence[Way], terms: Terms, parts: Floats) -> tuple[Floats, Floats] | None:
    """(B, W, H + 1) by year, and (B, W) of one year with the outlay spread over it; None without a purchase price."""
    found = [_one_machine(world, way, terms, parts) for way in ways]
    known = [pair for pair in found if pair is not None]
    if len(known) < len(found):
        return None
    rows = max(len(years) for years, _ in known)
    years = [np.broadcast_to(flow, (rows, flow.shape[1])) for flow, _ in known]
    first = [np.broadcast_to(year, (rows,)) for _, year in known]
    return np.stack(years, axis=1), np.stack(first, axis=1)


def _one_machine(world: World, way: Way, terms: Terms, parts: Floats) -> tuple[Floats, Floats] | None:
    if way.per_1000:
        yearly = (world.prices.get("reference_per_1000", np.full(1, np.nan)) * parts / SHOWN)[:, None]
        return yearly * np.concatenate([np.zeros(1), np.ones(terms.horizon)]), yearly[:, 0]
    if not {"purchase", f"purchase:{way.name}"} & world.prices.keys():
        return None
    bought = of_way(world, way, "purchase") * (1.0 + terms.spares)
    once = of_way(world, way, "integration") * way.new
    running = _running(world, way, terms, parts)
    flows = np.concatenate([np.zeros((len(running), 1)), running], axis=1)
    now = np.arange(terms.horizon + 1) == 0
    flows = flows + bought[:, None] * (world.years["replaced"] + way.new * now) + once[:, None] * now
    return flows, running[:, 0] + bought * world.years["worn"] + once / terms.horizon


def _running(world: World, way: Way, terms: Terms, parts: Floats) -> Floats:
    """(B, H) energy, maintenance, labelling and retraining of years 1 to H."""
    energy = of_way(world, way, "electricity_per_kwh") * _kwh(world, way, terms, parts)
    steady = world.prices.get("maintenance_per_year", np.zeros(1)) + terms.retrainings_per_year * (
        world.prices.get("labelling", np.zeros(1)) + world.prices.get("retraining", np.zeros(1))
    )
    return np.asarray(energy[:, None] * world.years["growth"] + steady[:, None])


def _kwh(world: World, way: Way, terms: Terms, parts: Floats) -> Floats:
    """(B,) energy of a year: idle power for every hour of the line, and what inference adds while it works.

    Without a measured time the machine is taken to infer all the time; without an idle power to draw none then.
    """
    busy_w, idle_w = of_way(world, way, "power_w"), of_way(world, way, "idle_w")
    all_day = np.ones(1) if way.busy_ms is None else parts * way.busy_ms / 3.6e6 / terms.hours_per_year
    share = np.minimum(all_day, 1.0)
    return np.asarray(terms.hours_per_year * (idle_w + np.maximum(busy_w - idle_w, 0.0) * share) / 1000.0)
