"""Find the CPU setting that answers soonest and the one that does most pictures a second, on this very machine.

First every candidate twice and briefly, there and back, each time in a fresh process; the quicker of the two looks
counts. Then the final: the best few of each goal, and each runtime's best, each in a process of its own that stays,
take many short turns, there and back; whoever falls far behind leaves. They are compared pass by pass, by the mean of
the logarithms without the farthest passes: a machine that is slower for a while (heat, a hypervisor that moves its
cores) is so for all in a pass, and one that changes for longer is met by all alike. The thread counts, streams, pinning
and batches that the runtimes would choose by themselves are candidates like the others, so that what is chosen is
slower than theirs by no more than the noise that the passes show.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from appliance.cost.candidates import Candidate
from appliance.cost.fresh import fresh
from appliance.cost.job import Refused
from appliance.cost.living import living
from appliance.cost.standing import GOALS, Result, Rival, best_of, eligible, leads, rival_of
from appliance.cost.state import FOREIGN_LIMIT
from appliance.cost.trial import Trial, Tried, run_trial
from models.types import Member

LOOKS, LOOK_S = 2, 0.4
FINALISTS = 5  # of each goal
TURN_S = 0.1
PASSES, LEAST_PASSES, FINAL_S = 64, 12, 90.0
"""Of the final: so many, or as many as its seconds hold, and some in any case."""
WEED_AFTER, BEHIND = 12, 0.25
"""After this many passes, and as many again, whoever is behind by this much (a logarithm) at both goals leaves the
final: no less, since which runtime is ahead can change with the machine.
"""
SPARE_TRIES, SPARE_PASSES = 20, 20
"""Of a search, for what other work disturbed; on a machine that is never idle they are soon gone."""

Attempt = Callable[[Trial], Tried | Refused]
Held = Callable[[Sequence[Trial]], AbstractContextManager[Attempt]]
"""Trials each open in a process of its own, until its end: what it gives makes turn after turn of them."""
Told = Callable[[str], None]


@dataclass(frozen=True)
class Tuned:
    """What a search found for one member: every result, the best by goal, and what would not run with its reason.

    rivals: by goal, where the machine changed and with it who was ahead of whom.
    """

    member: str
    results: tuple[Result, ...]
    best: dict[str, Result]
    refused: tuple[tuple[Candidate, str], ...] = ()
    rivals: dict[str, Rival] = field(default_factory=dict)


def tune(
    member: Member,
    tried: Sequence[Candidate],
    told: Told = lambda _: None,
    attempt: Attempt | None = None,
    held: Held | None = None,
) -> Tuned:
    """Search among `tried` (see `candidates`). A candidate that cannot run is named and passed over.

    `attempt`: how a trial is made, in place of a fresh process; `held`: how those of the final are, by default by
    `attempt` where it is given.
    """
    search = _Search(member, attempt or (lambda trial: fresh(trial, run_trial)), told)
    for look in range(LOOKS):
        search.look(tried if look % 2 == 0 else tried[::-1], f"look {look + 1} of {LOOKS}")
    final = _finalists(search.results())
    search.forget(final)
    held = held or (living if attempt is None else lambda _: nullcontext(attempt))
    with held([_trial(member, candidate, TURN_S) for candidate in final]) as turn:
        stay = search.final(final, turn)
    results = search.results()
    last = {goal: [results[c] for c in stay if eligible(c, stay, goal)] for goal in GOALS if stay}
    best = {goal: best_of(able, goal) for goal, able in last.items()}
    rivals = {goal: rival for goal, one in best.items() if (rival := rival_of(one, last[goal], goal)) is not None}
    return Tuned(member.name, tuple(results.values()), best, tuple(search.refused.items()), rivals)


class _Search:
    """Candidates tried so far on one member: the rounds that count by candidate, and why some would not run."""

    def __init__(self, member: Member, attempt: Attempt, told: Told) -> None:
        self._member, self._attempt, self._told = member, attempt, told
        self._found: dict[Candidate, list[Tried]] = {}
        self.refused: dict[Candidate, str] = {}
        self._spare, self._spare_passes = SPARE_TRIES, SPARE_PASSES

    def look(self, candidates: Sequence[Candidate], name: str) -> None:
        """Every candidate once, in turn, for a while; those that would not run are passed over from then on."""
        for number, candidate in enumerate(candidates):
            self._told(f"tune {self._member.name}: {name}: {number + 1} of {len(candidates)}")
            if candidate not in self.refused:
                self._keep(candidate, self._undisturbed(_trial(self._member, candidate, LOOK_S)))

    def final(self, candidates: Sequence[Candidate], turn: Attempt) -> list[Candidate]:
        """The passes of the final; those that are in it to the end."""
        stay, number, spent = list(candidates), 0, 0.0
        while stay and number < PASSES and (spent < FINAL_S or number < LEAST_PASSES):
            number += 1
            self._told(f"tune {self._member.name}: the best against each other, {number} of {PASSES}")
            answers = self._quiet_pass(stay if number % 2 else stay[::-1], turn)
            for candidate, answer in answers.items():
                self._keep(candidate, answer)
            spent += sum(answer.seen.seconds for answer in answers.values() if isinstance(answer, Tried))
            stay = [candidate for candidate in stay if candidate not in self.refused]
            if stay and number % WEED_AFTER == 0:
                stay = _not_behind(self.results(), stay)
        return stay

    def _quiet_pass(self, order: Sequence[Candidate], turn: Attempt) -> dict[Candidate, Tried | Refused]:
        """A turn each, made again where other work ran beside them. One turn is too short to tell: a pass is judged."""
        while True:
            answers = {candidate: turn(_trial(self._member, candidate, TURN_S)) for candidate in order}
            seen = [answer.seen for answer in answers.values() if isinstance(answer, Tried)]
            seconds = sum(one.seconds for one in seen)
            foreign = sum(one.foreign * one.seconds for one in seen) / max(seconds, 1e-9)
            if foreign <= FOREIGN_LIMIT or not self._spare_passes:
                return {candidate: _beside(answer, foreign) for candidate, answer in answers.items()}
            self._spare_passes -= 1

    def _keep(self, candidate: Candidate, answer: Tried | Refused) -> None:
        if isinstance(answer, Refused):
            self.refused[candidate] = answer.what
            self._found.pop(candidate, None)
        else:
            self._found.setdefault(candidate, []).append(answer)

    def forget(self, candidates: Sequence[Candidate]) -> None:
        """The looks at these count no more."""
        for candidate in candidates:
            del self._found[candidate]

    def _undisturbed(self, trial: Trial) -> Tried | Refused:
        """The trial, made again where other work ran beside it: what is measured quietly stands beside its like."""
        answer = self._attempt(trial)
        while isinstance(answer, Tried) and answer.busy and self._spare > 0:
            self._spare -= 1
            answer = self._attempt(trial)
        return answer

    def results(self) -> dict[Candidate, Result]:
        """What is known of each that ran."""
        return {candidate: Result(candidate, tuple(rounds)) for candidate, rounds in self._found.items()}


def _beside(answer: Tried | Refused, foreign: float) -> Tried | Refused:
    """The answer with that share of other work beside it."""
    return answer if isinstance(answer, Refused) else replace(answer, seen=replace(answer.seen, foreign=foreign))


def _finalists(found: dict[Candidate, Result]) -> list[Candidate]:
    """The best few of each goal by the quicker of their looks, and each provider's best, so that no provider is lost to
    one slow moment; in the order in which they are wanted.
    """
    places: list[tuple[int, Candidate]] = []
    for goal in GOALS:
        able = [c for c in found if eligible(c, list(found), goal)]
        ranked = sorted(able, key=lambda c: -max(found[c].figure(t, goal) for t in found[c].rounds))
        firsts = list(dict.fromkeys({c.setting.provider: c for c in reversed(ranked)}.values()))
        places += list(enumerate(dict.fromkeys([ranked[0], *reversed(firsts), *ranked[:FINALISTS]])) if ranked else ())
    return list(dict.fromkeys(candidate for _, candidate in sorted(places, key=lambda place: place[0])))


def _not_behind(found: dict[Candidate, Result], stay: Sequence[Candidate]) -> list[Candidate]:
    """Those that may still win one goal."""
    kept = set[Candidate]()
    for goal in GOALS:
        able = [c for c in stay if eligible(c, stay, goal)]
        lead = leads([found[c] for c in able], goal)
        kept.update(c for c, own in zip(able, lead, strict=True) if own > max(lead) - BEHIND)
    return [candidate for candidate in stay if candidate in kept]


def _trial(member: Member, candidate: Candidate, seconds: float) -> Trial:
    return Trial(member, candidate.setting, candidate.callers, candidate.batch, seconds)
