"""The verdict on a run: a short sentence, then numbers with intervals, claiming no more than the parts show."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from appliance.language.tongue import mark, together, w
from appliance.score.grid import ALL, CLEAN
from appliance.score.pairs import best_of
from appliance.score.types import Interval, LimitState, LimitVerdict, MemberScore, Pair, Rate

SIGNIFICANT = 0.05
NAMED = 3  # names spelled out in a list
NEARLY = 0.95  # share of the parts from which on what their groups are worth needs no word

LIMIT_WORDS = {
    "escape_rate": mark("escape limit of {allowed} %"),
    "overkill_rate": mark("overkill limit of {allowed} %"),
}
PART_WORDS = {"escape_rate": "NG", "overkill_rate": "OK"}


@dataclass(frozen=True)
class Findings:
    """What the verdict is drawn from: members smallest first, `perturbed` conditions and `parts` of the run."""

    members: Sequence[MemberScore]
    pairs: Sequence[Pair]
    limits: Sequence[LimitVerdict]
    perturbed: int
    parts: int

    @property
    def key(self) -> str:
        """Which cells speak of trust: all conditions where any was scored, else clean."""
        return CLEAN if all(np.isnan(m.mean_accuracy.estimate) for m in self.members) else ALL


def verdict(found: Findings) -> str:
    """Which size to trust, then its numbers, which sizes hold the limits on clean parts, and what is not shown."""
    said = [*_trust(found), *_holding(found), *_breaches(found), *_not_provable(found), *_worth(found)]
    return together(_sentence(found, clause) for clause in said)


def _sentence(found: Findings, clause: str) -> str:
    if any(re.match(rf"{re.escape(member.name)}(?![A-Za-z0-9_])", clause) for member in found.members):
        return w("Size {sentence}.", sentence=clause)
    return w("{sentence}.", sentence=f"{clause[0].upper()}{clause[1:]}")


def shown_worse(pair: Pair, name: str) -> bool:
    """Whether the member `name` of the pair is shown to be the worse: interval clear of 0 and Holm's p below 0.05."""
    low, high = pair.difference.low, pair.difference.high
    clear = low > 0 if pair.a == name else high < 0
    return bool(clear and pair.holm_p < SIGNIFICANT)


def clear_of_zero(pair: Pair) -> bool:
    """Whether the pair's own interval leaves out no difference at all."""
    return bool(pair.difference.low > 0 or pair.difference.high < 0)


def smallest_trusted(found: Findings) -> tuple[MemberScore, MemberScore, Pair | None] | None:
    """The smallest member not shown to be worse than the best, the best, and their pair (None where they are one)."""
    best = best_member(found)
    if best is None:
        return None
    for member in found.members:
        pair = _pair(found, member.name, best.name)
        if member is best or (pair is not None and not shown_worse(pair, member.name)):
            return member, best, pair
    return None


def best_member(found: Findings) -> MemberScore | None:
    """The member of the highest accuracy over all conditions (on clean parts where no other was run)."""
    best = best_of([_accuracy(member, found.key).estimate for member in found.members]) if found.members else None
    return None if best is None else found.members[best]


def _pair(found: Findings, a: str, b: str) -> Pair | None:
    return next((p for p in found.pairs if p.condition == found.key and {p.a, p.b} == {a, b}), None)


def _accuracy(member: MemberScore, key: str) -> Interval:
    rate = member.clean.accuracy
    return member.mean_accuracy if key == ALL else Interval(rate.estimate, rate.low, rate.high)


def _trust(found: Findings) -> list[str]:
    """What to trust in a few words, then in numbers."""
    trusted = smallest_trusted(found)
    if trusted is None:
        return [w("no member gave a result that can be scored")]
    member, best, pair = trusted
    if len(found.members) == 1:
        return [_alone(member, found)]
    if pair is None:
        return [_best_alone(found, best), _alone(best, found)]
    return [_against_best(found, member, best), _numbers(found, member, best, pair)]


def _alone(member: MemberScore, found: Findings) -> str:
    accuracy = _accuracy(member, found.key)
    return w(
        "{name} decides {accuracy} of parts rightly {where} ({range})",
        name=member.name,
        accuracy=_percent(accuracy.estimate),
        where=_where(found),
        range=_range(accuracy),
    )


def _where(found: Findings) -> str:
    if found.key == CLEAN:
        return w("on clean parts")
    if found.perturbed == 1:
        return w("over 1 perturbed condition")
    return w("over {count} perturbed conditions", count=found.perturbed)


def _best_alone(found: Findings, best: MemberScore) -> str:
    """The best is also the smallest that may be trusted."""
    if best is found.members[0]:
        return w("no larger size is more accurate than {name}, the smallest", name=best.name)
    smaller = found.members[: list(found.members).index(best)]
    if any(_pair(found, m.name, best.name) is None for m in smaller):
        return w("{name} is the most accurate; not every smaller size could be compared", name=best.name)
    return w("{name} is the most accurate, and every smaller size is shown to be worse", name=best.name)


def _against_best(found: Findings, member: MemberScore, best: MemberScore) -> str:
    if _none_worse(found, best):
        return w("the {count} sizes cannot be told apart", count=len(found.members))
    return w(
        "{name} is the smallest size not shown to be worse than the best, {best}", name=member.name, best=best.name
    )


def _numbers(found: Findings, member: MemberScore, best: MemberScore, pair: Pair) -> str:
    """`member` is smaller than `best`, so the difference of their pair is the best's gain over it."""
    numbers = w(
        "{where} {name} decides {own} of parts rightly against {most} of {best}: {difference} with {parts} parts",
        where=_where(found),
        name=member.name,
        best=best.name,
        own=_percent(_accuracy(member, found.key).estimate),
        most=_percent(_accuracy(best, found.key).estimate),
        difference=_points(pair.difference),
        parts=found.parts,
    )
    if clear_of_zero(pair):
        return w("{numbers}; not significant among all pairs: Holm's p {p}", numbers=numbers, p=f"{pair.holm_p:.2f}")
    return numbers


def _none_worse(found: Findings, best: MemberScore) -> bool:
    """Whether every other member was compared with the best and none is shown to be worse."""
    compared = [(m, _pair(found, m.name, best.name)) for m in found.members if m is not best]
    return all(pair is not None and not shown_worse(pair, m.name) for m, pair in compared)


def _on_clean(found: Findings) -> list[LimitVerdict]:
    return [limit for limit in found.limits if limit.condition == CLEAN]


def _holding(found: Findings) -> list[str]:
    """Who holds every limit on clean parts, and who of them under every binding condition."""
    clean = _on_clean(found)
    if not clean:
        return []
    holding = _names_holding(found.members, clean)
    if not holding:
        return [w("no size is proven to hold every limit on clean parts")]
    one = len(holding) == 1
    form = mark("{names} holds every limit on clean parts") if one else mark("{names} hold every limit on clean parts")
    first = form.format(names=_list(holding))
    binding = [limit for limit in found.limits if limit.binding and limit.condition != CLEAN]
    if not binding:
        return [first]
    still = [name for name in _names_holding(found.members, binding) if name in holding]
    count = len({limit.condition for limit in binding})
    who = w("none of them") if not still else w("all of them") if still == holding else _list(still)
    if count == 1:
        return [w("{first}, {who} under the binding perturbed condition too", first=first, who=who)]
    return [w("{first}, {who} under all {count} binding perturbed conditions too", first=first, who=who, count=count)]


def _names_holding(members: Sequence[MemberScore], limits: Sequence[LimitVerdict]) -> list[str]:
    """Members of which every one of `limits` holds; a member that none of them speaks of is not among them."""
    held: dict[str, bool] = {}
    for limit in limits:
        held[limit.member] = held.get(limit.member, True) and limit.state is LimitState.HOLDS
    return [member.name for member in members if held.get(member.name, False)]


def _breaches(found: Findings) -> list[str]:
    """Limits that the rate on clean parts is over."""
    over = [limit for limit in _on_clean(found) if limit.state is LimitState.BREACHED]
    return [
        w(
            "the {limit} is breached by {who}",
            limit=_limit(limits[0]),
            who=_list([f"{v.member} ({_seen(v)})" for v in limits]),
        )
        for limits in _by_limit(over).values()
    ]


def _not_provable(found: Findings) -> list[str]:
    """Limits that the rate on clean parts is within, but its bound is not."""
    few = [limit for limit in _on_clean(found) if limit.state is LimitState.NOT_PROVABLE]
    return [_not_shown(found, limits) for limits in _by_limit(few).values()]


def _not_shown(found: Findings, limits: Sequence[LimitVerdict]) -> str:
    members = {member.name: member.clean for member in found.members}
    cells = [members[limit.member] for limit in limits]
    parts = max(cell.ng if limits[0].limit == "escape_rate" else cell.ok for cell in cells)
    if not parts:
        return w(
            "the {limit} is not shown to hold without {kind} parts{needed}",
            limit=_limit(limits[0]),
            kind=PART_WORDS[limits[0].limit],
            needed=_least(limits),
        )
    return w(
        "the {limit} is not shown to hold with {parts} {kind} parts for {who}",
        limit=_limit(limits[0]),
        parts=parts,
        kind=PART_WORDS[limits[0].limit],
        who=_list([f"{limit.member} ({_seen(limit)}{_least([limit])})" for limit in limits]),
    )


def _seen(limit: LimitVerdict) -> str:
    return w("{rate} observed, bound {bound}", rate=_percent(limit.observed), bound=_percent(limit.upper))


def _worth(found: Findings) -> Iterator[str]:
    """How many parts that stand alone the grouped ones are worth on clean pictures, at the least of any member."""
    clean = [member.clean for member in found.members]
    sides = ("NG", [cell.escape for cell in clean]), ("OK", [cell.overkill for cell in clean])
    said = [sentence for kind, rates in sides if (sentence := _worth_of(kind, rates))]
    if said:
        yield w("parts of a group fail together, so that {parts}", parts=_list(said))


def _worth_of(kind: str, rates: Sequence[Rate]) -> str:
    """Empty where the parts of one kind are worth nearly as many as they are."""
    least = min((rate for rate in rates if rate.n), key=lambda rate: rate.n_eff, default=None)
    if least is None or least.n_eff >= NEARLY * least.n:
        return ""
    worth = max(1, round(least.n_eff))
    return w("{n} {kind} parts prove no more than {worth} that stand alone", n=least.n, kind=kind, worth=worth)


def _least(limits: Sequence[LimitVerdict]) -> str:
    needed = [limit.parts_needed for limit in limits if limit.parts_needed is not None]
    return w(", {parts} parts would prove it", parts=min(needed)) if needed else ""


def _by_limit(limits: Sequence[LimitVerdict]) -> Mapping[str, list[LimitVerdict]]:
    found: dict[str, list[LimitVerdict]] = {}
    for limit in limits:
        found.setdefault(limit.limit, []).append(limit)
    return found


def _limit(limit: LimitVerdict) -> str:
    return LIMIT_WORDS[limit.limit].format(allowed=f"{100 * limit.allowed:g}")


def _list(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`, `A, B, C and 2 more`."""
    more = len(names) - NAMED
    shown = [*names[:NAMED], w("{count} more", count=more)] if more > 1 else list(names)
    return shown[0] if len(shown) == 1 else w("{first} and {last}", first=w(", ").join(shown[:-1]), last=shown[-1])


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _with_interval(share: Interval) -> str:
    return f"{_percent(share.estimate)}, {_range(share)}"


def _range(share: Interval) -> str:
    if np.isnan(share.low):
        return w("no interval from a single group")
    return w("95 % interval {low} to {high} %", low=f"{100 * share.low:.1f}", high=f"{100 * share.high:.1f}")


def _points(gap: Interval) -> str:
    if np.isnan(gap.low):
        return w("difference {gap} pp, no interval from a single group,", gap=f"{gap.estimate:.1f}")
    return w(
        "difference {gap} pp, 95 % interval {low} to {high} pp,",
        gap=f"{gap.estimate:.1f}",
        low=f"{gap.low:.1f}",
        high=f"{gap.high:.1f}",
    )
