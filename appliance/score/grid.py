"""The outcomes of one run, read once and laid out for scoring: members by conditions by parts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.log.types import ConditionRow, MemberRow, Outcomes, PartRow, RunRecord
from appliance.score.drift import scored
from appliance.score.resample import Resamples

CLEAN = "clean"
ALL = "all"  # the key of what is a mean over every condition but clean

Reader = Callable[[str, str], Outcomes]
"""Gives the outcomes of (member, condition) in the order of the run's parts."""


@dataclass(frozen=True, eq=False)
class Grid:
    """What every score is computed from; indices m, c and i run over members, conditions and parts in run order.

    truth: (n,) True = NG. groups: (n,) integers, or None where each part stands alone. right, seen: (M, C, n) whether
    the part was decided rightly, and whether it was scored at all; both False in a cell that is missing or failed.
    """

    members: tuple[MemberRow, ...]
    conditions: tuple[ConditionRow, ...]
    parts: tuple[PartRow, ...]
    truth: NDArray[np.bool_]
    groups: NDArray[np.intp] | None
    right: NDArray[np.bool_]
    seen: NDArray[np.bool_]
    outcomes: dict[tuple[int, int], Outcomes]
    resamples: Resamples

    @property
    def clean(self) -> int | None:
        """The index of the clean condition, None in a run without one."""
        return next((c for c, row in enumerate(self.conditions) if row.key == CLEAN), None)

    @property
    def perturbed(self) -> list[int]:
        """The indices of every condition but clean."""
        return [c for c, row in enumerate(self.conditions) if row.key != CLEAN]

    def scored_columns(self, *members: int) -> list[int]:
        """Perturbed conditions under which each of `members` scored at least one part."""
        return [c for c in self.perturbed if all(self.seen[m, c].any() for m in members)]


def read_grid(record: RunRecord, outcomes: Reader) -> Grid:
    """Read every finished cell of `record` once; memory is 7 bytes a cell and part."""
    members, conditions, n = record.members, record.conditions, len(record.parts)
    at_member = {row.name: m for m, row in enumerate(members)}
    at_condition = {row.key: c for c, row in enumerate(conditions)}
    truth = np.array([part.ng for part in record.parts], np.bool_)
    right, seen = (np.zeros((len(members), len(conditions), n), np.bool_) for _ in range(2))
    found = {}
    for member, condition in record.cells:
        m, c = at_member[member], at_condition[condition]
        cell = found[m, c] = outcomes(member, condition)
        seen[m, c] = scored(cell)
        right[m, c] = seen[m, c] & (cell.ng == truth)
    groups = group_codes([part.group for part in record.parts])
    resamples = Resamples.of(record.head.seed, n, groups)
    return Grid(members, conditions, record.parts, truth, groups, right, seen, found, resamples)


def group_codes(names: Iterable[str]) -> NDArray[np.intp] | None:
    """Groups as integers (n,); a part without a name is a group of its own; None where no two parts share one."""
    named = [name or f"\0{i}" for i, name in enumerate(names)]
    places = {name: code for code, name in enumerate(dict.fromkeys(named))}
    return None if len(places) == len(named) else np.array([places[name] for name in named], np.intp)
