"""The verdict: invest, hold off or test first, why, and what would turn it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from appliance.advice.types import Because, Decision, Money, Verdict, Worth
from appliance.score.types import LimitState


@dataclass(frozen=True)
class Grounds:
    """What a verdict is drawn from. `clean` and `binding`: how each size stands to its limits there, worst first."""

    sizes: Sequence[Money]
    reference: str | None
    missing: Sequence[str]
    confidence: float
    worth: Sequence[Worth]
    clean: Mapping[str, LimitState]
    binding: Mapping[str, LimitState]


def decide(grounds: Grounds) -> Decision:
    """The verdict without its turns: they are looked for once the size is known."""
    fast = [size for size in grounds.sizes if size.in_takt is not False]
    if not fast:
        return Decision(Verdict.HOLD_OFF, None, (Because.NO_TAKT,))
    able = [size for size in fast if grounds.clean.get(size.name) is not LimitState.BREACHED]
    if not able:
        return Decision(Verdict.HOLD_OFF, None, (Because.LIMITS,))
    if grounds.missing or grounds.reference is None:
        first = Because.PRICES if grounds.missing else Because.NO_REFERENCE
        return Decision(Verdict.TEST_FIRST, _cheapest(able), (first, *_limits(grounds, _cheapest(able))))
    best = max(able, key=_value)
    return _by_money(grounds, best)


def _value(size: Money) -> float:
    return size.npv.estimate if size.npv else -np.inf


def _cheapest(sizes: Sequence[Money]) -> str:
    """The size of the lowest cost per 1000 parts, or where that is unknown of the fewest wrong decisions."""
    if all(size.per_1000 for size in sizes):
        return min(sizes, key=lambda size: size.per_1000.estimate if size.per_1000 else np.inf).name
    return min(sizes, key=lambda size: size.escape_rate.estimate + size.overkill_rate.estimate).name


def _by_money(grounds: Grounds, best: Money) -> Decision:
    pays, expected = best.pays or 0.0, _value(best)
    tests = [worth for worth in grounds.worth if worth.what in ("day", "size", "perturbation")]
    worthwhile = any(worth.cost is not None and worth.net > 0 for worth in tests)
    open_limits = _limits(grounds, best.name)
    if pays <= 1.0 - grounds.confidence or (expected <= 0 and not worthwhile):
        return Decision(Verdict.HOLD_OFF, best.name, (Because.LOSES, *open_limits))
    if pays >= grounds.confidence and not open_limits and not worthwhile:
        return Decision(Verdict.INVEST, best.name, (Because.PAYS,))
    money = Because.PAYS if pays >= grounds.confidence else Because.UNSURE
    test = (Because.TEST_PAYS,) if worthwhile else ()
    return Decision(Verdict.TEST_FIRST, best.name, (money, *open_limits, *test))


def _limits(grounds: Grounds, name: str) -> tuple[Because, ...]:
    """What stands between a size and its limits, on clean parts or under the site's conditions."""
    states = (grounds.clean.get(name), grounds.binding.get(name))
    if LimitState.BREACHED in states:
        return (Because.BREACHED,)
    return (Because.UNPROVEN,) if LimitState.NOT_PROVABLE in states else ()
