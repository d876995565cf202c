"""Our cost figures against independent tools, and what `cost --tune` finds against the runtimes' own modes.

Two tables, every figure a ratio of two things done in turn in this run, each in a fresh process. Agreement: the same
ONNX, the same tensor, the same setting, ours over theirs; the floor is the most that two runs of one tool in one round
differed. Speed: what the search chose against the best of {ONNX Runtime default, tuned ONNX Runtime, OpenVINO latency
and throughput modes}; 1 or more is at least as fast, and the floor is the most that the chosen setting differed from
itself. All in fp32, the input in the type that the model declares. A run beside which other work took more than 5 % of
the cores is made again, up to four times; the least disturbed counts.

Run: python -m tests.bench.bench_cost [agree|tune] [MODEL ...]
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np

from appliance.cost.fresh import fresh
from appliance.cost.job import Refused
from appliance.cost.state import NOISE_LIMIT
from appliance.cost.trial import Trial, run_trial
from appliance.cost.tune import LATENCY, THROUGHPUT, Candidate, candidates, fair, tune
from appliance.cost.watch import snapshot
from appliance.engines.cpu import cores
from appliance.engines.ort import SPIN_US
from appliance.engines.setting import EngineSetting
from appliance.report.terminal_tune import setting
from models.facts import inspect
from models.family import sha256_of
from models.types import Card, Member
from tests.bench.tools import Figure, benchmark_app, ort_loop, same_picture

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
PIPED = "piped-xl"
AGREE = ("structure/light_squeezenet", "structure/light_resnet50", "structure/light_shufflenet", "detect/yolox_nano")
SPEED = (*AGREE, "structure/light_inception_v1", PIPED)
ROUNDS = 3
SECONDS = 1.0
FOREIGN, MOST_TRIES = 0.05, 4
NOISY = "noisy"
DISTURBED: list[float] = []
"""The share of other work beside every run that counted."""

Tool = Callable[[], Figure]
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

    def run() -> Figure:
        wanted = Trial(member, candidate.setting, candidate.callers, candidate.batch, SECONDS)
        found = fresh(wanted, run_trial)
        if isinstance(found, Refused):
            raise RuntimeError(found.what)
        cpu_ms = 1000.0 * found.seen.cpu_s / len(found.calls)
        return Figure(1000.0 * float(np.median(found.calls)), 1000.0 * float(found.calls.min()), found.rate, cpu_ms)

    return run


@dataclass
class Turns:
    """The figures of some tools, run in turn: every other round backwards, so that a drift favours none."""

    found: dict[str, list[Figure]]

    @classmethod
    def of(cls, tools: dict[str, Tool], rounds: int = ROUNDS) -> "Turns":
        found: dict[str, list[Figure]] = {name: [] for name in tools}
        for turn in range(rounds):
            for name in tools if turn % 2 == 0 else reversed(tools):
                found[name].append(undisturbed(tools[name]))
        return cls(found)

    def value(self, what: What, name: str) -> float:
        """The median of a figure over the rounds."""
        return median(getattr(figure, what) for figure in self.found[name])

    def ratio(self, what: What, over: str, under: str) -> float:
        """`over` by `under`; 1 where they are alike."""
        return self.value(what, over) / self.value(what, under)

    def floor(self, what: What, one: str, same: str) -> float:
        """A/A: the most that the same setting, run twice in a round, differed from itself in any round."""
        pairs = zip(self.found[one], self.found[same], strict=True)
        ratios = [getattr(a, what) / getattr(b, what) for a, b in pairs]
        return max(max(ratio, 1 / ratio) for ratio in ratios) - 1


def undisturbed(tool: Tool) -> Figure:
    """A tool's figure with no other work beside it; after some tries the one that had least."""
    tries: list[tuple[float, Figure]] = []
    while len(tries) < MOST_TRIES and (not tries or tries[-1][0] > FOREIGN):
        tries.append(beside(tool))
    DISTURBED.append(min(share for share, _ in tries))
    return min(tries, key=lambda found: found[0])[1]


def beside(tool: Tool) -> tuple[float, Figure]:
    """The share of the cores that other work took while a tool's process ran from start to end, and its figure."""
    before, ours, begun = snapshot(time.perf_counter()), _spent(), time.perf_counter()
    figure = tool()
    seconds = time.perf_counter() - begun
    other = snapshot(time.perf_counter()).busy_s - before.busy_s - (_spent() - ours)
    return max(other, 0.0) / (seconds * cores()), figure


def _spent() -> float:
    """CPU seconds of this process and of those it has ended."""
    found = os.times()
    return found.user + found.system + found.children_user + found.children_system


def agree(names: Sequence[str]) -> None:
    """Ours over theirs under the same setting, and the floor: the larger of their own A/A and ours."""
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
                    turns = Turns.of({"theirs": theirs, "ours": mine, "ours again": mine, "theirs again": theirs})
                    _tell_agreement(f"{member.name}, {provider}, {threads}", turns)


def same_settings(member: Member, threads: int, picture: str) -> dict[str, Tool]:
    """The other tools told what our engine tells the runtimes: how long to spin, no pinning, this very tensor."""
    spin = int(SPIN_US) if threads > 1 else None
    told = ("-hint", "none", "-nstreams", "1", "-nthreads", str(threads), "-api", "sync", "-pin", "NO", "-i", picture)
    return {
        "cpu": lambda: ort_loop(member.file, threads=threads, seconds=SECONDS, spin_us=spin),
        "openvino": lambda: benchmark_app(member.file, SECONDS, *told),
    }


def _tell_agreement(label: str, turns: Turns) -> None:
    ratio = turns.ratio("median_ms", "ours", "theirs")
    floor = max(
        turns.floor("median_ms", "theirs", "theirs again"), turns.floor("median_ms", "ours", "ours again"), 0.005
    )
    word = NOISY if floor > NOISE_LIMIT else "agrees" if max(ratio, 1 / ratio) - 1 <= floor else "DIFFERS"
    least, cpu = turns.ratio("least_ms", "ours", "theirs"), turns.ratio("cpu_ms", "ours", "theirs")
    values = f"{turns.value('median_ms', 'theirs'):.2f}, {turns.value('median_ms', 'ours'):.2f} ms"
    print(f"{label:<38} {ratio:7.3f} {floor:7.1%} {word:<8} {least:6.3f} {cpu:6.3f}  {values}", flush=True)


def speed(names: Sequence[str]) -> None:
    """What the search chose against the best of the runtimes' own modes, and how that differs from itself."""
    heads = ("answer", "floor", "", "rate", "floor", "")
    print(f"{'chosen / best of the usual modes':<34} " + " ".join(f"{head:>7}" for head in heads))
    for name in names:
        member = member_of(found_model(name))
        tried = [c for c in candidates(cores(), member.card.batch, ("cpu", "openvino"), False) if fair(c)]
        begun = time.perf_counter()
        best = {goal: result.candidate for goal, result in tune(member, tried).best.items()}
        spent = time.perf_counter() - begun
        soonest, most = ours(member, best[LATENCY]), ours(member, best[THROUGHPUT])
        theirs = usual(member)
        turns = Turns.of(
            {"soonest": soonest, "most": most, **theirs, "soonest again": soonest, "most again": most}, ROUNDS
        )
        quick = min((n for n in theirs if n.startswith("latency")), key=lambda n: turns.value("median_ms", n))
        many = max(theirs, key=lambda n: turns.value("rate", n))
        cells = [
            *verdict(turns.ratio("median_ms", quick, "soonest"), turns.floor("median_ms", "soonest", "soonest again")),
            *verdict(turns.ratio("rate", "most", many), turns.floor("rate", "most", "most again")),
        ]
        print(f"{member.name:<34} " + " ".join(f"{cell:>7}" for cell in cells))
        print(f"    soonest: {setting(best[LATENCY])} against {quick}")
        print(f"    most: {setting(best[THROUGHPUT])} against {many}; {len(tried)} settings searched in {spent:.0f} s")
        for n in turns.found:
            told = ", ".join(f"{f.median_ms:.2f} ms {f.rate:.1f}/s" for f in turns.found[n])
            print(f"      {n:<36} {told}", flush=True)


def verdict(ratio: float, floor: float) -> tuple[str, str, str]:
    """A ratio, its floor, and whether it is at least 1 within the floor; a floor too wide shows nothing."""
    word = NOISY if floor > NOISE_LIMIT else "holds" if ratio >= 1 / (1 + floor) else "MISSED"
    return f"{ratio:.3f}", f"{floor:.1%}", word


def usual(member: Member) -> dict[str, Tool]:
    """The modes a user would reach for: ONNX Runtime as it comes and by hand, OpenVINO's two hints."""
    model, count = member.file, cores()
    modes: dict[str, Tool] = {
        "latency: ONNX Runtime default": lambda: ort_loop(model, threads=0, seconds=SECONDS),
        "rate: ONNX Runtime, a caller a core": lambda: ort_loop(model, threads=1, seconds=SECONDS, callers=count),
        "latency: OpenVINO": lambda: benchmark_app(model, SECONDS, "-hint", "latency"),
        "rate: OpenVINO throughput": lambda: benchmark_app(model, SECONDS, "-hint", "throughput"),
    }
    for n in range(1, count + 1):
        modes[f"latency: ONNX Runtime, {n} threads"] = lambda n=n: ort_loop(model, threads=n, seconds=SECONDS)  # type: ignore[misc]
    return modes


def load() -> str:
    """How busy the machine was over a second, ours left out."""
    before = snapshot(time.perf_counter())
    time.sleep(1.0)
    after = snapshot(time.perf_counter())
    return f"other work before the run: {(after.busy_s - before.busy_s) / cores():.0%} of {cores()} cores"


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
