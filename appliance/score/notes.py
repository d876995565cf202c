"""What the reader of a summary must know beside its numbers: a sentence each."""

from collections.abc import Iterator, Sequence

import numpy as np

from appliance.language.tongue import w
from appliance.score.grid import Grid
from appliance.score.types import CellScore, Rate

NAMED = 3
NEARLY = 0.95  # share of the parts from which on what their groups are worth needs no word


def notes(grid: Grid, clean: Sequence[CellScore] = ()) -> tuple[str, ...]:
    """Sentences on what is missing, on groups, and on what the parts cannot show; clean: each member's clean cell."""
    before = (_one_class, _only_clean, _no_clean, _failed, _left_out)
    found = [sentence for kind in before for sentence in kind(grid)]
    return (*found, *_grouped(grid), *_worth(grid, clean), *_unknown_classes(grid))


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


def _worth(grid: Grid, clean: Sequence[CellScore]) -> Iterator[str]:
    """How many parts that stand alone the grouped ones are worth on clean pictures, at the least of any member."""
    if grid.groups is None:
        return
    sides = ("NG", [cell.escape for cell in clean]), ("OK", [cell.overkill for cell in clean])
    said = [sentence for kind, rates in sides if (sentence := _worth_of(kind, rates))]
    if said:
        parts = said[0] if len(said) == 1 else w("{first} and {last}", first=said[0], last=said[1])
        yield w(
            "So {parts}; failures in more groups, or more groups, would tell whether that is too careful.", parts=parts
        )


def _worth_of(kind: str, rates: Sequence[Rate]) -> str:
    """Empty where the parts of one kind are worth nearly as many as they are."""
    least = min((rate for rate in rates if rate.n), key=lambda rate: rate.n_eff, default=None)
    if least is None or least.n_eff >= NEARLY * least.n:
        return ""
    return w(
        "{n} {kind} parts prove no more than {worth} that stand alone",
        n=least.n,
        kind=kind,
        worth=max(1, round(least.n_eff)),
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
