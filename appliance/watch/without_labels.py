"""How right a member may be on pictures nobody labelled, and when such a figure means anything.

Average thresholded confidence (Garg and others 2022): on labelled clean parts a confidence is found that as many parts
lie below as are decided wrongly; the share of new pictures above it is the estimate. It holds while only the pictures
change, not the mix of defects, so that it is tried first where the truth is known: on every perturbed condition of the
site's own audit. Its error there is printed with it, and where that is too large no estimate is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.log.types import Outcomes
from appliance.score.grid import CLEAN

LARGEST_ERROR = 0.05
"""An estimate that was off by more on the site's own conditions (90th percentile) is not given."""

LEAST_INSIDE = 0.9
"""Share of the pictures that must look like the site's own."""

LEAST_CONDITIONS = 5
LEAST_PICTURES = 50


@dataclass(frozen=True)
class Guess:
    """An estimate of accuracy, 0..1, with the error it showed where the truth was known; or why there is none.

    `accuracy` is NaN where `why_not` says why. `error`: 90th percentile of its error over `tried` conditions.
    """

    accuracy: float
    error: float
    tried: int
    why_not: str = ""


def guess_accuracy(
    scores: NDArray[np.float32],
    truth: NDArray[np.bool_],
    cells: Mapping[str, Outcomes],
    cut: float,
    inside: float | None,
) -> Guess:
    """The guess for new pictures with NG `scores` (n,), from one member's labelled `cells` by condition.

    truth: (parts,) True = NG; cut: the score that decides; inside: share of the pictures within the site's profile,
    None where it has none.
    """
    clean = cells.get(CLEAN)
    finite = scores[np.isfinite(scores)]
    if clean is None:
        return _none("clean parts were not run")
    threshold = confidence_at(clean, truth, cut)
    errors = [
        abs(share_above(_finite(cell), cut, threshold) - _accuracy(cell, truth))
        for condition, cell in cells.items()
        if condition != CLEAN and np.isfinite(cell.score).any()
    ]
    error = float(np.quantile(errors, 0.9)) if errors else float("nan")
    why_not = _why_not(len(finite), len(errors), error, inside)
    if why_not:
        return Guess(float("nan"), error, len(errors), why_not)
    return Guess(share_above(finite, cut, threshold), error, len(errors))


def confidence_at(clean: Outcomes, truth: NDArray[np.bool_], cut: float) -> float:
    """The distance from the deciding score below which as many clean parts lie as are decided wrongly."""
    distances = np.sort(np.abs(_finite(clean) - cut))
    wrong = round((1.0 - _accuracy(clean, truth)) * len(distances))
    if wrong == 0:
        return 0.0
    return float(distances[min(wrong, len(distances) - 1)])


def share_above(scores: NDArray[np.float32], cut: float, threshold: float) -> float:
    """Share of scores at least as far from the deciding one as `threshold`."""
    return float(np.mean(np.abs(scores - cut) >= threshold))


def _why_not(pictures: int, tried: int, error: float, inside: float | None) -> str:
    if pictures < LEAST_PICTURES:
        return f"{pictures} pictures are too few, {LEAST_PICTURES} are needed"
    if inside is None:
        return "the site has no profile to tell whether they look like its own: run `inspect-eval calibrate`"
    if inside < LEAST_INSIDE:
        return f"only {inside:.0%} of the pictures look like the site's own"
    if tried < LEAST_CONDITIONS:
        return f"it was tried on {tried} conditions only, {LEAST_CONDITIONS} are needed"
    if error > LARGEST_ERROR:
        return f"on the site's own conditions it is off by up to {100 * error:.0f} percentage points"
    return ""


def _none(why: str) -> Guess:
    return Guess(float("nan"), float("nan"), 0, why)


def _finite(cell: Outcomes) -> NDArray[np.float32]:
    return cell.score[np.isfinite(cell.score)]


def _accuracy(cell: Outcomes, truth: NDArray[np.bool_]) -> float:
    seen = np.isfinite(cell.score)
    return float(np.mean(cell.ng[seen] == truth[seen]))
