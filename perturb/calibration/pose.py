"""Where a part lies against a reference picture of the same scene."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb.calibration.quantities import POSE
from perturb.cv import Light

SIDE = 160
"""Longer side in px at which pictures are compared."""

SAME_SCENE = 0.6
"""The correlation from which on two aligned pictures show the same scene."""

_CRITERIA = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5)
_TURNS = (0.0, -12.0, 12.0)
_SMOOTH = 5

Warp = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Reference:
    """The picture that pose is measured against: uint8 grey (h, w) of SIDE px, and the size of the original."""

    grey: NDArray[np.uint8]
    width: int
    height: int


def reference_of(light: Light) -> Reference:
    """A reference from grey linear light (h, w)."""
    return Reference(_small(light), light.shape[1], light.shape[0])


def _small(light: Light) -> NDArray[np.uint8]:
    """Grey, small, its tones spread over 0..255: alignment does not care for exposure."""
    height, width = light.shape
    ratio = min(1.0, SIDE / max(height, width))
    size = max(8, round(width * ratio)), max(8, round(height * ratio))
    small = cv2.resize(light, size, interpolation=cv2.INTER_AREA)
    low, high = np.quantile(small, (0.01, 0.99))
    spread = np.clip((small - low) / max(float(high - low), 1e-6), 0.0, 1.0)
    return np.asarray(np.round(255.0 * spread), dtype=np.uint8)


def poses(light: Light, reference: Reference | None) -> dict[str, float]:
    """`shift-x`, `shift-y` in px, `turn` in deg, `size` in percent; NaN where it is not the reference's scene.

    Enhanced correlation (Evangelidis & Psarakis, IEEE TPAMI 30, 2008): rigid from three starts, then affine.
    """
    nothing = dict.fromkeys(POSE, float("nan"))
    if reference is None or light.shape != (reference.height, reference.width):
        return nothing
    found = _aligned(reference.grey, _small(light))
    return (
        nothing if found is None else _named(found, reference.grey.shape, max(light.shape) / max(reference.grey.shape))
    )


def _aligned(reference: NDArray[np.uint8], grey: NDArray[np.uint8]) -> Warp | None:
    """The affine map from reference to picture positions, or None where they do not match."""
    best: tuple[float, Warp] | None = None
    for turn in _TURNS:
        found = _refined(reference, grey, _start(reference, turn))
        if found is not None and (best is None or found[0] > best[0]):
            best = found
        if best is not None and best[0] > 0.9:
            break
    return None if best is None or best[0] < SAME_SCENE else best[1]


def _start(reference: NDArray[np.uint8], turn: float) -> Warp:
    height, width = reference.shape
    return np.asarray(cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn, 1.0), dtype=np.float32)


def _refined(reference: NDArray[np.uint8], grey: NDArray[np.uint8], warp: Warp) -> tuple[float, Warp] | None:
    """(correlation, affine map) after a rigid and an affine search; None where the search runs off."""
    score = -1.0
    for motion in (cv2.MOTION_EUCLIDEAN, cv2.MOTION_AFFINE):
        try:
            score, warp = cv2.findTransformECC(reference, grey, warp, motion, _CRITERIA, None, _SMOOTH)  # type: ignore[call-overload]
        except cv2.error:  # it says so where the correlation cannot be raised from here
            return None
    return score, warp


def _named(warp: Warp, small: tuple[int, ...], ratio: float) -> dict[str, float]:
    """How the picture's centre moves, its rotation and its scale; `ratio` is px of the original per small px."""
    matrix = warp[:, :2].astype(np.float64)
    centre = np.array([(small[1] - 1) / 2.0, (small[0] - 1) / 2.0])
    shift = ratio * (matrix @ centre + warp[:, 2] - centre)
    turn = np.degrees(np.arctan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1]))
    size = np.sqrt(abs(np.linalg.det(matrix)))
    values = (shift[0], shift[1], turn, 100.0 * (size - 1.0))
    return dict(zip(POSE, map(float, values), strict=True))
