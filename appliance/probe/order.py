"""From a site to a probe's plan: which parts, which box, and refuse what would waste the hour."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from appliance.audit.order import site_family, usable_parts
from appliance.conditions import calibrated_levels
from appliance.engines.prepare import prepare, require_ready
from appliance.engines.select import engine_spec
from appliance.errors import InputRefused, UsageError
from appliance.log.types import PartRow
from appliance.own import site_camera
from appliance.parts.types import LeftOut
from appliance.probe.types import Kind, ProbePlan, ProbeWish
from appliance.site import Site
from perturb import PERTURBATIONS
from perturb.search.box import Box, make_box
from perturb.search.mildest import require
from perturb.suites import DEFAULT

GENERIC_LEVEL = 2
"""The named level at which the box ends where nothing is calibrated: limits bind up to there."""

LEFT_OUT = ("underexposure", "haze", "resampling", "gamma")
"""Perturbations of the default suite that another axis stands for, or that no picture on a line ever changes by."""


@dataclass(frozen=True)
class ProbeOrder:
    """A plan and what the log keeps beside it."""

    plan: ProbePlan
    family: str
    calibrated: bool
    digest: str
    left_out: tuple[LeftOut, ...] = ()


def make_probe(site: Site, wish: ProbeWish) -> ProbeOrder:
    """Everything a probe needs, checked. Raises InputRefused, UsageError or PerturbError naming the fix."""
    if wish.kind is Kind.PHYSICAL:
        require()
    spec = engine_spec(site, provider=wish.provider)
    require_ready(spec)
    family = site_family(site)
    prepare(spec, family.members)
    parts, rows, left_out = usable_parts(site)
    chosen = choose(rows, wish.parts)
    colour = all(rows[index].channels == 3 for index in chosen)
    box, calibrated = site_box(site, wish.reach, colour=colour)
    plan = ProbePlan(
        kind=wish.kind,
        parts=tuple(parts[index] for index in chosen),
        rows=tuple(rows[index] for index in chosen),
        members=family.members,
        task=site.task.kind,
        seed=site.audit.seed if wish.seed is None else wish.seed,
        camera=site_camera(site),
        bits=site.bits,
        spec=spec,
        box=box if wish.kind is Kind.PHYSICAL else Box(()),
        looks=wish.looks,
        levels=wish.levels,
        reach=wish.reach,
    )
    return ProbeOrder(plan, family.name, calibrated, plan_digest(plan), left_out)


def choose(rows: Sequence[PartRow], most: int) -> list[int]:
    """Half OK and half NG, each evenly spaced in the order of their ids; all where there are fewer."""
    if most < 2:
        raise UsageError(f"{most} parts are too few", mend="ask for two or more: --parts 40")
    found: list[int] = []
    for ng in (False, True):
        of_kind = [index for index, row in enumerate(rows) if row.ng is ng]
        count = min(len(of_kind), most // 2)
        found += [of_kind[i * len(of_kind) // count] for i in range(count)]
    if not found:
        raise InputRefused("no usable parts to probe", mend="check [parts] in site.toml")
    return sorted(found)


def site_box(site: Site, reach: float = 1.0, *, colour: bool) -> tuple[Box, bool]:
    """The calibrated box, or where nothing is calibrated the default suite's perturbations at level 2; which it is.

    With `reach` its axes end so many times as far, within what each perturbation allows. What stands in for another
    explanation of the same pictures is no axis of its own. Raises UsageError where a calibration leaves nothing to
    search.
    """
    shown = [item for item in site.calibration.shown if not item.instead_of]
    if not shown:
        singles = [PERTURBATIONS[name] for name in DEFAULT if name not in LEFT_OUT]
        ends = {item.name: item.levels[GENERIC_LEVEL - 1] for item in singles if item.group != "composite"}
        return make_box(_reaching(ends, reach), colour=colour), False
    calibrated_levels(site)
    box = make_box(_reaching({item.name: item.p99 for item in shown}, reach), colour=colour)
    if not box.axes:
        what = "the calibration found no disturbance, so there is nothing to combine"
        raise UsageError(what, file=str(site.file), mend="calibrate on more days, or take [calibration] out")
    return box, True


def _reaching(ends: Mapping[str, float], reach: float) -> dict[str, float]:
    found = {}
    for name, end in ends.items():
        item = PERTURBATIONS[name]
        low, high = item.limits
        found[name] = min(max(item.neutral + reach * (end - item.neutral), low), high)
    return found


def plan_digest(plan: ProbePlan) -> str:
    """sha256 over all that decides the result: equal digests give equal rows."""
    known = {
        "kind": plan.kind,
        "members": [(member.name, member.sha256, asdict(member.card)) for member in plan.members],
        "parts": [(row.id, row.sha256, row.ng) for row in plan.rows],
        "seed": plan.seed,
        "camera": asdict(plan.camera),
        "bits": plan.bits,
        "task": plan.task,
        "spec": repr(plan.spec),
        "box": [asdict(axis) for axis in plan.box.axes],
        "looks": plan.looks,
        "levels": plan.levels,
        "reach": plan.reach,
    }
    return hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()
