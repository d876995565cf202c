"""Measure the cost of a site's family on the site's own parts, as its line sends them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance.audit.environment import package_version
from appliance.audit.order import site_family
from appliance.audit.run import now
from appliance.cost.engine import build_seconds, gpu_of
from appliance.cost.fresh import Run, Told, in_fresh_process, rounds
from appliance.cost.job import Job, Measured, Refused
from appliance.cost.loads import LOADS, Line, LoadName, checked
from appliance.cost.machine import machine
from appliance.cost.parts import picture_facts, spread_parts
from appliance.cost.percentiles import SMALLEST_N
from appliance.cost.record import CostRecord, MemberCost
from appliance.cost.rows import Stated, member_rows
from appliance.cost.state import FAILED
from appliance.cost.watch import busiest, foreign_now
from appliance.engines.prepare import require_ready
from appliance.engines.select import alone, engine_spec
from appliance.errors import InputRefused, InspectError, MachineFailed, UsageError
from appliance.parts.read import read_parts
from appliance.site import Site
from models.types import Family, Member

QUICK_S, ACCEPTANCE_S = 20.0, 600.0
ROUNDS = 2  # the least that makes an A/A pair
SHORTEST_S, LONGEST_S = 1.0, 86400.0
BATCHES = (2, 4, 8, 16)
TOO_BUSY = 0.5  # share of the cores at work before we begin: no figure of such a machine means anything
SPARE = 1.25  # parts wanted beyond the smallest n, because parts that follow each other are worth less


@dataclass(frozen=True)
class CostWish:
    """What a command line asks of a cost; None keeps the site's own."""

    loads: tuple[LoadName, ...] = LOADS
    seconds: float = QUICK_S
    rounds: int = ROUNDS
    members: tuple[str, ...] = ()
    provider: str | None = None
    threads: int | None = None
    takt_s: float | None = None
    jitter_s: float | None = None
    cameras: int | None = None
    deadline_s: float | None = None


def cost_site(site: Site, wish: CostWish, told: Told | None = None, run: Run = in_fresh_process) -> CostRecord:
    """Measure every member asked for, round by round in fresh processes.

    Raises UsageError for a line, a time or a member that cannot be, InputRefused where no member can be measured.
    """
    line, seconds = site_line(site, wish), _seconds(wish)
    spec = alone(engine_spec(site, provider=wish.provider, threads=wish.threads))
    require_ready(spec)
    family = chosen(site_family(site), wish.members)
    parts = spread_parts(read_parts(site).parts, site.bits)
    least = math.ceil(SPARE * SMALLEST_N[0.99] / wish.rounds)
    jobs = [
        Job(
            member, spec, parts, site.task.kind, site.bits, line, wish.loads, seconds / wish.rounds,
            seed=site.audit.seed, batches=BATCHES, least=least, gpu=gpu_of(spec),
        )
        for member in family.members
    ]  # fmt: skip
    ready = [_built(job) for job in jobs]
    answers = iter(rounds([job for job in ready if isinstance(job, Job)], wish.rounds, told, run))
    stated = Stated(float(site.prices.power_w or 0.0), float(site.prices.idle_w or 0.0))
    rows: list[MemberCost] = []
    notes: dict[str, None] = {}
    for job, found in zip(jobs, ready, strict=True):
        told_us = next(answers) if isinstance(found, Job) else [found]
        rows += member_rows(found if isinstance(found, Job) else job, told_us, stated)
        notes |= dict.fromkeys(n for a in told_us if isinstance(a, Measured) for n in a.facts.notes)
    return CostRecord(
        made=now(),
        family=family.name,
        machine=machine(),
        rows=tuple(require_some(rows)),
        picture=picture_facts(parts),
        notes=tuple(notes),
        tool=f"inspect-eval {package_version('inspect-eval')}",
    )


def check_cost_wish(site: Site, wish: CostWish) -> None:
    """Raise UsageError for a line, a time or a provider that cannot be, before anything is read or locked."""
    site_line(site, wish)
    _seconds(wish)
    engine_spec(site, provider=wish.provider, threads=wish.threads)


def _built(job: Job) -> Job | Refused:
    """The job once its engine is built, with the seconds that took; or why it cannot be."""
    try:
        return replace(job, build_s=build_seconds(job.spec, job.member))
    except InspectError as error:
        return Refused(error.what, error.file, error.mend)


def site_line(site: Site, wish: CostWish) -> Line:
    """The line as site.toml has it, changed by the command line. Raises UsageError for one that cannot be."""
    has = site.line
    line = Line(has.takt_s, has.jitter_ms / 1000.0, has.cameras, has.deadline_ms / 1000.0)
    asked = {"takt_s": wish.takt_s, "jitter_s": wish.jitter_s, "cameras": wish.cameras, "deadline_s": wish.deadline_s}
    return checked(replace(line, **{key: value for key, value in asked.items() if value is not None}))  # type: ignore[arg-type]


def _seconds(wish: CostWish) -> float:
    if not SHORTEST_S <= wish.seconds <= LONGEST_S:
        raise UsageError(f"{wish.seconds:g} seconds a member", mend=f"give {SHORTEST_S:g} to {LONGEST_S:g}")
    if not 1 <= wish.rounds <= 100:
        raise UsageError(f"{wish.rounds} rounds", mend="give 2 or more; 1 leaves the noise floor unknown")
    return wish.seconds


def chosen(family: Family, names: Sequence[str]) -> Family:
    """The family with only the members named; all where none is. Raises UsageError for a name it lacks."""
    known = {member.name: member for member in family.members}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"there is no member {unknown[0]}", mend=f"the family has {', '.join(known)}")
    kept: tuple[Member, ...] = tuple(m for m in family.members if not names or m.name in names)
    return replace(family, members=kept)


def require_some(rows: Sequence[MemberCost]) -> Sequence[MemberCost]:
    """`rows`, or InputRefused with the first reason where no member could be measured at all."""
    if all(row.mean_ms is None for row in rows):
        raise InputRefused(f"no member can be measured; the first, {rows[0].member}: {rows[0].reason}")
    return rows


def require_idle(foreign: float | None = None) -> None:
    """Raise MachineFailed where the machine is too busy for a long measurement, naming what keeps it busy."""
    share = foreign_now() if foreign is None else foreign
    if share > TOO_BUSY:
        raise MachineFailed(
            f"too busy to measure: other work takes {share:.0%} of the cores{_culprits()}",
            mend="end it and run again, or measure all the same with --busy",
        )


def _culprits() -> str:
    found = ", ".join(f"{name} {taken:.1f} cores" for name, taken in busiest())
    return f" ({found})" if found else ""


def doubtful(rows: Sequence[MemberCost], state: str) -> list[MemberCost]:
    """Rows of one state."""
    return [row for row in rows if row.state == state]


def failed(rows: Sequence[MemberCost]) -> list[MemberCost]:
    """Rows of members that could not be measured."""
    return doubtful(rows, FAILED)
