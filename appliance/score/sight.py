"""Which conditions take defects out of sight: there the camera, not the model, is the limit (METHODS section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.score.grid import CLEAN, Grid
from perturb.types import ROSE

Sights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class MemberEscapes:
    """Escapes of one member under one condition, among the defects that stand out on clean pictures."""

    member: str
    of_vanished: int
    all: int


@dataclass(frozen=True)
class Vanished:
    """A condition under which defects vanish: of `defects` that stand out on clean pictures, `vanished` do not here.

    `outside` of them have left the picture, the others fall below the Rose criterion. `area` and `cnr` are medians over
    all these defects: share of the clean area that is left, and contrast-to-noise ratio.
    """

    condition: str
    defects: int
    vanished: int
    outside: int
    area: float
    cnr: float
    escapes: tuple[MemberEscapes, ...]

    @property
    def most(self) -> bool:
        """Whether at least half of the defects are gone: the cell says more of the camera than of the model."""
        return 2 * self.vanished >= self.defects


@dataclass(frozen=True)
class Sight:
    """What can be seen of the masked defects of a run.

    `masked` parts have a mask; `even` of them do not differ from their surroundings in brightness even on clean
    pictures (a matter of pattern: contrast cannot tell whether they vanish) and are left out of `conditions`.
    """

    masked: int
    even: int
    cnr: float
    conditions: tuple[Vanished, ...]


def sight(grid: Grid, seen: Sights) -> Sight | None:
    """What the conditions do to the defects, by share of defects lost, most first; None without masks."""
    clean = seen.get(CLEAN)
    if clean is None:
        return None
    masked = _masked(clean)
    if not masked.any():
        return None
    stands_out = standing_out(clean)
    rows = [_vanished(grid, c, seen[row.key], clean, stands_out) for c, row in enumerate(grid.conditions)
            if row.key in seen and row.key != CLEAN]  # fmt: skip
    lost = sorted((row for row in rows if row.vanished), key=lambda row: row.vanished, reverse=True)
    even = int(np.count_nonzero(masked & ~stands_out))
    return Sight(int(masked.sum()), even, _median(clean[masked, 1]), tuple(lost))


def _masked(clean: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.isfinite(clean[:, 0]) & (clean[:, 0] > 0)


def standing_out(clean: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(n,) parts whose masked defect stands out on clean pictures. clean: (n, 2) area and contrast-to-noise ratio."""
    return np.asarray(_masked(clean) & (clean[:, 1] >= ROSE))


def gone(here: NDArray[np.float32], looked: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of the parts `looked` at: (n,) defects that have left the picture, and those that can no longer be seen."""
    outside = looked & (here[:, 0] == 0)
    return outside, outside | (looked & (here[:, 1] < ROSE))


def _vanished(
    grid: Grid, c: int, here: NDArray[np.float32], clean: NDArray[np.float32], stands_out: NDArray[np.bool_]
) -> Vanished:
    looked = stands_out & np.isfinite(here[:, 0])
    outside, vanished = gone(here, looked)
    escapes = []
    for m, row in enumerate(grid.members):
        passed = looked & grid.truth & grid.seen[m, c] & ~grid.right[m, c]
        escapes.append(MemberEscapes(row.name, int(np.count_nonzero(passed & vanished)), int(np.count_nonzero(passed))))
    return Vanished(
        grid.conditions[c].key,
        int(looked.sum()),
        int(vanished.sum()),
        int(outside.sum()),
        _median(here[looked, 0] / clean[looked, 0]),
        _median(here[looked, 1]),
        tuple(escapes),
    )


def _median(values: NDArray[np.float32]) -> float:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if len(finite) else float("nan")
