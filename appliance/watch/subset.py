"""Which part of the grid a night covers: stratified, seeded, and rotated so that nothing is left out for long.

The unit of rotation is one condition on one fold of the parts, with every member: each cell of a night is whole and
comparable with the baseline. `clean` is in every night. Parts are split into folds only where a night could not show
all of them under three conditions.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from appliance.log.types import PartRow
from perturb.types import CLEAN, Condition

LEAST_CONDITIONS = 3
"""Perturbed conditions a night shows at least, before parts are left for another night."""

LEAST_PARTS = 20
"""Parts of a fold at least, where there are so many."""

Unit = tuple[str, int]
"""(condition, fold): what is covered at once."""


@dataclass(frozen=True)
class Grid:
    """All that is to be covered: perturbed conditions in rotation order, how many parts, and a digest of both."""

    conditions: tuple[str, ...]
    parts: int
    members: int
    digest: str

    @property
    def cells(self) -> int:
        """Cells of the grid, clean ones too."""
        return self.members * (len(self.conditions) + 1)


@dataclass(frozen=True)
class Subset:
    """One night's choice. `fold` of `folds` parts; `conditions` perturbed ones; everything is covered in `nights`."""

    grid: str
    folds: int
    fold: int
    conditions: tuple[str, ...]
    nights: int

    def as_plan(self) -> dict[str, Any]:
        """JSON-able, for the log."""
        return {**asdict(self), "conditions": list(self.conditions)}

    @classmethod
    def of_plan(cls, plan: Mapping[str, Any]) -> "Subset | None":
        """The choice a night's row holds, if any."""
        if "grid" not in plan:
            return None
        names = ("grid", "folds", "fold", "nights")
        return cls(**{name: plan[name] for name in names}, conditions=tuple(plan["conditions"]))


def grid_of(members: Sequence[str], conditions: Sequence[Condition], parts: Sequence[PartRow], seed: int) -> Grid:
    """The grid of a site, its conditions in an order in which any few in a row are of different kinds."""
    order = rotation([c for c in conditions if c.key != CLEAN.key], seed)
    known = json.dumps([list(members), list(order), [(part.id, part.ng) for part in parts], seed])
    return Grid(order, len(parts), len(members), hashlib.sha256(known.encode()).hexdigest())


def rotation(conditions: Sequence[Condition], seed: int) -> tuple[str, ...]:
    """Keys of the conditions, dealt from the kinds (part, lighting, optics ...) in turn, each kind shuffled."""
    draw = np.random.default_rng([seed, 1])
    kinds: dict[str, list[str]] = {}
    for condition in conditions:
        kinds.setdefault(condition.group, []).append(condition.key)
    hands = [[keys[i] for i in draw.permutation(len(keys))] for keys in kinds.values()]
    return tuple(key for turn in zip_longest(*hands) for key in turn if key is not None)


def choose(grid: Grid, pictures: float, covered: Mapping[Unit, int], last_folds: int | None = None) -> Subset:
    """What a night that can show `pictures` (parts times conditions) covers.

    covered: number of the night that last covered a unit, for units of the folds in use (`last_folds`). What was
    covered longest ago comes first, in rotation order among equals.
    """
    folds = fold_count(grid, pictures)
    if last_folds is not None and 0 < last_folds - folds <= 1:
        folds = last_folds  # a pace that wavers must not start the rotation anew
    per_fold = math.ceil(grid.parts / folds)
    room = int(np.clip(pictures // max(per_fold, 1) - 1, min(1, len(grid.conditions)), len(grid.conditions)))
    fold = min(range(folds), key=lambda number: (_oldest(grid, covered, number), number))
    by_age = sorted(grid.conditions, key=lambda key: covered.get((key, fold), -1))
    tonight = set(by_age[:room])
    nights = folds * max(math.ceil(len(grid.conditions) / max(room, 1)), 1)
    return Subset(grid.digest, folds, fold, tuple(key for key in grid.conditions if key in tonight), nights)


def fold_count(grid: Grid, pictures: float) -> int:
    """Folds of the parts, so that each can be shown under `clean` and three more conditions (fewer if there are)."""
    conditions = 1 + min(LEAST_CONDITIONS, len(grid.conditions))
    wanted = math.ceil(grid.parts * conditions / max(pictures, 1.0))
    return int(np.clip(wanted, 1, max(grid.parts // LEAST_PARTS, 1)))


def _oldest(grid: Grid, covered: Mapping[Unit, int], fold: int) -> float:
    """When the fold's conditions were covered, on average: the fold left longest comes first."""
    return float(
        np.mean([covered.get((key, fold), -1) for key in grid.conditions] or [covered.get((CLEAN.key, fold), -1)])
    )


def fold_members(parts: Sequence[PartRow], folds: int, seed: int) -> list[list[int]]:
    """Indices of the parts in each fold, in part order; every fold has its share of each label, class and group.

    Strata are shuffled and dealt on without a gap, so that folds differ by one part at most.
    """
    draw = np.random.default_rng([seed, 2])
    strata: dict[tuple[bool, str, str], list[int]] = {}
    for index, part in enumerate(parts):
        strata.setdefault((part.ng, part.cls, part.group), []).append(index)
    dealt = [indices[i] for _, indices in sorted(strata.items()) for i in draw.permutation(len(indices))]
    return [sorted(dealt[fold::folds]) for fold in range(folds)]


def last_covered(nights: Iterable[tuple[int, Subset, Iterable[str]]], grid: Grid, folds: int) -> dict[Unit, int]:
    """When each unit was last covered. nights: (number, choice, conditions finished), of any order."""
    found: dict[Unit, int] = {}
    for number, subset, finished in nights:
        if subset.grid == grid.digest and subset.folds == folds:
            for key in finished:
                found[key, subset.fold] = max(number, found.get((key, subset.fold), -1))
    return found
