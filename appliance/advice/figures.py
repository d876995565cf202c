"""What every way costs and brings, as figures with intervals."""

from dataclasses import dataclass, replace

import numpy as np

from appliance.advice.case import STATES, Case, choices_of, in_takt
from appliance.advice.money import SHOWN, Accounts, payback, present_value
from appliance.advice.types import Floats, Money
from appliance.score.types import Interval, LimitState

LEVEL = 0.95


def interval(draws: Floats) -> Interval:
    """The mean of draws (B,) with its central 95 % interval."""
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(draws.mean()), float(low), float(high))


def _years(draws: Floats) -> Interval:
    """The median of draws that may be infinite, with their central 95 % interval; order statistics, no mean."""
    low, middle, high = (float(np.quantile(draws, q, method="nearest")) for q in (0.025, 0.5, 0.975))
    return Interval(middle, low, high)


def _column(values: Floats | None, way: int) -> Interval | None:
    return None if values is None or np.isnan(values[:, way]).any() else interval(values[:, way])


def money_of(case: Case, books: Accounts) -> tuple[Money, ...]:
    """The figures of every way, in order."""
    ledger = _ledger(case, books)
    return tuple(_one(case, ledger, place) for place in range(len(case.ways)))


@dataclass(frozen=True, eq=False)
class _Ledger:
    """Accounts as one value for each draw and way, (B, W); None where a price is missing."""

    books: Accounts
    rates: tuple[Floats, Floats]
    total: Floats | None  # (B, W, H + 1)
    costs: Floats | None
    tco: Floats | None
    machine: Floats | None  # per 1000 parts
    whole: Floats | None
    best: Floats | None  # (W,)


def _ledger(case: Case, books: Accounts) -> _Ledger:
    total, worth = books.total(), case.world.years["worth"]
    per = SHOWN / books.parts[:, None]
    machine = None if books.first is None else books.first * per
    whole = None if machine is None or books.failures is None else machine + books.failures * per
    costs = None if total is None else present_value(total, worth)
    tco = None if books.machine is None else present_value(books.machine, worth)
    best = None if costs is None else best_of(case, costs)
    return _Ledger(books, case.world.rates(), total, costs, tco, machine, whole, best)


def _one(case: Case, ledger: _Ledger, place: int) -> Money:
    way, (escape, overkill) = case.ways[place], ledger.rates
    money = Money(
        way.name,
        escapes=_column(ledger.books.escapes, place),
        overkills=_column(ledger.books.overkills, place),
        escape_rate=interval(escape[:, place]),
        overkill_rate=interval(overkill[:, place]),
        per_1000=_column(ledger.whole, place),
        machine_per_1000=_column(ledger.machine, place),
        tco=_column(ledger.tco, place),
        best=None if ledger.best is None else float(ledger.best[place]),
        in_takt=in_takt(case, way),
        limits=_limits(case, way.name),
    )
    return money if case.reference in (None, place) else _against(money, ledger, place, case.reference or 0)


def _against(money: Money, ledger: _Ledger, place: int, reference: int) -> Money:
    """`money` with what the way saves against today's."""
    if ledger.total is None or ledger.costs is None:
        return money
    npv = ledger.costs[:, reference] - ledger.costs[:, place]
    years = payback(ledger.total[:, [reference]] - ledger.total[:, [place]])[:, 0]
    return replace(money, npv=interval(npv), payback=_years(years), pays=float((npv > 0).mean()))


def _limits(case: Case, name: str) -> LimitState | None:
    """The worst that any limit of a size stands, clean or under the site's conditions."""
    sides = (case.states(clean=True), case.states(clean=False))
    return min((side[name] for side in sides if name in side), key=STATES.index, default=None)


def best_of(case: Case, costs: Floats) -> Floats:
    """(W,) probability that each way is the cheapest of those that may be chosen."""
    choices = choices_of(case)
    shares = np.zeros(costs.shape[1])
    if choices:
        winner = np.array(choices)[np.argmin(costs[:, choices], axis=1)]
        shares += np.bincount(winner, minlength=len(shares)) / len(costs)
    return shares
