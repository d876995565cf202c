"""Find the CPU setting that answers soonest and the one that does most pictures a second, on this very machine.

Two steps: every candidate once and briefly, each in a fresh process; then the best of each goal in turn, A B A B,
longer. The thread counts, streams and batches that the runtimes would choose by themselves are candidates like the
others, so that what is chosen is slower than theirs by no more than the noise that the rounds show.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from appliance.cost.fresh import fresh
from appliance.cost.job import Refused
from appliance.cost.rows import spread
from appliance.cost.trial import Trial, Tried, run_trial
from appliance.engines.setting import EngineSetting
from models.types import Member

BATCHES = (1, 8)
FINALISTS = 3
FINAL_ROUNDS = 2
BRIEF_S, LONG_S = 0.5, 1.2
LATENCY, THROUGHPUT = "latency", "throughput"
GOALS = (LATENCY, THROUGHPUT)

Attempt = Callable[[Trial], Tried | Refused]
Told = Callable[[str], None]


@dataclass(frozen=True)
class Candidate:
    """A setting as a line could run it: engines side by side, and pictures each is given at once."""

    setting: EngineSetting
    callers: int = 1
    batch: int = 1

    @property
    def key(self) -> tuple[str, str, int, str, int, int]:
        """What tells it from another."""
        s = self.setting
        return s.provider, s.precision, s.threads, s.layout, self.callers, self.batch


@dataclass(frozen=True)
class Result:
    """A candidate's rounds. Its figures are those of the best round: what else the machine did can only slow one."""

    candidate: Candidate
    rounds: tuple[Tried, ...]

    @property
    def answer_ms(self) -> float:
        """Time of a call in ms, in the best round (see `Tried.answer_ms`)."""
        return min(tried.answer_ms for tried in self.rounds)

    @property
    def rate(self) -> float:
        """Pictures per second in the best round (see `Tried.pictures_per_s`)."""
        threads = self.candidate.callers * max(self.candidate.setting.threads, 1)
        return max(tried.pictures_per_s(threads) for tried in self.rounds)

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
    attempt = attempt or (lambda trial: fresh(trial, run_trial))
    first: dict[Candidate, list[Tried]] = {}
    refused: list[tuple[Candidate, str]] = []
    for number, candidate in enumerate(tried):
        told(f"tune {member.name}: {number + 1} of {len(tried)}")
        answer = attempt(_trial(member, candidate, BRIEF_S))
        if isinstance(answer, Refused):
            refused.append((candidate, answer.what))
        else:
            first[candidate] = [answer]
    finals = _finals(member, first, told, attempt)
    results = tuple(Result(c, tuple(finals.get(c, found))) for c, found in first.items())
    return Tuned(member.name, results, _best(results, finals), tuple(refused))


def _finals(
    member: Member, first: dict[Candidate, list[Tried]], told: Told, attempt: Attempt
) -> dict[Candidate, list[Tried]]:
    """The finalists of every goal, in turn, longer; a brief first look does not count any more."""
    finals: dict[Candidate, list[Tried]] = {candidate: [] for candidate in _finalists(first)}
    for turn in range(FINAL_ROUNDS):
        told(f"tune {member.name}: final round {turn + 1} of {FINAL_ROUNDS}, {len(finals)} settings")
        for candidate, rounds in finals.items():
            answer = attempt(_trial(member, candidate, LONG_S))
            if not isinstance(answer, Refused):
                rounds.append(answer)
    return {candidate: rounds for candidate, rounds in finals.items() if rounds}


def _finalists(first: dict[Candidate, list[Tried]]) -> list[Candidate]:
    """The best few of each goal, and each provider's best, so that no provider is lost to one slow moment."""
    chosen: dict[Candidate, None] = {}
    for goal in GOALS:
        ranked = sorted(_eligible(first, goal), key=lambda c: -Result(c, tuple(first[c])).merit(goal))
        chosen.update(dict.fromkeys(ranked[:FINALISTS]))
        chosen.update(dict.fromkeys({c.setting.provider: c for c in reversed(ranked)}.values()))
    return list(chosen)


def _eligible(first: dict[Candidate, list[Tried]], goal: str) -> list[Candidate]:
    """For latency one caller, one picture (or the model's fixed batch); for throughput all."""
    found = [candidate for candidate in first if fair(candidate)]
    if goal == THROUGHPUT:
        return found
    least = min((candidate.batch for candidate in found), default=1)
    return [candidate for candidate in found if candidate.callers == 1 and candidate.batch == least]


def _best(results: Sequence[Result], finals: dict[Candidate, list[Tried]]) -> dict[str, Result]:
    best = {}
    for goal in GOALS:
        able = set(_eligible(finals, goal))
        ranked = sorted((r for r in results if r.candidate in able), key=lambda r: -r.merit(goal))
        if ranked:
            best[goal] = ranked[0]
    return best


def _trial(member: Member, candidate: Candidate, seconds: float) -> Trial:
    return Trial(member, candidate.setting, candidate.callers, candidate.batch, seconds)
