"""The plan: three stages that each risk little, with gates in numbers drawn from what this site has measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from appliance.advice.sequential import passes_at, stopping
from appliance.advice.types import Advice, Demand, Money, Stage
from appliance.score.types import Rate

NAMED = 3
MAY_BE_BEST = 0.05
POWER = 0.8
MORE = 10  # times the parts that pass without a failure, where the rate seen is over the limit
NIGHTS = 30


@dataclass(frozen=True, eq=False)
class Site:
    """What the plan is written from.

    clean: per size its escape and overkill rates on clean parts. burden: per condition its share of what the chosen
    size's wrong decisions cost. weak: conditions under which a limit is not shown to hold for it, the costliest first.
    """

    limits: Mapping[str, float | None]
    clean: Mapping[str, tuple[Rate, Rate]]
    burden: Mapping[str, float]
    weak: Sequence[str]
    takt_s: float
    confidence: float
    label_per_part: float | None
    prevalence: float | None


def stages(advice: Advice, site: Site) -> tuple[Stage, ...]:
    """The stages for the advised size; none where no size is in question."""
    chosen = advice.way(advice.decision.size)
    if chosen is None or chosen.name not in site.clean:
        return ()
    return _prototype(advice, site, chosen), _robustness(advice, site, chosen), _roll_out(advice, site, chosen)


def _prototype(advice: Advice, site: Site, chosen: Money) -> Stage:
    rivals = sorted(
        (way for way in advice.ways if way.name in site.clean and (way.best or 0.0) >= MAY_BE_BEST),
        key=lambda way: -(way.best or 0.0),
    )
    names = list(dict.fromkeys([chosen.name, *(way.name for way in rivals)]))[:NAMED]
    rates = zip(("escape", "overkill"), site.clean[chosen.name], strict=True)
    demands = [_demand(name, site.limits.get(f"{name}_rate"), _shrunk(rate), advice.seed) for name, rate in rates]
    worst = sorted(site.burden, key=lambda key: -site.burden[key])[:NAMED]
    return _stage(1, (names, worst, [demand for demand in demands if demand]), site)


def _robustness(advice: Advice, site: Site, chosen: Money) -> Stage:
    decision = advice.decision
    own = site.limits.get("escape_rate"), site.limits.get("overkill_rate")
    safe = decision.safe_escape_rate, decision.safe_overkill_rate
    limits = [_stricter(*pair) for pair in zip(safe, own, strict=True)] if chosen.npv else own
    seen = chosen.escape_rate.estimate, chosen.overkill_rate.estimate
    sides = zip(("escape", "overkill"), limits, seen, strict=True)
    demands = [_demand(name, limit, seen, advice.seed) for name, limit, seen in sides]
    conditions = list(site.weak)[: 2 * NAMED]
    what = ([chosen.name], conditions, [demand for demand in demands if demand])
    return _stage(2, what, site, pays=site.confidence if chosen.npv else None)


def _stricter(safe: float | None, limit: float | None) -> float | None:
    """The lower of what pays and what the site allows; None where no rate pays."""
    return safe if safe is None or limit is None else min(safe, limit)


def _roll_out(advice: Advice, site: Site, chosen: Money) -> Stage:
    today = advice.way(advice.reference)
    limit = today.per_1000.estimate if today and today.per_1000 else None
    back = float(advice.horizon) if chosen.payback else None
    return Stage(3, (chosen.name,), (), (), 0, 0, None, None, None, limit, 1000.0 * site.takt_s, back)


def _shrunk(rate: Rate) -> float:
    """The rate to reckon with: Jeffreys' mean, so that 0 of n is not taken for 0."""
    return (rate.k + 0.5) / (rate.n + 1.0)


def _demand(name: str, limit: float | None, seen: float, seed: int) -> Demand | None:
    """A gate: with `most` parts four sequences in five pass it at the rate seen, half of them with `expected`."""
    if limit is None or not 0.0 < limit < 1.0:
        return None
    if seen >= limit:
        return Demand(name, limit, MORE * passes_at(0, limit), None)
    ends = np.sort(stopping(seen, limit, seed))
    half, most = ends[len(ends) // 2], ends[int(POWER * len(ends))]
    if not np.isfinite(most):
        return Demand(name, limit, MORE * passes_at(0, limit), None)
    return Demand(name, limit, int(most), int(half))


def _stage(
    number: int,
    what: tuple[Sequence[str], Sequence[str], Sequence[Demand]],
    site: Site,
    pays: float | None = None,
) -> Stage:
    sizes, conditions, demands = what
    ng = max((demand.most for demand in demands if demand.rate == "escape"), default=0)
    ok = max((demand.most for demand in demands if demand.rate == "overkill"), default=0)
    cost = None if site.label_per_part is None else site.label_per_part * (ng + ok)
    hours = _line_hours(ng, ok, site)
    return Stage(number, tuple(sizes), tuple(conditions), tuple(demands), ng, ok, cost, hours, pays)


def _line_hours(ng: int, ok: int, site: Site) -> float | None:
    """Hours of the line until so many NG and OK parts have come by."""
    if not site.prevalence or site.prevalence >= 1.0:
        return None
    parts = max(ng / site.prevalence, ok / (1.0 - site.prevalence))
    return parts * site.takt_s / 3600.0
