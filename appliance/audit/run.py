"""One audit from plan to digest: fail before the long work, keep every finished cell, resume to the same result."""

import secrets
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.audit.environment import environment
from appliance.audit.grid import Finished, Grid
from appliance.audit.plan import Job, Plan, Probe, plan_digest, shots
from appliance.audit.pool import Answer, Death, Pool, Work
from appliance.audit.worker import Probed, Result
from appliance.engines.types import EngineFacts
from appliance.errors import InputRefused, Interrupted, MachineFailed
from appliance.log.digest import run_digest
from appliance.log.log import Log
from appliance.log.seen import add_shot, add_sight, draws_done
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
from models.types import Member
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


def probe(pool: Pool, plan: Plan) -> dict[str, EngineFacts]:
    """Try every member once; what ran, by member. Raises InputRefused naming the first that cannot serve the task."""
    probes = [Probe(n) for n in range(len(plan.members))]
    found = {_member(plan, answer): _accepted(plan, answer) for answer in pool.run(probes, deque())}
    return {member.name: found[member.name] for member in plan.members}


def _member(plan: Plan, answer: Answer | Death) -> str:
    return plan.members[answer.job.member if isinstance(answer.job, Probe) else 0].name


def _accepted(plan: Plan, answer: Answer | Death) -> EngineFacts:
    if isinstance(answer, Probed) and answer.facts is not None:
        return answer.facts
    job = answer.job
    member = plan.members[job.member if isinstance(job, Probe) else 0]
    if isinstance(answer, Probed) and answer.refusal is not None:
        refused = MachineFailed if answer.refusal.machine else InputRefused
        raise refused(answer.refusal.what, file=answer.refusal.file, mend=answer.refusal.mend)
    how = answer.how if isinstance(answer, Death) else "no answer"
    raise InputRefused(
        f"member {member.name} ends the process that runs it ({how})",
        file=str(member.file),
        mend="take it out of family.toml or export it again",
    )


def _open_run(
    log: Log, order: Order, by_member: dict[str, EngineFacts], *, resume: bool
) -> tuple[str, set[tuple[str, str]]]:
    facts = next(iter(by_member.values()))
    digest = plan_digest(order.plan, order.parts, facts.identity)
    known = log.resumable(digest) if resume else None
    if known is not None:
        return known, log.finished_cells(known) | _shots_done(log, order.plan, known)
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
        environment=environment(facts, order.workers) | _engines(by_member) | order.environment,
    )
    log.start_run(head, order.parts, _member_rows(order.plan), _condition_rows(order.plan))
    log.add_warnings(head.run, order.warnings)
    return head.run, set()


def _engines(by_member: dict[str, EngineFacts]) -> dict[str, Any]:
    """Precision and node placement of the members that run otherwise than the first; nothing where all run alike."""
    said = {name: f"{facts.precision}, {_places(facts)}" for name, facts in by_member.items()}
    first = next(iter(said.values()))
    unlike = {name: text for name, text in said.items() if text != first}
    return {"engines": unlike} if unlike else {}


def _places(facts: EngineFacts) -> str:
    return ", ".join(f"{share:.0%} of nodes on {place}" for place, share in facts.placement) or "nodes not told"


def _fill(log: Log, run: str, grid: Grid, pool: Pool, progress: Progress) -> Grid:
    """Do every job that is left; a condition's cells are committed as its last chunk comes in."""
    total, done, pictures, start = grid.jobs_left(), 0, 0, time.monotonic()
    again: deque[Work] = deque()
    for answer in pool.run(grid.jobs(), again):
        if isinstance(answer, Death) and isinstance(answer.job, Job):
            again.append(grid.bury(answer.job, answer))
        elif isinstance(answer, Result):
            finished = grid.take(answer)
            if finished is not None:
                _keep(log, run, finished)
            done, pictures = done + 1, pictures + len(answer.job.parts)
            progress(Step(done, total, pictures, time.monotonic() - start))
    return grid


def _shots_done(log: Log, plan: Plan, run: str) -> set[tuple[str, str]]:
    """The repeated shots that are kept, named as the cells of the grid are."""
    keys = [shot.key for shot in shots(plan.repeats)]
    return {(member, keys[draw]) for member, draw in draws_done(log, run) if draw < len(keys)}


def _keep(log: Log, run: str, finished: Finished) -> None:
    """Write a finished condition, its cells last: what stands in the grid is whole."""
    if finished.draw is not None:
        add_shot(log, run, finished.draw, {cell.member: cell.outcomes for cell in finished.cells})
        return
    if finished.sight is not None:
        add_sight(log, run, finished.key, finished.sight)
    if finished.cells:
        log.add_cells(run, finished.cells)


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
    return [MemberRow(m.name, m.sha256, m.params, m.macs, m.activations, _card(m)) for m in plan.members]


def _card(member: Member) -> dict[str, Any]:
    """The card as the log keeps it; a converted member's says what it was made from and how it was held against it."""
    own = {"made_from": member.made_from, "precision": member.precision, "gate": member.gate and asdict(member.gate)}
    return asdict(member.card) | {key: value for key, value in own.items() if value}


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
