"""Find the CPU setting that answers soonest and the one that does most pictures a second, on this very machine.

Successive halving: every candidate once and briefly, in turn, each in a fresh process; those that are best at a goal go
on to a longer round, three times; at the end the first three of each goal run against each other, A B C C B A, and
are compared round by round: where a machine is slower for a while, it is so for all of a round. The thread counts,
streams, pinning and batches that the runtimes would choose by themselves are candidates like the others, so that what
is chosen is slower than theirs by no more than the noise that the rounds show, while the machine stays as it was.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from appliance.cost.fresh import fresh
from appliance.cost.job import Refused
from appliance.cost.rows import spread
from appliance.cost.trial import Trial, Tried, run_trial
from appliance.engines.setting import EngineSetting
from models.types import Member

BATCHES = (1, 8)
SHARES = 8  # pictures of a model of a fixed batch that each stream takes in one call
RUNGS = ((0.4, 6), (0.8, 4), (1.2, 3))
"""Seconds a candidate gets in each round of the search, and how many of each goal stay for the next."""
FINALISTS, CONFIRM_ROUNDS, CONFIRM_S = 3, 6, 1.2
SPARE_TRIES = 20  # of a search, for those that other work disturbed; on a machine that is never idle they are soon gone
LATENCY, THROUGHPUT = "latency", "throughput"
GOALS = (LATENCY, THROUGHPUT)

Attempt = Callable[[Trial], Tried | Refused]
Told = Callable[[str], None]


@dataclass(frozen=True)
class Candidate:
    """A setting as a line could run it: callers side by side, and pictures each hands over at once."""

    setting: EngineSetting
    callers: int = 1
    batch: int = 1

    @property
    def key(self) -> tuple[EngineSetting, int, int]:
        """What tells it from another."""
        return self.setting, self.callers, self.batch


@dataclass(frozen=True)
class Result:
    """A candidate's rounds. Its figures are their median; where other work was in any of them those of the best: what
    else the machine did can only slow one.
    """

    candidate: Candidate
    rounds: tuple[Tried, ...]

    @property
    def answer_ms(self) -> float:
        """Time of a call in ms (see `Tried.answer_ms`)."""
        found = [tried.answer_ms for tried in self.rounds]
        return min(found) if self.busy else median(found)

    @property
    def rate(self) -> float:
        """Pictures per second (see `Tried.pictures_per_s`)."""
        found = [tried.pictures_per_s(self._threads) for tried in self.rounds]
        return max(found) if self.busy else median(found)

    @property
    def _threads(self) -> int:
        return self.candidate.callers * max(self.candidate.setting.threads, 1)

    @property
    def noise(self) -> float | None:
        """How far the rounds lie apart; None with one."""
        return spread([tried.answer_ms for tried in self.rounds])

    @property
    def busy(self) -> bool:
        """True where other work took a share of the cores in any round."""
        return any(tried.busy for tried in self.rounds)

    def merit(self, goal: str) -> float:
        """The larger, the better."""
        return self.rate if goal == THROUGHPUT else -self.answer_ms

    def figure(self, tried: Tried, goal: str) -> float:
        """What one of the rounds says for a goal: pictures per second, or answers; the larger, the better."""
        return tried.pictures_per_s(self._threads) if goal == THROUGHPUT else 1.0 / tried.answer_ms


@dataclass(frozen=True)
class Tuned:
    """What a search found for one member: every result, the best by goal, and what would not run with its reason."""

    member: str
    results: tuple[Result, ...]
    best: dict[str, Result]
    refused: tuple[tuple[Candidate, str], ...] = ()


def candidates(cores: int, fixed_batch: int | None, providers: Sequence[str], bf16: bool) -> Iterator[Candidate]:
    """Every setting worth a look on `cores` cores, each once.

    `fixed_batch`: the model's own, None where it takes any. `bf16`: whether OpenVINO may be tried in that arithmetic
    too: another member, shown beside the others and never chosen in their place.
    """
    batches = BATCHES if fixed_batch is None else (fixed_batch,)
    for provider in providers:
        yield from _shapes(EngineSetting(provider), cores, batches)
    if "cpu" in providers:
        yield from _shapes(EngineSetting("cpu", layout="plain"), cores, batches[:1])
        if cores > 1:
            yield Candidate(EngineSetting("cpu", threads=cores, spin="endless"), 1, batches[0])
    if "openvino" in providers:
        yield from _bound(cores, batches)
    if "openvino" in providers and bf16:
        setting = EngineSetting("openvino", "bf16")
        yield Candidate(replace(setting, threads=cores), 1, batches[0])
        if cores > 1:
            yield Candidate(replace(setting, threads=1), cores, batches[0])


def _shapes(setting: EngineSetting, cores: int, batches: Sequence[int]) -> Iterator[Candidate]:
    """Threads and callers that fill the cores, by batch, and fewer threads for one picture alone."""
    for threads in thread_counts(cores):
        one = replace(setting, threads=threads)
        yield from (Candidate(one, 1, batch) for batch in (batches if threads == cores else batches[:1]))
        if cores // threads > 1:
            yield from (Candidate(one, cores // threads, batch) for batch in batches)


def _bound(cores: int, batches: Sequence[int]) -> Iterator[Candidate]:
    """What OpenVINO has beyond threads: one engine bound to the cores, and one of several streams, bound or free.

    A batch is shared among the streams; of a model of a fixed batch each stream takes several in a call.
    """
    for threads in thread_counts(cores):
        bound = EngineSetting("openvino", threads=threads, pinned=True)
        yield from (Candidate(bound, 1, batch) for batch in (batches if threads == cores else batches[:1]))
    for threads in thread_counts(cores)[:-1]:
        streams = cores // threads
        setting = EngineSetting("openvino", threads=cores, hint="throughput", streams=streams)
        for each in batches if len(batches) > 1 else (SHARES * batches[0],):
            yield from (Candidate(replace(setting, pinned=pinned), 1, streams * each) for pinned in (False, True))


def thread_counts(cores: int) -> list[int]:
    """1, 2, 4 .. below `cores`, half of them, and `cores`: half is what a processor with two threads a core has."""
    powers = [1 << n for n in range(cores.bit_length()) if 1 << n < cores]
    return sorted({*powers, max(cores // 2, 1), cores})


def fair(candidate: Candidate) -> bool:
    """False for another arithmetic than the member's own: faster, but not the same answers."""
    return not candidate.setting.precision


def tune(
    member: Member, tried: Sequence[Candidate], told: Told = lambda _: None, attempt: Attempt | None = None
) -> Tuned:
    """Search among `tried` (see `candidates`). A candidate that cannot run is named and passed over."""
    search = _Search(member, attempt or (lambda trial: fresh(trial, run_trial)), told)
    stay = list(tried)
    for number, (seconds, keep) in enumerate(RUNGS):
        search.round(stay, seconds, f"round {number + 1} of {len(RUNGS) + 1}")
        stay = _finalists(search.last(stay), keep)
    able = search.last(stay)
    finals = {goal: _ranked(able, goal)[:FINALISTS] for goal in GOALS}
    last = list(dict.fromkeys(candidate for final in finals.values() for candidate in final))
    for turn in range(CONFIRM_ROUNDS):
        order = last if turn % 2 == 0 else last[::-1]
        search.round(order, CONFIRM_S, f"the best against each other, {turn + 1} of {CONFIRM_ROUNDS}", anew=not turn)
    results = {candidate: Result(candidate, tuple(rounds)) for candidate, rounds in search.found.items() if rounds}
    best = {goal: _best([results[c] for c in final if c in results], goal) for goal, final in finals.items() if final}
    return Tuned(member.name, tuple(results.values()), best, tuple(search.refused.items()))


class _Search:
    """Candidates tried so far on one member: the rounds that count by candidate, and why some would not run."""

    def __init__(self, member: Member, attempt: Attempt, told: Told) -> None:
        self._member, self._attempt, self._told = member, attempt, told
        self.found: dict[Candidate, list[Tried]] = {}
        self.refused: dict[Candidate, str] = {}
        self._spare = SPARE_TRIES

    def round(self, candidates: Sequence[Candidate], seconds: float, name: str, *, anew: bool = True) -> None:
        """Every candidate once, in turn. `anew`: what shorter rounds said of them counts no more."""
        for number, candidate in enumerate(candidates):
            self._told(f"tune {self._member.name}: {name}: {number + 1} of {len(candidates)}")
            answer = self._undisturbed(_trial(self._member, candidate, seconds))
            if not isinstance(answer, Refused):
                self.found[candidate] = [answer] if anew else [*self.found[candidate], answer]
            elif candidate not in self.found:
                self.refused[candidate] = answer.what

    def _undisturbed(self, trial: Trial) -> Tried | Refused:
        """The trial, made again where other work ran beside it: what is measured quietly stands beside its like."""
        answer = self._attempt(trial)
        while isinstance(answer, Tried) and answer.busy and self._spare > 0:
            self._spare -= 1
            answer = self._attempt(trial)
        return answer

    def last(self, candidates: Sequence[Candidate]) -> dict[Candidate, list[Tried]]:
        """What is known of these; those that would not run are left out."""
        return {candidate: self.found[candidate] for candidate in candidates if candidate in self.found}


def _finalists(found: dict[Candidate, list[Tried]], keep: int) -> list[Candidate]:
    """The best few of each goal, and each provider's best, so that no provider is lost to one slow moment."""
    chosen: dict[Candidate, None] = {}
    for goal in GOALS:
        ranked = _ranked(found, goal)
        chosen.update(dict.fromkeys(ranked[:keep]))
        chosen.update(dict.fromkeys({c.setting.provider: c for c in reversed(ranked)}.values()))
    return list(chosen)


def _ranked(found: dict[Candidate, list[Tried]], goal: str) -> list[Candidate]:
    """Those that may win a goal, the best first."""
    return sorted(_eligible(found, goal), key=lambda c: -Result(c, tuple(found[c])).merit(goal))


def _best(final: Sequence[Result], goal: str) -> Result:
    """The one whose figure over the mean one of its round is the largest, by the median over the rounds.

    By its figures alone where other work was in any round (see `Result`), or where one did not run in all of them.
    """
    if any(result.busy for result in final) or len({len(result.rounds) for result in final}) > 1:
        return max(final, key=lambda result: result.merit(goal))
    figures = np.log([[result.figure(tried, goal) for tried in result.rounds] for result in final])
    return final[int(np.argmax(np.median(figures - figures.mean(axis=0), axis=1)))]


def _eligible(first: dict[Candidate, list[Tried]], goal: str) -> list[Candidate]:
    """For latency one caller, one picture (or the model's fixed batch); for throughput all."""
    found = [candidate for candidate in first if fair(candidate)]
    if goal == THROUGHPUT:
        return found
    least = min((candidate.batch for candidate in found), default=1)
    return [candidate for candidate in found if candidate.callers == 1 and candidate.batch == least]


def _trial(member: Member, candidate: Candidate, seconds: float) -> Trial:
    return Trial(member, candidate.setting, candidate.callers, candidate.batch, seconds)
