"""What each further test of this site would be worth, and what it costs with the waiting."""

from dataclasses import replace
from functools import partial

import numpy as np

from appliance.advice import another, worth
from appliance.advice.case import Case, choices_of, of_choices
from appliance.advice.money import accounts, present_value
from appliance.advice.types import Worth
from appliance.score.grid import CLEAN

DAYS = {"day": 1.0, "size": 20.0, "perturbation": 1.0}
"""Days by which a test puts off the decision; a size is trained, checked and audited in about a month of work."""
YEAR_DAYS = 365.0


def worth_of(case: Case) -> tuple[Worth, ...]:
    """What knowing more is worth, in groups and by test; nothing where no way may be chosen."""
    choices = choices_of(case)
    if not choices:
        return ()
    value = partial(of_choices, case, choices)
    perfect = worth.perfect(case.world, value)
    untested = next(w for w in perfect if w.what == "untested")
    tests = [
        _day(case, value),
        *_another_size(case, value, choices),
        Worth("perturbation", untested.value, 0.0, f"{case.mix.untested:g}"),
    ]
    day = _a_day_later(case, value, choices)
    return (*perfect, *(_with_delay(test, day) for test in tests))


def _a_day_later(case: Case, value: worth.Value, choices: list[int]) -> float:
    """What a day of waiting costs: a day's share of what the best way is expected to save against today's."""
    if case.reference is None:
        return 0.0
    values = value(case.world.at_means())[0]
    saved = float(values.max() - values[choices.index(case.reference)])
    return saved / (YEAR_DAYS * case.terms.horizon)


def _with_delay(test: Worth, day: float) -> Worth:
    return test if test.cost is None else replace(test, cost=test.cost + DAYS[test.what] * day)


def _day(case: Case, value: worth.Value) -> Worth:
    prices = case.site.prices
    parts, prevalence = prices.parts_per_day, float(prices.ng_prevalence or 0.0)
    more = parts * prevalence, parts * (1.0 - prevalence), 1.0
    have = case.found.ng, case.found.ok, case.mix.days
    ng, ok, days = (n / (n + n0) if n + n0 else 0.0 for n, n0 in zip(more, have, strict=True))
    cost = None if prices.label_per_part is None else prices.label_per_part * parts
    return Worth("day", worth.a_day(case.world, value, (ng, ok, days)), cost, str(parts))


def _another_size(case: Case, value: worth.Value, choices: list[int]) -> list[Worth]:
    """The most valuable size that is not there yet, if the law can foretell any."""
    members = {row.name: row.macs for row in case.summary.record.members}
    places = [place for place, way in enumerate(case.ways) if way.name in case.found.members]
    places.sort(key=lambda place: members[case.ways[place].name])
    free = case.world.at_means("measurement")
    escape, overkill = (side[:, places] for side in free.rates())
    clean = case.mix.shares.get(CLEAN, 0.0) * (1.0 - case.mix.untested)
    law = case.site.law
    sizes = another.Sizes(
        tuple(case.ways[place].name for place in places),
        np.array([float(members[case.ways[place].name]) for place in places]),
        escape,
        overkill,
        case.found.ng + case.found.ok,
        1.0 - clean,
        clean * law.tau_clean_pp + (1.0 - clean) * law.tau_perturbed_pp,
    )
    now = value(case.world.at_means())[0]
    best = next((case.ways[choices[i]].name for i in np.argsort(-now) if case.ways[choices[i]].name in sizes.names), "")
    found = [
        _one_size(case, value, sizes, (macs, places)) for macs in (another.candidates(sizes, best) if best else [])
    ]
    return sorted(found, key=lambda w: -w.value)[:1]


def _one_size(case: Case, value: worth.Value, sizes: another.Sizes, new: tuple[float, list[int]]) -> Worth:
    macs, places = new
    escape, overkill = another.foretold(sizes, macs, case.setting.seed)
    mean = case.world.at_means()
    books = accounts(mean, case.ways, case.terms)
    prices = {name: float(values[0]) for name, values in mean.prices.items()}
    parts, ng = prices["parts_per_year"], prices["ng_prevalence"]
    yearly = parts * (ng * escape * prices["escape"] + (1.0 - ng) * overkill * prices["overkill"])
    later = mean.years["worth"]
    annuity = float(later[0, 1:].sum())
    machine = present_value(books.machine, later) if books.machine is not None else np.zeros((1, 1))
    cost = another.like(sizes, machine[:, places], macs)
    price = case.site.prices.retraining
    gained = worth.one_more(case.world, value, -(cost + yearly * annuity))
    return Worth("size", gained, None if price is None else float(price), f"{macs:.0f}")
