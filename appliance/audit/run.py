"""One audit from plan to digest: fail before the long work, keep every finished cell, resume to the same result."""

import secrets
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.audit.environment import environment
from appliance.audit.grid import Grid
from appliance.audit.plan import Job, Plan, Probe, plan_digest
from appliance.audit.pool import Answer, Death, Pool, Work
from appliance.audit.worker import Probed, Result
from appliance.engines.types import EngineFacts
from appliance.errors import InputRefused, Interrupted
from appliance.log.digest import run_digest
from appliance.log.log import Log
from appliance.log.types import (
    ConditionRow,
    CostRow,
    MemberRow,
    PartRow,
    RunHead,
    RunState,
    RunTail,
    Warn,
)
from perturb import PERTURBATIONS


@dataclass(frozen=True)
class Order:
    """An audit as it is asked for: the plan and what the log keeps beside it."""

    plan: Plan
    parts: tuple[PartRow, ...]
    family: str
    parts_root: str
    suite: str
    config: dict[str, Any]
    config_digest: str
    limits: dict[str, float]
    limits_digest: str
    workers: int
    cache: Path
    warnings: tuple[Warn, ...] = ()
    environment: dict[str, Any] = field(default_factory=dict)  # what the log keeps of the machine beside the facts


@dataclass(frozen=True)
class Step:
    """Progress: jobs done of all, pictures (a part under a condition) scored, seconds since the first job."""

    done: int
    total: int
    pictures: int
    seconds: float


Progress = Callable[[Step], None]
Measure = Callable[[Plan], Sequence[CostRow]]


def run_audit(log: Log, order: Order, *, resume: bool, progress: Progress, measure: Measure | None = None) -> str:
    """Run the order and return the run's id. The caller holds the site's lock.

    Raises InputRefused where a member does not fit the task (before anything is written), Interrupted where a
    person or the service manager stops it (every finished cell is kept).
    """
    start = time.monotonic()
    with _store(order) as plan, Pool(plan, order.workers) as pool:
        facts = probe(pool, plan)
        run, finished = _open_run(log, order, facts, resume=resume)
        try:
            grid = _fill(log, run, Grid(plan, finished), pool, progress)
        except KeyboardInterrupt:
            log.finish_run(run, RunTail(RunState.INTERRUPTED, now(), time.monotonic() - start))
            raise Interrupted(
                "stopped; every finished cell is kept", mend="go on with `inspect-eval audit --resume`"
            ) from None
    log.add_warnings(run, grid.warnings)
    if measure is not None:
        log.add_costs(run, measure(plan))
    log.finish_run(run, RunTail(RunState.DONE, now(), time.monotonic() - start, run_digest(log, run)))
    return run


def probe(pool: Pool, plan: Plan) -> EngineFacts:
    """Try every member once; raises InputRefused naming the first that cannot serve the task."""
    probes = [Probe(n) for n in range(len(plan.members))]
    first, *_ = [_accepted(plan, answer) for answer in pool.run(probes, deque())]
    return first


def _accepted(plan: Plan, answer: Answer | Death) -> EngineFacts:
    if isinstance(answer, Probed) and answer.facts is not None:
        return answer.facts
    job = answer.job
    member = plan.members[job.member if isinstance(job, Probe) else 0]
    if isinstance(answer, Probed) and answer.refusal is not None:
        raise InputRefused(answer.refusal.what, file=answer.refusal.file, mend=answer.refusal.mend)
    how = answer.how if isinstance(answer, Death) else "no answer"
    raise InputRefused(
        f"member {member.name} ends the process that runs it ({how})",
        file=str(member.file),
        mend="take it out of family.toml or export it again",
    )


def _open_run(log: Log, order: Order, facts: EngineFacts, *, resume: bool) -> tuple[str, set[tuple[str, str]]]:
    digest = plan_digest(order.plan, order.parts, facts.identity)
    known = log.resumable(digest) if resume else None
    if known is not None:
        return known, log.finished_cells(known)
    head = RunHead(
        run=new_run_id(),
        started=now(),
        seed=order.plan.seed,
        task=order.plan.task,
        family=order.family,
        parts_root=order.parts_root,
        suite=order.suite,
        config=order.config,
        config_digest=order.config_digest,
        limits=order.limits,
        limits_digest=order.limits_digest,
        plan_digest=digest,
        environment=environment(facts, order.workers) | order.environment,
    )
    log.start_run(head, order.parts, _member_rows(order.plan), _condition_rows(order.plan))
    log.add_warnings(head.run, order.warnings)
    return head.run, set()


def _fill(log: Log, run: str, grid: Grid, pool: Pool, progress: Progress) -> Grid:
    """Do every job that is left; a condition's cells are committed as its last chunk comes in."""
    total, done, pictures, start = grid.jobs_left(), 0, 0, time.monotonic()
    again: deque[Work] = deque()
    for answer in pool.run(grid.jobs(), again):
        if isinstance(answer, Death) and isinstance(answer.job, Job):
            again.append(grid.bury(answer.job, answer))
        elif isinstance(answer, Result):
            cells = grid.take(answer)
            if cells:
                log.add_cells(run, cells)
            done, pictures = done + 1, pictures + len(answer.job.parts)
            progress(Step(done, total, pictures, time.monotonic() - start))
    return grid


@contextmanager
def _store(order: Order) -> Iterator[Plan]:
    """The plan with a folder for decoded pictures in the site's cache; gone when the audit ends."""
    if order.plan.store_bytes <= 0:
        yield order.plan
        return
    order.cache.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="pixels-", dir=order.cache))
    try:
        yield replace(order.plan, store=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _member_rows(plan: Plan) -> list[MemberRow]:
    from dataclasses import asdict

    return [MemberRow(m.name, m.sha256, m.params, m.macs, m.activations, asdict(m.card)) for m in plan.members]


def _condition_rows(plan: Plan) -> list[ConditionRow]:
    rows = []
    for c in plan.conditions:
        known = PERTURBATIONS.get(c.name)
        neutral = known.neutral if known else 0.0
        rows.append(ConditionRow(c.key, c.name, c.group, c.unit, c.severity, neutral, c.level, c.repeat))
    return rows


def new_run_id() -> str:
    """`20261123-221500-9f3a`: sorts by time, and two of one second still differ."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def now() -> str:
    """UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
