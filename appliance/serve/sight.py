"""What the camera can still see of the masked defects: under each severity of a perturbation, and of one part."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.language.catalogue import Words
from appliance.log.seen import Sights, sights
from appliance.report import units
from appliance.score.grid import CLEAN
from appliance.score.sight import Sight, Vanished, gone, standing_out
from appliance.serve.desk import View
from perturb.types import ROSE


@dataclass(frozen=True)
class SightRow:
    """One condition: of `defects` that stand out on clean pictures, `visible` still do; contrast to noise, median.

    lost: what stands against them (all, at least half, some are gone: bad, open, none); escapes: per size those of
    vanished defects of all.
    """

    key: str
    label: str
    visible: int
    defects: int
    outside: int
    cnr: str
    lost: str
    escapes: tuple[str, ...]


@dataclass(frozen=True)
class SightTable:
    """What the defects of a run look like under the severities of one perturbation; `even` differ by pattern alone."""

    masked: int
    even: int
    rows: tuple[SightRow, ...]


def sight_table(view: View, found: Sight | None, steps: Sequence[tuple[str, str]]) -> SightTable | None:
    """A row for each (condition, label); None where no part has a mask."""
    if found is None:
        return None
    seen = sights(view.log, view.run(), [CLEAN, *(key for key, _ in steps)])
    if CLEAN not in seen:
        return None
    lost = {item.condition: item for item in found.conditions}
    rows = [_row(view.w, seen, key, label, lost.get(key)) for key, label in steps if key in seen]
    return SightTable(found.masked, found.even, tuple(rows))


def _row(w: Words, seen: Sights, key: str, label: str, lost: Vanished | None) -> SightRow:
    clean, here = seen[CLEAN], seen[key]
    looked = standing_out(clean) & np.isfinite(here[:, 0])
    outside, vanished = gone(here, looked)
    defects, count = int(looked.sum()), int(vanished.sum())
    escapes = () if lost is None else tuple(w("{k} of {n}", k=e.of_vanished, n=e.all) for e in lost.escapes)
    kind = "" if not count else "bad" if count == defects else "open" if 2 * count >= defects else "none"
    return SightRow(key, label, defects - count, defects, int(outside.sum()), _middle(here[looked, 1]), kind, escapes)


def _middle(values: NDArray[np.float32]) -> str:
    finite = values[np.isfinite(values)]
    return units.number(float(np.median(finite))) if len(finite) else units.DASH


@dataclass(frozen=True)
class PartSight:
    """One part's defect: contrast to noise clean and here; whether it could be seen clean, and whether it can here."""

    clean: str
    here: str
    stood_out: bool
    visible: bool


def part_sight(view: View, position: int, key: str) -> PartSight | None:
    """What can be seen of the defect of a part; None where it has no mask."""
    seen = sights(view.log, view.run(), [CLEAN, key])
    if CLEAN not in seen or key not in seen or not np.isfinite(seen[CLEAN][position, 0]):
        return None
    clean, here = (seen[name][position] for name in (CLEAN, key))
    shown = [units.number(float(row[1])) if np.isfinite(row[1]) else units.DASH for row in (clean, here)]
    return PartSight(shown[0], shown[1], bool(clean[1] >= ROSE), bool(here[0] > 0 and here[1] >= ROSE))


def escapes_out_of_sight(found: Sight | None, member: str) -> tuple[int, int, int] | None:
    """(conditions that take defects out of sight, escapes there of vanished defects, all escapes there) of a size."""
    if found is None or not found.conditions:
        return None
    mine = [item for row in found.conditions for item in row.escapes if item.member == member]
    return len(found.conditions), sum(item.of_vanished for item in mine), sum(item.all for item in mine)
