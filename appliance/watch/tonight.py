"""What this night covers: the part of the grid that fits its time, or what a killed night left."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from appliance.audit.run import Order
from appliance.language.tongue import filled
from appliance.log.log import Log
from appliance.log.types import PartRow, Warn
from appliance.site import Site
from appliance.watch.nights import Night, NightState, begin_night, nights, update_night
from appliance.watch.pace import known_pace, pictures_in, pilot_pace
from appliance.watch.subset import Grid, Subset, Unit, choose, fold_members, grid_of, last_covered
from perturb.types import CLEAN

REMEMBERED = 400
"""Nights that rotation looks back on."""

COST_SHARE = 0.2
"""Share of a night that may go into measuring cost."""

COST_LONGEST = 4.0
"""`closed_costs` may take so many times what it is asked for."""


@dataclass(frozen=True)
class Tonight:
    """The order of this night, what it is of the whole, and whether it goes on with a night that was killed."""

    number: int
    order: Order
    parts: tuple[PartRow, ...]  # all of the site, not tonight's alone
    grid: Grid
    subset: Subset
    resume: bool
    pace_s: float | None
    cost_s: float | None  # seconds a member; None: no cost is measured

    @property
    def whole(self) -> bool:
        """Whether the night covers the whole grid."""
        return self.subset.nights == 1


def begin(site: Site, log: Log, order: Order, *, started: str) -> Tonight:
    """Choose what this night covers and write that it has begun. The caller holds the site's lock.

    A night that was killed or interrupted is gone on with, where the grid is still the same.
    """
    grid = grid_of([member.name for member in order.plan.members], order.plan.conditions, order.parts, order.plan.seed)
    past = nights(log, REMEMBERED)
    cost_s = _cost_seconds(site, grid)
    left = _left_over(log, past, grid)
    if left is not None:
        number, subset, pace = left
        return Tonight(number, _cut(order, subset), order.parts, grid, subset, True, pace, cost_s)
    budget = 60.0 * site.nightly.budget_min
    pace = known_pace(past, grid.digest) or pilot_pace(order)
    subset = _choose(log, past, grid, pictures_in(budget - (cost_s or 0.0) * COST_LONGEST * grid.members, pace))
    tonight = _cut(order, subset)
    cells = (grid.cells, grid.members * len(tonight.plan.conditions))
    plan = {**subset.as_plan(), "pace_s": pace}
    number = begin_night(log, started=started, budget_s=budget, plan=plan, cells=cells)
    update_night(log, number, parts=len(tonight.parts), all_parts=len(order.parts))
    return Tonight(number, tonight, order.parts, grid, subset, False, pace, cost_s)


def coverage_note(tonight: Tonight) -> str:
    """One sentence for the report: what of the whole this night covered."""
    conditions, parts = len(tonight.subset.conditions), len(tonight.order.parts)
    if tonight.whole:
        return filled(
            "This night covers the whole grid: {count} perturbed conditions, all parts.",
            count=len(tonight.grid.conditions),
        )
    said = {"conditions": conditions, "every": len(tonight.grid.conditions), "nights": tonight.subset.nights}
    if tonight.subset.folds == 1:
        return filled(
            "This night covers {conditions} of {every} perturbed conditions on all parts, chosen in rotation; "
            "everything is covered in {nights} nights.",
            **said,
        )
    return filled(
        "This night covers {conditions} of {every} perturbed conditions on {parts} of {all} parts, chosen in rotation; "
        "everything is covered in {nights} nights.",
        parts=parts,
        all=tonight.grid.parts,
        **said,
    )


def _cost_seconds(site: Site, grid: Grid) -> float | None:
    if not site.nightly.cost:
        return None
    most = COST_SHARE * 60.0 * site.nightly.budget_min / grid.members / COST_LONGEST
    return min(site.cost.seconds_per_member, most)


def _left_over(log: Log, past: list[Night], grid: Grid) -> tuple[int, Subset, float | None] | None:
    """The last night where it never ended and still fits; one that no longer fits is called failed."""
    if not past or past[0].state not in (NightState.RUNNING, NightState.INTERRUPTED):
        return None
    subset = Subset.of_plan(past[0].plan)
    if subset is None or subset.grid != grid.digest:
        update_night(log, past[0].number, state=NightState.FAILED, message="stopped, and parts or models have changed")
        return None
    update_night(log, past[0].number, state=NightState.RUNNING)
    return past[0].number, subset, past[0].plan.get("pace_s")


def _choose(log: Log, past: list[Night], grid: Grid, pictures: float) -> Subset:
    known = list(_finished(log, past))
    folds = next((subset.folds for _, subset, _ in known if subset.grid == grid.digest), None)
    first = choose(grid, pictures, {}, folds)
    covered: dict[Unit, int] = last_covered(known, grid, first.folds)
    return choose(grid, pictures, covered, folds)


def _finished(log: Log, past: list[Night]) -> Iterator[tuple[int, Subset, list[str]]]:
    """(number, choice, conditions that every member finished) of past nights, newest first."""
    for night in past:
        subset = Subset.of_plan(night.plan)
        if subset is not None and night.run:
            yield night.number, subset, list(night.plan.get("finished", []))


def _cut(order: Order, subset: Subset) -> Order:
    """The order with tonight's conditions and parts only."""
    wanted = {CLEAN.key, *subset.conditions}
    conditions = tuple(c for c in order.plan.conditions if c.key in wanted)
    fold = fold_members(order.parts, subset.folds, order.plan.seed)[subset.fold]
    plan = replace(order.plan, conditions=conditions, parts=tuple(order.plan.parts[i] for i in fold))
    rows = tuple(order.parts[i] for i in fold)
    suite = order.suite if subset.nights == 1 else "nightly"
    note = Warn("config", filled("one of {nights} nights that cover everything in turn", nights=subset.nights))
    warnings = order.warnings if subset.nights == 1 else (*order.warnings, note)
    return replace(order, plan=plan, parts=rows, suite=suite, warnings=warnings)
