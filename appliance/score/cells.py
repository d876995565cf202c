"""Every cell of a run, scored: decisions, rates with bounds, ranking, calibration, classes, and drift from clean."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from appliance.log.types import Outcomes
from appliance.score import decisions as d
from appliance.score.clusters import correlation
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


@dataclass(frozen=True)
class Correlations:
    """The intra-group correlations of a run, 0..1: of escapes, of overkills, of all errors, of flips against clean."""

    escape: float = 1.0
    overkill: float = 1.0
    error: float = 1.0
    flip: float = 1.0


def correlations(grid: Grid) -> Correlations:
    """Pooled over every member and condition; 1 throughout where the parts come in no groups."""
    if grid.groups is None:
        return Correlations()
    seen = grid.seen.reshape(-1, len(grid.parts)).T
    wrong = seen & ~grid.right.reshape(-1, len(grid.parts)).T
    ng = grid.truth[:, None]
    return Correlations(
        escape=correlation(wrong, seen & ng, grid.groups),
        overkill=correlation(wrong, seen & ~ng, grid.groups),
        error=correlation(wrong, seen, grid.groups),
        flip=_flip_correlation(grid, grid.groups),
    )


def _flip_correlation(grid: Grid, groups: NDArray[np.intp]) -> float:
    clean = grid.clean
    moved = [(m, c) for m, c in grid.outcomes if c != clean and clean is not None and (m, clean) in grid.outcomes]
    if clean is None or not moved:
        return 1.0
    both = np.stack([grid.seen[m, c] & grid.seen[m, clean] for m, c in moved], axis=1)
    flips = np.stack([grid.outcomes[m, c].ng != grid.outcomes[m, clean].ng for m, c in moved], axis=1)
    return correlation(flips, both, groups)


def cell_scores(grid: Grid, task: str) -> dict[Key, CellScore]:
    """Scores of every finished cell by (member, condition), Holm's correction over all drifts of the run included."""
    icc = correlations(grid)
    at = sorted(grid.outcomes)
    cells = {(grid.members[m].name, grid.conditions[c].key): _cell(grid, m, c, task, icc) for m, c in at}
    for m in range(len(grid.members)):
        for key, drift in _member_drifts(grid, m, icc.flip).items():
            cells[key] = replace(cells[key], drift=drift)
    return _with_holm(cells)


def _cell(grid: Grid, m: int, c: int, task: str, icc: Correlations) -> CellScore:
    member, condition, seen = grid.members[m], grid.conditions[c].key, grid.seen[m, c]
    if not seen.any():
        return empty_cell(member.name, condition)
    outcomes, truth = grid.outcomes[m, c], grid.truth[seen]
    ng, score, groups = outcomes.ng[seen], outcomes.score[seen], _part_groups(grid, seen)
    counts = d.counts(truth, ng)
    recall, confusion = _classes(grid, m, outcomes, seen, icc.error)
    return CellScore(
        member=member.name,
        condition=condition,
        ok=counts.ok,
        ng=counts.ng,
        accuracy=rate_of(ng == truth, groups, icc.error),
        balanced_accuracy=d.balanced_accuracy(counts),
        escape=_rate_within(~ng, truth, groups, icc.escape),
        overkill=_rate_within(ng, ~truth, groups, icc.overkill),
        auroc=d.auroc(truth, score),
        average_precision=d.average_precision(truth, score),
        f1=d.f1(counts),
        ece=d.calibration_error(truth, score) if task in LOGIT_TASKS else d.NAN,
        per_class_recall=recall,
        confusion=confusion,
    )


def _part_groups(grid: Grid, where: NDArray[np.bool_]) -> Groups:
    return None if grid.groups is None else grid.groups[where]


def _rate_within(hits: NDArray[np.bool_], where: NDArray[np.bool_], groups: Groups, icc: float) -> Rate:
    return rate_of(hits[where], None if groups is None else groups[where], icc)


def _classes(
    grid: Grid, m: int, outcomes: Outcomes, seen: NDArray[np.bool_], icc: float
) -> tuple[dict[str, Rate], tuple[tuple[int, ...], ...]]:
    """Per-class recall and the confusion matrix (rows labelled, columns decided, card order); empty for two classes."""
    names = [str(name) for name in grid.members[m].card.get("classes", ())]
    if outcomes.cls is None or len(names) < 3:
        return {}, ()
    places = {name: place for place, name in enumerate(names)}
    actual = np.array([places.get(part.cls, -1) for part in grid.parts])[seen]
    decided, groups = outcomes.cls[seen], _part_groups(grid, seen)
    recall = {name: _rate_within(decided == place, actual == place, groups, icc) for name, place in places.items()}
    table = d.confusion(actual, decided, len(names)).tolist()
    return recall, tuple(tuple(row) for row in table)


def _member_drifts(grid: Grid, m: int, icc: float) -> dict[Key, Drift | None]:
    """The drift of each perturbed cell of one member, empty where its clean cell is missing."""
    clean = grid.clean
    columns = [c for c in grid.perturbed if (m, c) in grid.outcomes]
    if clean is None or (m, clean) not in grid.outcomes:
        return {}
    moved = [grid.outcomes[m, c] for c in columns]
    found = drifts(grid.truth, grid.outcomes[m, clean], moved, grid.resamples, grid.groups, icc)
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
