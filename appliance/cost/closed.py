"""The cost that every audit measures beside its scores: the `closed` load, from file to verdict at batch 1.

`inspect-eval cost` measures the same way, for longer, in several rounds and under the line's own load.
"""

import math
from collections.abc import Sequence

from appliance.audit.plan import Plan
<<<<<<< HEAD
from appliance.audit.pool import die_with_parent
from appliance.audit.worker import clock, read_scene
from appliance.engines.select import alone
from appliance.engines.types import Engine
from appliance.errors import InspectError, MachineFailed
=======
from appliance.cost.fresh import Run, in_fresh_process
from appliance.cost.job import Job
from appliance.cost.loads import Line
from appliance.cost.parts import spread_parts
from appliance.cost.percentiles import SMALLEST_N
from appliance.cost.record import MemberCost
from appliance.cost.rows import member_rows
from appliance.engines.cpu import CpuSpec, cores
from appliance.errors import MachineFailed
>>>>>>> main
from appliance.log.types import CostRow

NAN = float("nan")


def closed_costs(plan: Plan, seconds: float, run: Run = in_fresh_process) -> list[CostRow]:
    """One row a member, about `seconds` each (longer until 459 samples are in, at most four times).

    Raises MachineFailed where a member cannot be measured.
    """
    parts = spread_parts(plan.parts, plan.bits)
    rows = []
    for member in plan.members:
        job = Job(
            member, CpuSpec(cores()), parts, plan.task, plan.bits, Line(1.0), ("closed",), seconds,
            least=SMALLEST_N[0.99],
        )  # fmt: skip
        measured = member_rows(job, [run(job)])[0]
        if measured.mean_ms is None:
            raise MachineFailed(
                f"the cost of {member.name} cannot be measured: {measured.reason}", file=str(member.file)
            )
        rows.append(cost_row(measured))
    return rows


<<<<<<< HEAD
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
=======
def cost_row(row: MemberCost) -> CostRow:
    """A row of a record as a row of a run's `costs`: a figure that was not measured is NaN or None."""
>>>>>>> main
    return CostRow(
        member=row.member,
        load=row.load,
        provider=row.provider,
        precision=row.precision,
        batch=row.batch,
        threads=row.threads,
        n=row.n,
        p50=_number(row.median_ms),
        p90=row.p90_ms,
        p99=row.p99_ms,
        mean=_number(row.mean_ms),
        throughput=_number(row.throughput),
        first_ms=_number(row.first_ms),
        load_ms=_number(row.load_ms),
        peak_rss_mb=_number(row.peak_rss_mb),
        stages=row.stages_ms,
        state=row.state,
        reason=row.reason,
    )


def _number(value: float | None) -> float:
    return NAN if value is None or not math.isfinite(value) else value


def members_cost(rows: Sequence[CostRow]) -> dict[str, CostRow]:
    """Rows by member; the closed model's where there are several."""
    return {row.member: row for row in rows if row.load == "closed"}
