"""The `closed` load model: the next part starts when the last one ends, at batch 1, from file to verdict.

Each member runs in a fresh process of its own, so that memory and first-inference times are its alone. Rules:
warm-up is detected and not counted; percentiles are upper confidence bounds; a busy machine marks the row.
"""

import multiprocessing
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from multiprocessing.connection import Connection

import numpy as np
import psutil
from numpy.typing import NDArray

from appliance.audit.plan import Plan
from appliance.audit.pool import die_with_parent
from appliance.audit.worker import clock, read_scene
from appliance.engines.select import alone
from appliance.engines.types import Engine
from appliance.errors import InspectError, MachineFailed
from appliance.log.types import CostRow
from appliance.parts.types import Part
from appliance.score.intervals import percentile_upper
from appliance.tasks import TASKS
from models.preprocess import preprocess
from models.types import Member
from perturb.errors import PerturbError

ENOUGH = 459  # samples that support a p99 bound at 99 % confidence with none over it
WINDOW = 20
PICTURES = 64  # different parts the loop goes round
FOREIGN_LIMIT = 0.10  # share of the machine's cores other work may take before a row is marked
LONGEST = 4.0  # times the asked seconds, whatever the sample count
STAGES = ("decode", "preprocess", "infer", "postprocess")


@dataclass(frozen=True)
class Timed:
    """What one member's process sends back: per-part seconds (n, 4) by `STAGES`, and what else it saw."""

    stages: NDArray[np.float64]
    load_s: float
    first_s: float
    warm: bool
    foreign: float
    peak_rss_mb: float
    threads: int
    provider: str
    precision: str


def closed_costs(plan: Plan, seconds: float) -> list[CostRow]:
    """One row a member, about `seconds` each (longer until 459 samples are in, at most four times).

    Raises MachineFailed where a member's process dies.
    """
    usable = _usable_parts(plan)
    return [_row(member, _measured(replace(plan, parts=usable), n, seconds)) for n, member in enumerate(plan.members)]


def _usable_parts(plan: Plan) -> tuple[Part, ...]:
    """Up to 64 parts spread over the set, those that decode."""
    step = max(len(plan.parts) // PICTURES, 1)
    wanted = range(0, len(plan.parts), step)
    return tuple(plan.parts[n] for n in wanted if _decodes(plan, n))[:PICTURES]


def _decodes(plan: Plan, index: int) -> bool:
    try:
        read_scene(plan, index)
    except (InspectError, PerturbError):
        return False
    return True


def _measured(plan: Plan, member: int, seconds: float) -> Timed:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_measure_in_child, args=(plan, member, seconds, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        timed: Timed = ours.recv()
    except EOFError:
        process.join()
        raise MachineFailed(
            f"the process measuring {plan.members[member].name} ended with {process.exitcode}",
            file=str(plan.members[member].file),
        ) from None
    process.join()
    return timed


def _measure_in_child(plan: Plan, member: int, seconds: float, pipe: Connection) -> None:
    die_with_parent()
    pipe.send(measure(plan, plan.members[member], seconds))


def measure(plan: Plan, member: Member, seconds: float) -> Timed:
    """Time `member` in this process, on the plan's engine with the machine to itself."""
    start = time.perf_counter()
    engine = alone(plan.spec).open(member)
    load = time.perf_counter() - start
    loop = _loop(plan, member, engine)
    first = sum(next(loop))
    warm = _warm_up(loop, seconds)
    before, began = _busy(), time.perf_counter()
    samples = _sample(loop, seconds)
    foreign = _foreign(before, _busy(), time.perf_counter() - began)
    facts = engine.facts()
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Timed(samples, load, first, warm, foreign, rss, facts.threads, facts.provider, facts.precision)


def _loop(plan: Plan, member: Member, engine: Engine) -> Iterator[tuple[float, ...]]:
    """Seconds by stage, part after part, for ever."""
    for index in cycle(range(len(plan.parts))):
        spent: dict[str, float] = {}
        with clock(spent, "decode"):
            scene = read_scene(plan, index)
        with clock(spent, "preprocess"):
            tensor = preprocess(scene.pixels, scene.bits, member.card)[None]
            if member.card.batch:
                tensor = np.repeat(tensor, member.card.batch, axis=0)
        with clock(spent, "infer"):
            raw = engine.run(tensor)
        with clock(spent, "postprocess"):
            TASKS[plan.task].outcomes(raw, member.card)
        yield tuple(spent[stage] for stage in STAGES)


def _warm_up(loop: Iterator[tuple[float, ...]], seconds: float) -> bool:
    """Run windows until three in a row agree in median within 10 %; False where they never do."""
    medians: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        medians.append(float(np.median([sum(next(loop)) for _ in range(WINDOW)])))
        last = medians[-3:]
        if len(last) == 3 and max(last) <= 1.10 * min(last):
            return True
    return False


def _sample(loop: Iterator[tuple[float, ...]], seconds: float) -> NDArray[np.float64]:
    start = time.perf_counter()
    samples: list[tuple[float, ...]] = []
    while _goes_on(time.perf_counter() - start, len(samples), seconds):
        samples.append(next(loop))
    return np.array(samples)


def _goes_on(spent: float, count: int, seconds: float) -> bool:
    return spent < seconds or (count < ENOUGH and spent < LONGEST * seconds)


def _busy() -> tuple[float, float]:
    """Core-seconds the machine has been busy, and those that were ours."""
    whole = psutil.cpu_times()
    ours = psutil.Process().cpu_times()
    idle = whole.idle + getattr(whole, "iowait", 0.0)
    return sum(whole[:8]) - idle, ours.user + ours.system


def _foreign(before: tuple[float, float], after: tuple[float, float], wall: float) -> float:
    """Share of all cores that other work (or the hypervisor) took."""
    others = (after[0] - before[0]) - (after[1] - before[1])
    return max(others, 0.0) / (wall * (psutil.cpu_count() or 1))


def _row(member: Member, timed: Timed) -> CostRow:
    totals = 1000.0 * timed.stages.sum(axis=1)
    means = 1000.0 * timed.stages.mean(axis=0)
    state, reason = _state(timed)
    return CostRow(
        member=member.name,
        load="closed",
        provider=timed.provider,
        precision=timed.precision,
        batch=member.card.batch or 1,
        threads=timed.threads,
        n=len(totals),
        p50=float(np.median(totals)),
        p90=percentile_upper(totals, 0.90),
        p99=percentile_upper(totals, 0.99),
        mean=float(totals.mean()),
        throughput=1000.0 / float(totals.mean()),
        first_ms=1000.0 * timed.first_s,
        load_ms=1000.0 * timed.load_s,
        peak_rss_mb=timed.peak_rss_mb,
        stages=dict(zip(STAGES, map(float, means), strict=True)),
        state=state,
        reason=reason,
    )


def _state(timed: Timed) -> tuple[str, str]:
    if timed.foreign > FOREIGN_LIMIT:
        return "contended", f"other work took {timed.foreign:.0%} of the cores"
    if not timed.warm:
        return "unstable", "the medians of three windows never agreed within 10 %"
    if len(timed.stages) < ENOUGH:
        return "too few", f"{len(timed.stages)} samples do not support a p99 bound (459 do)"
    return "valid", ""


def members_cost(rows: Sequence[CostRow]) -> dict[str, CostRow]:
    """Rows by member; the closed model's where there are several."""
    return {row.member: row for row in rows if row.load == "closed"}
