"""What the reader of a summary must know beside its numbers: a sentence each."""

from collections.abc import Iterator

import numpy as np

from appliance.language.tongue import w
from appliance.score.grid import Grid

NAMED = 3


def notes(grid: Grid) -> tuple[str, ...]:
    """Sentences on what is missing, on groups, and on what the parts cannot show."""
    kinds = (_one_class, _only_clean, _no_clean, _failed, _left_out, _grouped, _unknown_classes)
    return tuple(sentence for kind in kinds for sentence in kind(grid))


def _one_class(grid: Grid) -> Iterator[str]:
    if grid.truth.all() or not grid.truth.any():
        present, absent, rate = ("NG", "OK", "overkill") if grid.truth.any() else ("OK", "NG", "escape")
        yield w(
            "Every part is {present}: without {absent} parts nothing can be said of the {rate} rate or of AUROC.",
            present=present,
            absent=absent,
            rate=w(rate),
        )


def _only_clean(grid: Grid) -> Iterator[str]:
    if not grid.perturbed:
        yield w("Only clean pictures were run: nothing is said about perturbations.")


def _no_clean(grid: Grid) -> Iterator[str]:
    if grid.clean is None:
        yield w("Clean pictures were not run: there is no drift, no drop and no envelope.")


def _failed(grid: Grid) -> Iterator[str]:
    for m, row in enumerate(grid.members):
        failed = [grid.conditions[c].key for (n, c) in sorted(grid.outcomes) if n == m and not grid.seen[m, c].any()]
        if failed:
            more = w(" and {count} more", count=len(failed) - NAMED) if len(failed) > NAMED else ""
            listed = w(", ").join(failed[:NAMED]) + more
            yield w(
                "{name} gave no result under {conditions}: left out of its means.", name=row.name, conditions=listed
            )
        missing = len(grid.conditions) - sum(n == m for n, _ in grid.outcomes)
        if missing:
            yield w(
                "{name} was not run under {missing} of {all} conditions: left out of its means.",
                name=row.name,
                missing=missing,
                all=len(grid.conditions),
            )


def _left_out(grid: Grid) -> Iterator[str]:
    for m, row in enumerate(grid.members):
        columns = np.flatnonzero(grid.seen[m].any(axis=1))
        unseen = int(np.count_nonzero(~grid.seen[m, columns].all(axis=0))) if len(columns) else 0
        if unseen:
            yield w(
                "{name} did not score {unseen} of {all} parts under every condition: left out there.",
                name=row.name,
                unseen=unseen,
                all=len(grid.parts),
            )


def _grouped(grid: Grid) -> Iterator[str]:
    if grid.groups is not None:
        yield w(
            "The {parts} parts come in {groups} groups: bounds are widened by how far parts "
            "of one group fail together in this run, intervals resample groups, McNemar's p counts parts.",
            parts=len(grid.parts),
            groups=grid.resamples.groups,
        )


def _unknown_classes(grid: Grid) -> Iterator[str]:
    for row in grid.members:
        names = row.card.get("classes", ())
        if len(names) > 2:
            unknown = sorted({part.cls or "(none)" for part in grid.parts} - set(names))
            if unknown:
                yield w(
                    "{name} does not know the classes {classes}: left out of its confusion matrix.",
                    name=row.name,
                    classes=w(", ").join(unknown[:NAMED]),
                )
