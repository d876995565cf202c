"""Our cost figures against independent tools, and what `cost --tune` finds against the runtimes' own modes.

Two tables, every figure a ratio of two things done in turn in this run (theirs, ours, theirs, ours), each in a fresh
process. Agreement: the same ONNX under the same setting, ours over theirs; the noise floor is how far two of their own
runs lie apart. Speed: what the search chose against the best of {ONNX Runtime default, tuned ONNX Runtime, OpenVINO
latency and throughput modes}, 1 or more is at least as fast. On a busy machine medians and rates are the machine's:
the least time of a call, and pictures by CPU time, are printed beside them.

Run: python -m tests.bench.bench_cost [agree|tune] [MODEL ...]
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from appliance.cost.fresh import fresh
from appliance.cost.job import Refused
from appliance.cost.trial import Trial, run_trial
from appliance.cost.tune import LATENCY, THROUGHPUT, Candidate, candidates, fair, tune
from appliance.cost.watch import snapshot
from appliance.engines.cpu import cores
from appliance.engines.setting import EngineSetting
from models.facts import inspect
from models.family import sha256_of
from models.types import Card, Member
from tests.bench.tools import Figure, benchmark_app, ort_loop

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
AGREE = ("structure/light_squeezenet", "structure/light_resnet50", "structure/light_shufflenet", "detect/yolox_nano")
SPEED = (*AGREE, "structure/light_inception_v1", "structure/light_densenet121")
ROUNDS = 3
SECONDS = 1.0

Tool = Callable[[], Figure]


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
    """The figures of some tools, run in turn."""

    tools: dict[str, Tool]
    found: dict[str, list[Figure]]

    @classmethod
    def of(cls, tools: dict[str, Tool], rounds: int = ROUNDS) -> "Turns":
        turns = cls(tools, {name: [] for name in tools})
        for _ in range(rounds):
            for name, tool in tools.items():
                turns.found[name].append(tool())
        return turns

    def median(self, name: str) -> float:
        """Median ms of a call in the best round."""
        return min(figure.median_ms for figure in self.found[name])

    def least(self, name: str) -> float:
        """The least ms of any call."""
        return min(figure.least_ms for figure in self.found[name])

    def rate(self, name: str) -> float:
        """Pictures per second in the best round."""
        return max(figure.rate for figure in self.found[name])

    def cpu(self, name: str) -> float:
        """Least CPU ms of a call of any round."""
        return min(figure.cpu_ms for figure in self.found[name])

    def noise(self, name: str) -> float:
        """How far a tool's own rounds lie apart: (largest - smallest) / smallest median."""
        medians = [figure.median_ms for figure in self.found[name]]
        return (max(medians) - min(medians)) / min(medians)


def agree(names: Sequence[str]) -> None:
    """Ours over theirs under the same setting."""
    print(f"{'same setting, ours / theirs':<44} {'median':>7} {'least':>7} {'CPU ms':>7} {'floor':>7}")
    for name in names:
        member = member_of(SHARED / "onnx" / f"{name}.onnx")
        for threads in sorted({1, cores()}):
            batch = member.card.batch or 1
            openvino = ("-hint", "none", "-nstreams", "1", "-nthreads", str(threads), "-api", "sync")
            pairs = {
                "cpu": lambda m=member, t=threads: ort_loop(m.file, threads=t, seconds=SECONDS),
                "openvino": lambda m=member, o=openvino: benchmark_app(m.file, SECONDS, *o),
            }
            for provider, theirs in pairs.items():
                mine = ours(member, Candidate(EngineSetting(provider, threads=threads), 1, batch))
                turns = Turns.of({"theirs": theirs, "ours": mine})
                label = f"{member.name}, {provider}, {threads} threads"
                ratios = [f("ours") / f("theirs") for f in (turns.median, turns.least, turns.cpu)]
                cells = " ".join(f"{ratio:7.2f}" for ratio in ratios)
                print(f"{label:<44} {cells} {turns.noise('theirs'):7.0%}", flush=True)


def speed(names: Sequence[str]) -> None:
    """What the search chose against the best of the runtimes' own modes."""
    print(f"{'chosen against the best of the usual modes':<44} {'median':>7} {'least':>7} {'rate':>7} {'by CPU':>7}")
    for name in names:
        member = member_of(SHARED / "onnx" / f"{name}.onnx")
        tried = [c for c in candidates(cores(), member.card.batch, ("cpu", "openvino"), False) if fair(c)]
        best = {goal: result.candidate for goal, result in tune(member, tried).best.items()}
        modes, batch = usual(member), member.card.batch or 1
        most = best[THROUGHPUT]
        modes["soonest"] = Mode(ours(member, best[LATENCY]), 0, batch)
        modes["most"] = Mode(ours(member, most), most.callers * most.setting.threads, most.batch)
        turns = Turns.of({n: mode.tool for n, mode in modes.items()}, ROUNDS - 1)
        theirs = [n for n in modes if n not in ("soonest", "most")]
        quick = [n for n in theirs if n.startswith("latency")]
        answer = min(map(turns.median, quick)) / turns.median("soonest")
        least = min(map(turns.least, quick)) / turns.least("soonest")
        rate = turns.rate("most") / max(map(turns.rate, theirs))
        by_cpu = modes["most"].capacity(turns.cpu("most")) / max(modes[n].capacity(turns.cpu(n)) for n in theirs)
        print(f"{member.name:<44} {answer:7.2f} {least:7.2f} {rate:7.2f} {by_cpu:7.2f}")
        print("    soonest:", _words(best[LATENCY]), "| most:", _words(most))
        for n in modes:
            told = f"{turns.median(n):.1f} ms, least {turns.least(n):.1f}, {turns.rate(n):.0f}/s"
            print(f"      {n:<40} {told}, CPU {turns.cpu(n):.1f} ms a call", flush=True)


def _words(candidate: Candidate) -> str:
    s = candidate.setting
    return f"{s.provider} {s.layout} {s.threads} threads x {candidate.callers}, batch {candidate.batch}"


@dataclass(frozen=True)
class Mode:
    """A way to run a model: `threads` at work in all, `batch` pictures a call."""

    tool: Tool
    threads: int
    batch: int

    def capacity(self, cpu_ms: float) -> float:
        """Pictures per second on cores of its own, from CPU ms a call: what a busy machine leaves as it is."""
        return self.threads * self.batch * 1000.0 / cpu_ms


def usual(member: Member) -> dict[str, Mode]:
    """The modes a user would reach for: ONNX Runtime as it comes and by hand, OpenVINO's two hints."""
    model, count, batch = member.file, cores(), member.card.batch or 1
    modes = {
        "latency: ONNX Runtime default": Mode(lambda: ort_loop(model, threads=0, seconds=SECONDS), count, batch),
        "rate: ONNX Runtime, a caller a core": Mode(
            lambda: ort_loop(model, threads=1, seconds=SECONDS, callers=count), count, batch
        ),
        "latency: OpenVINO": Mode(lambda: benchmark_app(model, SECONDS, "-hint", "latency"), count, batch),
        "rate: OpenVINO throughput": Mode(lambda: benchmark_app(model, SECONDS, "-hint", "throughput"), count, batch),
    }
    for n in range(1, count + 1):
        tool = lambda n=n: ort_loop(model, threads=n, seconds=SECONDS)  # noqa: E731 - one a thread count
        modes[f"latency: ONNX Runtime, {n} threads"] = Mode(tool, n, batch)
    return modes


def load() -> str:
    """How busy the machine was over a second, ours left out."""
    import time

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
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
