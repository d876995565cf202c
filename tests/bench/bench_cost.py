"""Our cost figures against independent tools, and what `cost --tune` finds against the runtimes' own modes.

Two tables of ratios of what is made seconds apart: on a shared machine two threads can be fast for a minute and slow
for the next, which neighbours in time share. Agreement: the same ONNX, the same tensor, the same setting, ours over
theirs, the median over runs made one after the other, each in a fresh process. Speed: what the search chose against
each of {ONNX Runtime default, tuned ONNX Runtime, OpenVINO latency and throughput modes}, all of them loops that hand
pictures over and take answers out, in turns between the passes of the search's own final (see `Contest`); the strongest
is named, and 1 or more is at least as fast. The floor is how far such a figure lies from 1 where a tool is held against
itself (95 % of resamples). All in fp32, the input in the type that the model declares. A run beside which other work
took more than 5 % of the cores, or a pass of turns, is made again, up to four times; the least disturbed counts.

Run: python -m tests.bench.bench_cost [agree|tune] [MODEL ...]
"""

import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Literal, TypeVar

import numpy as np
import psutil

from appliance.cost.candidates import Candidate, candidates, fair
from appliance.cost.fresh import fresh
from appliance.cost.job import Refused
from appliance.cost.living import living
from appliance.cost.standing import GOALS, LATENCY, THROUGHPUT, trimmed_mean
from appliance.cost.state import NOISE_LIMIT
from appliance.cost.trial import WARM_S, Trial, Tried, a_batch, run_trial
from appliance.cost.tune import TURN_S, Attempt, tune
from appliance.cost.watch import snapshot
from appliance.engines.cpu import cores
from appliance.engines.openvino import OpenVinoEngine
from appliance.engines.ort import SPIN_US
from appliance.engines.setting import EngineSetting
from appliance.report.terminal_tune import setting
from models.facts import inspect
from models.family import sha256_of
from models.types import Card, Member
from tests.bench.tools import Figure, Loop, benchmark_app, openvino_loop, ort_loop, same_picture

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
PIPED = "piped-xl"
AGREE = ("structure/light_squeezenet", "structure/light_resnet50", "structure/light_shufflenet", "detect/yolox_nano")
SPEED = (*AGREE, "structure/light_inception_v1", PIPED)
ROUNDS = 4
SECONDS = 1.0
FOREIGN, MOST_TRIES = 0.05, 4
LEAST_FLOOR, RESAMPLES = 0.005, 4000
NOISY = "noisy"
DISTURBED: list[float] = []
"""The share of other work beside every run that counted."""

Tool = Callable[[], Figure]
Seen = TypeVar("Seen")
What = Literal["median_ms", "least_ms", "rate", "cpu_ms"]


def found_model(name: str) -> Path:
    """The file of a model: a size of the PIPED family, or one of the published ones."""
    folder = "family-piped" if name.startswith("piped") else "onnx"
    return SHARED / folder / f"{name}.onnx"


def member_of(path: Path) -> Member:
    """Any ONNX with one picture input as a member; its first output stands for its answer."""
    facts = inspect(path)
    fed, answer = facts.inputs[0], facts.outputs[0]
    batch, _, height, width = fed.shape
    card = Card(fed.name, answer.name, height or 224, width or 224, batch=batch if isinstance(batch, int) else None)
    return Member(path.stem, path, sha256_of(path), facts.params, facts.macs, facts.activations, card)


def ours(member: Member, candidate: Candidate) -> Tool:
    """Our own timing of a setting, as the product takes it."""

    wanted = Trial(member, candidate.setting, candidate.callers, candidate.batch, SECONDS)
    return lambda: figure_of(fresh(wanted, run_trial))


@dataclass(frozen=True)
class Walk:
    """Runs of some tools in the order they were made."""

    runs: tuple[tuple[str, Figure], ...]

    @classmethod
    def of(cls, tools: dict[str, Tool], order: Sequence[str], rounds: int = ROUNDS) -> "Walk":
        """`order`, then backwards, and so on: a drift favours none."""
        names = [name for turn in range(rounds) for name in (order if turn % 2 == 0 else reversed(order))]
        return cls(tuple((name, undisturbed(tools[name])) for name in names))

    def value(self, what: What, name: str) -> float:
        """The median of a figure over the runs of a tool."""
        return median(getattr(figure, what) for one, figure in self.runs if one == name)

    def ratio(self, what: What, over: str, under: str) -> float:
        """`over` by `under`, the median over neighbours; 1 where they are alike."""
        return median(self._ratios(what, over, under))

    def floor(self, what: What, *names: str, pairs: int) -> float:
        """A/A: what the median of `pairs` ratios of a tool to itself strays from 1, as a share.

        The ratios are those of two runs of one tool with at most one of another between them.
        """
        again = np.log([ratio for name in names for ratio in self._ratios(what, name, name)])
        draw = np.random.default_rng(1)
        drawn = draw.choice(again, (RESAMPLES, pairs)) * draw.choice((-1.0, 1.0), (RESAMPLES, pairs))
        return float(np.expm1(np.quantile(np.abs(np.median(drawn, axis=1)), 0.95)))

    def pairs(self, one: str, other: str) -> int:
        """How often two tools were neighbours."""
        return len(self._ratios("median_ms", one, other))

    def _ratios(self, what: What, over: str, under: str) -> list[float]:
        reach = (1,) if over != under else (1, 2)
        found = []
        for gap in reach:
            for (one, first), (other, second) in zip(self.runs, self.runs[gap:], strict=False):
                a, b = getattr(first, what), getattr(second, what)
                if (one, other) == (over, under):
                    found.append(a / b)
                elif (other, one) == (over, under):
                    found.append(b / a)
        return found


def undisturbed(tool: Callable[[], Seen]) -> Seen:
    """What a tool gives with no other work beside it; after some tries what had least."""
    tries: list[tuple[float, Seen]] = []
    while len(tries) < MOST_TRIES and (not tries or tries[-1][0] > FOREIGN):
        tries.append(beside(tool))
    DISTURBED.append(min(share for share, _ in tries))
    return min(tries, key=lambda found: found[0])[1]


def beside(tool: Callable[[], Seen]) -> tuple[float, Seen]:
    """The share of the cores that other work took while a tool ran from start to end, and what it gave."""
    before, ours, begun = snapshot(time.perf_counter()), _spent(), time.perf_counter()
    figure = tool()
    seconds = time.perf_counter() - begun
    other = snapshot(time.perf_counter()).busy_s - before.busy_s - (_spent() - ours)
    return max(other, 0.0) / (seconds * cores()), figure


def _spent() -> float:
    """CPU seconds of this process, of those it has ended and of those that still run."""
    found, children = os.times(), [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    ended = found.user + found.system + found.children_user + found.children_system
    return ended + sum(child.user + child.system for child in children)


def agree(names: Sequence[str]) -> None:
    """Ours over theirs under the same setting, and the floor of both tools held against themselves."""
    print(
        f"{'same setting, ours / theirs':<38} {'median':>7} {'floor':>7} {'':<8} {'least':>6} {'CPU':>6}  theirs, ours"
    )
    with TemporaryDirectory() as folder:
        for name in names:
            member = member_of(found_model(name))
            picture = str(same_picture(member.file, Path(folder)))
            for threads in sorted({1, cores()}):
                for provider, theirs in same_settings(member, threads, picture).items():
                    mine = ours(member, Candidate(EngineSetting(provider, threads=threads), 1, member.card.batch or 1))
                    _tell_agreement(f"{member.name}, {provider}, {threads}", by_turns(theirs, mine))
                    if provider == "openvino":
                        _tell_agreement(
                            "  inference alone, by its own clock", by_turns(theirs, inside(member, threads))
                        )


def by_turns(theirs: Tool, mine: Tool) -> Walk:
    """Theirs, ours, ours, theirs: every run has one of its own and one of the other beside it."""
    return Walk.of({"theirs": theirs, "ours": mine}, ("theirs", "ours", "ours", "theirs"))


def inside(member: Member, threads: int) -> Tool:
    """Inference alone in our OpenVINO engine, by OpenVINO's own clock: what benchmark_app tells of its own."""

    def run() -> Figure:
        trial = Trial(member, EngineSetting("openvino", threads=threads), 1, member.card.batch or 1, SECONDS)
        found = fresh(trial, inferences)
        if isinstance(found, Refused):
            raise RuntimeError(found.what)
        return Figure(median(found), min(found), 1000.0 * trial.batch / median(found))

    return run


def inferences(trial: Trial) -> list[float]:
    """ms of every inference by the request's own clock, while the engine is called as ever."""
    engine, batch = OpenVinoEngine(trial.member, trial.setting), a_batch(trial.member.card, trial.batch)
    request, found = engine._compiled(batch.shape)[0], list[float]()
    begun = time.perf_counter()
    while time.perf_counter() - begun < WARM_S + trial.seconds:
        engine.run(batch)
        found.append(float(request.latency))
    return found[len(found) // 6 :]


def same_settings(member: Member, threads: int, picture: str) -> dict[str, Tool]:
    """The other tools told what our engine tells the runtimes: how long to spin, no pinning, this very tensor."""
    spin = int(SPIN_US) if threads > 1 else None
    told = ("-hint", "none", "-nstreams", "1", "-nthreads", str(threads), "-api", "sync", "-pin", "NO", "-i", picture)
    return {
        "cpu": lambda: once(lambda: ort_loop(member.file, threads=threads, spin_us=spin)),
        "openvino": lambda: benchmark_app(member.file, SECONDS, *told),
    }


def once(make: Callable[[], Loop]) -> Figure:
    """One turn of a fresh loop."""
    with make() as loop:
        return loop.turn(SECONDS)


def _tell_agreement(label: str, walk: Walk) -> None:
    ratio, pairs = walk.ratio("median_ms", "ours", "theirs"), walk.pairs("ours", "theirs")
    floor = max(walk.floor("median_ms", "theirs", "ours", pairs=pairs), LEAST_FLOOR)
    word = NOISY if floor > NOISE_LIMIT else "agrees" if max(ratio, 1 / ratio) - 1 <= floor else "DIFFERS"
    least, cpu = walk.ratio("least_ms", "ours", "theirs"), walk.ratio("cpu_ms", "ours", "theirs")
    values = f"{walk.value('median_ms', 'theirs'):.2f}, {walk.value('median_ms', 'ours'):.2f} ms"
    print(f"{label:<38} {ratio:7.3f} {floor:7.1%} {word:<8} {least:6.3f} {cpu:6.3f}  {values}", flush=True)


def speed(names: Sequence[str]) -> None:
    """What the search chose against each of the runtimes' own modes, and how that differs from itself."""
    heads = ("answer", "floor", "", "rate", "floor", "")
    print(f"{'chosen / strongest usual mode':<34} " + " ".join(f"{head:>7}" for head in heads))
    for name in names:
        member = member_of(found_model(name))
        tried = [c for c in candidates(cores(), member.card.batch, ("cpu", "openvino"), False) if fair(c)]
        begun, contest = time.perf_counter(), Contest(usual(member))
        best = tune(member, tried, held=contest.beside).best
        spent = time.perf_counter() - begun
        told = {goal: contest.strongest(result.candidate, goal) for goal, result in best.items()}
        cells = [cell for goal in GOALS for cell in verdict(*told[goal][1:])]
        print(f"{member.name:<34} " + " ".join(f"{cell:>7}" for cell in cells))
        for goal in GOALS:
            print(f"    {goal}: {setting(best[goal].candidate)} against {told[goal][0]}")
            contest.tell(best[goal].candidate, goal)
        print(f"    {len(tried)} settings searched, in {spent:.0f} s with the modes between the passes", flush=True)


class Contest:
    """The usual modes and the settings of a search's final, each in a process of its own, by turns between its passes.

    The search knows nothing of these turns, nor do they count for it; the settings run in other processes here than
    there. So what is compared meets the machine as the search met it, and no setting is judged by what chose it.
    """

    def __init__(self, modes: dict[str, Callable[[], Loop]]) -> None:
        self._modes = modes
        self._asked: list[dict[Candidate, Tried]] = [{}]
        self.passes: list[dict[str | Candidate, Figure]] = []

    @contextmanager
    def beside(self, trials: Sequence[Trial]) -> Iterator[Attempt]:
        """What `tune` takes as `held`."""
        with ExitStack() as stack:
            chosen, ours = stack.enter_context(living(trials)), stack.enter_context(living(trials))
            loops = {name: stack.enter_context(make()) for name, make in self._modes.items()}
            tools: dict[str | Candidate, Tool] = {
                name: lambda loop=loop: loop.turn(TURN_S)  # type: ignore[misc]
                for name, loop in loops.items()
            }
            for trial in trials:
                tools[candidate_of(trial)] = lambda trial=trial: figure_of(ours(trial))  # type: ignore[misc]

            def attempt(trial: Trial) -> Tried | Refused:
                if self._is_over(trial):
                    self._turns(tools)
                    self._asked.append({})
                answer = chosen(trial)
                if isinstance(answer, Tried):
                    self._asked[-1][candidate_of(trial)] = answer
                return answer

            yield attempt
            self._turns(tools)

    def _is_over(self, trial: Trial) -> bool:
        """Whether the search begins its next pass: it asks again for one that it has."""
        return candidate_of(trial) in self._asked[-1]

    def _turns(self, tools: dict[str | Candidate, Tool]) -> None:
        """A turn of all modes and of the settings that are still in the final, there or back."""
        order = [name for name in tools if isinstance(name, str) or name in self._asked[-1]]
        order = order if len(self.passes) % 2 == 0 else order[::-1]
        self.passes.append(undisturbed(lambda: {name: tools[name]() for name in order}))

    def names(self, goal: str) -> list[str]:
        """The modes that are for a goal; for most pictures a second all of them."""
        return [name for name in self._modes if goal == THROUGHPUT or name.startswith(LATENCY)]

    def strongest(self, chosen: Candidate, goal: str) -> tuple[str, float, float]:
        """The mode that the chosen setting gains least on, that gain (1 or more: at least as fast) and its floor."""
        gains = {name: trimmed_mean(self._gains(chosen, name, goal)) for name in self.names(goal)}
        name = min(gains, key=lambda one: gains[one])
        return name, math.exp(gains[name]), self._floor(goal)

    def _gains(self, chosen: Candidate, name: str, goal: str) -> list[float]:
        return [math.log(merit(one[chosen], goal) / merit(one[name], goal)) for one in self.passes if chosen in one]

    def _floor(self, goal: str) -> float:
        """A/A: what a setting gains on itself, in another process and a turn of the same pass (95 % of resamples)."""
        again = [
            math.log(merit(one[candidate], goal) / merit(figure_of(tried), goal))
            for one, asked in zip(self.passes, self._asked, strict=True)
            for candidate, tried in asked.items()
        ]
        draw = np.random.default_rng(1)
        size = (RESAMPLES, len(self.passes))
        drawn = draw.choice(again, size) * draw.choice((-1.0, 1.0), size)
        return float(np.expm1(np.quantile([abs(trimmed_mean(one)) for one in drawn], 0.95)))

    def tell(self, chosen: Candidate, goal: str) -> None:
        """Print what the chosen setting gains on every mode, and how the turns of each spread: ms, or pictures/s."""
        for name in (chosen, *self.names(goal)):
            gain = "" if name == chosen else f"{math.exp(trimmed_mean(self._gains(chosen, str(name), goal))):.3f}"
            found = [one[name] for one in self.passes if name in one]
            values = sorted(figure.median_ms if goal == LATENCY else figure.rate for figure in found)
            told = " ".join(f"{np.quantile(values, share):.1f}" for share in (0.1, 0.5, 0.9))
            print(f"      {'chosen' if name == chosen else name:<42} {gain:>6}  {told} (10, 50, 90 % of {len(found)})")


def merit(figure: Figure, goal: str) -> float:
    """The larger, the better."""
    return figure.rate if goal == THROUGHPUT else 1.0 / figure.median_ms


def candidate_of(trial: Trial) -> Candidate:
    """The setting of a trial."""
    return Candidate(trial.setting, trial.callers, trial.batch)


def figure_of(tried: Tried | Refused) -> Figure:
    """Our own timing of a setting, as the product takes it. Raises RuntimeError where it did not run."""
    if isinstance(tried, Refused):
        raise RuntimeError(tried.what)
    cpu_ms = 1000.0 * tried.seen.cpu_s / len(tried.calls)
    return Figure(1000.0 * float(np.median(tried.calls)), 1000.0 * float(tried.calls.min()), tried.rate, cpu_ms)


def verdict(ratio: float, floor: float) -> tuple[str, str, str]:
    """A ratio, its floor, and whether it is at least 1 within the floor; a floor too wide shows nothing."""
    word = NOISY if floor > NOISE_LIMIT else "holds" if ratio >= 1 / (1 + floor) else "MISSED"
    return f"{ratio:.3f}", f"{floor:.1%}", word


def usual(member: Member) -> dict[str, Callable[[], Loop]]:
    """The modes a user would reach for, host to host: ONNX Runtime as it comes and by hand, OpenVINO's two hints."""
    model, count = member.file, cores()
    modes: dict[str, Callable[[], Loop]] = {
        "latency: ONNX Runtime default": lambda: ort_loop(model, threads=0),
        "throughput: ONNX Runtime, a caller a core": lambda: ort_loop(model, threads=1, callers=count),
        "latency: OpenVINO": lambda: openvino_loop(model, hint="LATENCY"),
        "throughput: OpenVINO": lambda: openvino_loop(model, hint="THROUGHPUT"),
    }
    for n in range(1, count + 1):
        modes[f"latency: ONNX Runtime, {n} threads"] = lambda n=n: ort_loop(model, threads=n)  # type: ignore[misc]
    return modes


def load() -> str:
    """How busy the machine was over a second, ours left out."""
    before = snapshot(time.perf_counter())
    time.sleep(1.0)
    after = snapshot(time.perf_counter())
    share = max(after.busy_s - before.busy_s, 0.0) / cores()
    return f"other work before the run: {share:.0%} of {cores()} cores"


def main(wanted: list[str]) -> int:
    """Print the tables; needs the models beside the repository."""
    if not (SHARED / "onnx").is_dir():
        print(f"left out: no models at {SHARED / 'onnx'}")
        return 0
    what = wanted[0] if wanted else ""
    print(load())
    if what in ("", "agree"):
        agree(wanted[1:] or AGREE)
    if what in ("", "tune"):
        speed(wanted[1:] or SPEED)
    if DISTURBED:
        most = f"{sum(share > FOREIGN for share in DISTURBED)} of {len(DISTURBED)} runs"
        print(f"other work took over {FOREIGN:.0%} of the cores beside {most} that count, {max(DISTURBED):.0%} at most")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
