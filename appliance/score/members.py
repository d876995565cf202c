"""One member over the whole audit: means over conditions, the worst cell, corruption errors and areas."""

import numpy as np

from appliance.score import corruption
from appliance.score.cells import Key, empty_cell
from appliance.score.decisions import NAN
from appliance.score.differences import mean_difference
from appliance.score.grid import CLEAN, Grid
from appliance.score.intervals import TAIL, upper_bound
from appliance.score.resample import bca_intervals, interval
from appliance.score.types import CellScore, Interval, MemberScore

Cells = dict[Key, CellScore]


def member_scores(grid: Grid, cells: Cells) -> tuple[MemberScore, ...]:
    """Every member, in run order. The smallest member that has a perturbed cell is the reference of mCE."""
    by_name = {row.name: accuracies(grid, cells, row.name) for row in grid.members}
    reference = next((row.name for m, row in enumerate(grid.members) if grid.scored_columns(m)), "")
    return tuple(_member(grid, cells, m, by_name, reference) for m in range(len(grid.members)))


def accuracies(grid: Grid, cells: Cells, member: str) -> dict[str, list[float]]:
    """Accuracies by perturbation, over its conditions in run order; NaN where a cell is missing or failed."""
    found: dict[str, list[float]] = {}
    for c in grid.perturbed:
        row = grid.conditions[c]
        cell = cells.get((member, row.key))
        found.setdefault(row.name, []).append(cell.accuracy.estimate if cell else NAN)
    return found


def _member(
    grid: Grid, cells: Cells, m: int, by_name: dict[str, dict[str, list[float]]], reference: str
) -> MemberScore:
    row, columns = grid.members[m], grid.scored_columns(m)
    clean = cells.get((row.name, CLEAN)) or empty_cell(row.name, CLEAN)
    scored = [clean, *(cells[row.name, grid.conditions[c].key] for c in columns)][bool(columns) :]
    worst = min(scored, key=lambda cell: cell.accuracy.estimate)
    own, other = by_name[row.name], by_name.get(reference, {})
    reference_clean = cells.get((reference, CLEAN)) or empty_cell(reference, CLEAN)
    return MemberScore(
        name=row.name,
        params=row.params,
        macs=row.macs,
        clean=clean,
        mean_accuracy=_mean_accuracy(grid, m, columns),
        mean_drop=_mean_drop(grid, m, columns),
        worst_condition=worst.condition,
        worst_accuracy=worst.accuracy.estimate,
        flip_rate=_mean_flips(grid, m, columns),
        mce=corruption.mce(own, other),
        relative_mce=corruption.relative_mce(clean.accuracy.estimate, own, reference_clean.accuracy.estimate, other),
        area=_areas(grid, own, clean.accuracy.estimate),
    )


def _mean_drop(grid: Grid, m: int, columns: list[int]) -> Interval:
    """Clean accuracy less the accuracy of each of `columns`, averaged, in pp; NaN without a clean cell."""
    if grid.clean is None:
        return Interval(NAN, NAN, NAN)
    return mean_difference(grid, [(m, grid.clean)] * len(columns), [(m, c) for c in columns])


def _mean_accuracy(grid: Grid, m: int, columns: list[int]) -> Interval:
    """Mean accuracy over `columns`, 0..1, with its bootstrap interval."""
    if not columns:
        return Interval(NAN, NAN, NAN)
    mean = grid.resamples.ratios(grid.right[m, columns].T, grid.seen[m, columns].T).mean(list(range(len(columns))))
    low, high = bca_intervals(mean)
    return interval(mean.estimate[0], low[0], high[0])


def _mean_flips(grid: Grid, m: int, columns: list[int]) -> Interval:
    """Mean flip rate over `columns`, 0..1; without a flip the upper end is Clopper-Pearson's at 0 of the groups."""
    if not columns or grid.clean is None or not grid.seen[m, grid.clean].any():
        return Interval(NAN, NAN, NAN)
    both = (grid.seen[m, columns] & grid.seen[m, grid.clean]).T
    flipped = np.stack([grid.outcomes[m, c].ng for c in columns], axis=1) != grid.outcomes[m, grid.clean].ng[:, None]
    mean = grid.resamples.ratios(flipped & both, both).mean(list(range(len(columns))))
    low, high = bca_intervals(mean)
    floor = 0.0 if (flipped & both).any() else upper_bound(0, grid.resamples.groups, TAIL)
    return interval(mean.estimate[0], low[0], np.maximum(high[0], floor))


def _areas(grid: Grid, own: dict[str, list[float]], clean: float) -> dict[str, float]:
    """Area under accuracy over severity per perturbation, the neutral severity included."""
    found = {}
    for name, values in own.items():
        rows = [row for row in grid.conditions if row.name == name]
        found[name] = corruption.area([rows[0].neutral, *(row.severity for row in rows)], [clean, *values])
    return found
