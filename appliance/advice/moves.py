"""What moves the verdict on this site, and what would turn it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from appliance.advice import worth
from appliance.advice.case import Case, against_today
from appliance.advice.swings import tornado, turns, with_price, with_rate
from appliance.advice.types import Decision, Swing, World

LINEAR = ("escape", "overkill", "purchase", "ng_prevalence")
"""Prices in which the value is linear."""


def what_moves(case: Case, decision: Decision) -> tuple[tuple[Swing, ...], Decision]:
    """The tornado of the advised size, and the decision with what would turn it where there is a way of today."""
    place = next(p for p, way in enumerate(case.ways) if way.name == decision.size)
    value = partial(against_today, case)
    names = [name for name in case.world.prices if _matters(name, decision.size)]
    swings = tornado(case.world, value, names, place)
    if case.reference is None:
        return swings, decision

    def one(world: World) -> float:
        return float(value(world)[0, place])

    escape, overkill = (_safe_rate(case, value, place, side) for side in ("escape", "overkill"))
    found = turns(case.world, one, names)
    return swings, replace(decision, turns=found, safe_escape_rate=escape, safe_overkill_rate=overkill)


def break_even(case: Case, decision: Decision, missing: Sequence[str]) -> Decision:
    """The decision with the value of the one missing price at which the advised size begins to pay.

    The value is linear in each of these prices. Unchanged where more is missing, or where no value of it decides.
    """
    if len(missing) != 1 or missing[0] not in LINEAR or case.reference is None or decision.size is None:
        return decision
    name, mean = missing[0], case.world.at_means()
    place = next(p for p, way in enumerate(case.ways) if way.name == decision.size)
    none, one = (float(against_today(case, with_price(mean, name, x))[0, place]) for x in (0.0, 1.0))
    at = none / (none - one) if none != one else -1.0
    if at <= 0 or (name == "ng_prevalence" and at >= 1):
        return decision
    return replace(decision, pays_from=(name, at, one > none))


def _matters(name: str, size: str | None) -> bool:
    """Whether a price is one of the advised size or of everything, not another size's own."""
    return ":" not in name or name.endswith(f":{size}")


def _safe_rate(case: Case, value: worth.Value, place: int, side: str) -> float | None:
    """Up to which escape or overkill rate under the mix a size pays, all else at its mean; None where it never does.

    The value is linear in the rate.
    """
    mean = case.world.at_means()
    now, without = (float(value(w)[0, place]) for w in (mean, with_rate(mean, f"{side}_rate", place, 0.0)))
    rate = float(mean.rates()[side == "overkill"][0, place])
    if without <= 0:
        return None
    return 1.0 if without <= now else min(rate * without / (without - now), 1.0)
