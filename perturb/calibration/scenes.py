"""The reference picture of a scene: of some candidates the one that most of the others look like, once aligned."""

from collections.abc import Sequence

import numpy as np

from perturb.calibration.features import Measured
from perturb.calibration.pose import SAME_SCENE, Reference, fits, likeness, reference_from

CANDIDATES = 6
JUDGES = 9

GOOD, HOPELESS = 0.95, 0.3
"""Correlations at which the search for a better reference ends: good enough, or no two pictures alike."""

_MAJORITY = 0.5


def reference_among(pictures: Sequence[Measured]) -> Reference | None:
    """The reference of pictures in order of time; None where fewer than half of the judges align with any candidate."""
    judges, best = spaced(pictures, JUDGES), (-1.0, 0)
    candidates = [reference_from(p.small, p.longer) for p in spaced(pictures, CANDIDATES)]
    for index, candidate in enumerate(candidates):
        best = max(best, (_agreement(candidate, judges), index))
        if best[0] > GOOD or (index >= 1 and best[0] < HOPELESS):
            break
    return candidates[best[1]] if best[0] >= SAME_SCENE else None


def _agreement(candidate: Reference, judges: Sequence[Measured]) -> float:
    """The correlation that more than half of the other pictures reach."""
    fit = [judge for judge in judges if fits(judge.small, judge.longer, candidate)]
    scores = sorted(likeness(judge.small, candidate)[0] for judge in fit)
    missing = [-1.0] * (len(judges) - len(fit))
    return float(np.quantile([*missing, *scores], 1.0 - _MAJORITY)) if judges else -1.0


def spaced(items: Sequence[Measured], count: int) -> list[Measured]:
    """`count` of the items (all where there are fewer), evenly spaced from first to last."""
    if len(items) <= count:
        return list(items)
    return [items[round(i * (len(items) - 1) / (count - 1))] for i in range(count)]
