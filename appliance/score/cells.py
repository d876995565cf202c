"""Every cell of a run, scored: decisions, rates with bounds, ranking, calibration, classes, and drift from clean."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from appliance.log.types import Outcomes
from appliance.score import decisions as d
from appliance.score.drift import drifts
from appliance.score.grid import Grid
from appliance.score.intervals import rate, rate_of
from appliance.score.paired import holm
from appliance.score.types import CellScore, Drift, Rate

Key = tuple[str, str]
Groups = NDArray[np.intp] | None

LOGIT_TASKS = frozenset({"classification"})  # tasks whose NG score is a logit, so that it is a probability too


def empty_cell(member: str, condition: str) -> CellScore:
    """The score of a cell in which nothing was scored."""
    none = rate(0, 0)
    return CellScore(member, condition, 0, 0, none, d.NAN, none, none, d.NAN, d.NAN, d.NAN, d.NAN)


def cell_scores(grid: Grid, task: str) -> dict[Key, CellScore]:
    """Scores of every finished cell by (member, condition), Holm's correction over all drifts of the run included."""
    cells = {(grid.members[m].name, grid.conditions[c].key): _cell(grid, m, c, task) for m, c in sorted(grid.outcomes)}
    for m in range(len(grid.members)):
        for key, drift in _member_drifts(grid, m).items():
            cells[key] = replace(cells[key], drift=drift)
    return _with_holm(cells)


def _cell(grid: Grid, m: int, c: int, task: str) -> CellScore:
    member, condition, seen = grid.members[m], grid.conditions[c].key, grid.seen[m, c]
    if not seen.any():
        return empty_cell(member.name, condition)
    outcomes, truth = grid.outcomes[m, c], grid.truth[seen]
    ng, score, groups = outcomes.ng[seen], outcomes.score[seen], _part_groups(grid, seen)
    counts = d.counts(truth, ng)
    recall, confusion = _classes(grid, m, outcomes, seen)
    return CellScore(
        member=member.name,
        condition=condition,
        ok=counts.ok,
        ng=counts.ng,
        accuracy=rate_of(ng == truth, groups),
        balanced_accuracy=d.balanced_accuracy(counts),
        escape=_rate_within(~ng, truth, groups),
        overkill=_rate_within(ng, ~truth, groups),
        auroc=d.auroc(truth, score),
        average_precision=d.average_precision(truth, score),
        f1=d.f1(counts),
        ece=d.calibration_error(truth, score) if task in LOGIT_TASKS else d.NAN,
        per_class_recall=recall,
        confusion=confusion,
    )


def _part_groups(grid: Grid, where: NDArray[np.bool_]) -> Groups:
    return None if grid.groups is None else grid.groups[where]


def _rate_within(hits: NDArray[np.bool_], where: NDArray[np.bool_], groups: Groups) -> Rate:
    return rate_of(hits[where], None if groups is None else groups[where])


def _classes(
    grid: Grid, m: int, outcomes: Outcomes, seen: NDArray[np.bool_]
) -> tuple[dict[str, Rate], tuple[tuple[int, ...], ...]]:
    """Per-class recall and the confusion matrix (rows labelled, columns decided, card order); empty for two classes."""
    names = [str(name) for name in grid.members[m].card.get("classes", ())]
    if outcomes.cls is None or len(names) < 3:
        return {}, ()
    places = {name: place for place, name in enumerate(names)}
    actual = np.array([places.get(part.cls, -1) for part in grid.parts])[seen]
    decided, groups = outcomes.cls[seen], _part_groups(grid, seen)
    recall = {name: _rate_within(decided == place, actual == place, groups) for name, place in places.items()}
    table = d.confusion(actual, decided, len(names)).tolist()
    return recall, tuple(tuple(row) for row in table)


def _member_drifts(grid: Grid, m: int) -> dict[Key, Drift | None]:
    """The drift of each perturbed cell of one member, empty where its clean cell is missing."""
    clean = grid.clean
    columns = [c for c in grid.perturbed if (m, c) in grid.outcomes]
    if clean is None or (m, clean) not in grid.outcomes:
        return {}
    moved = [grid.outcomes[m, c] for c in columns]
    found = drifts(grid.truth, grid.outcomes[m, clean], moved, grid.resamples, grid.groups)
    name = grid.members[m].name
    return {(name, grid.conditions[c].key): drift for c, drift in zip(columns, found, strict=True)}


def _with_holm(cells: dict[Key, CellScore]) -> dict[Key, CellScore]:
    drifted = {key: cell.drift for key, cell in cells.items() if cell.drift is not None}
    adjusted = holm([drift.mcnemar_p for drift in drifted.values()])
    corrected = {
        key: replace(cells[key], drift=replace(drift, holm_p=float(p)))
        for (key, drift), p in zip(drifted.items(), adjusted, strict=True)
    }
    return cells | corrected
