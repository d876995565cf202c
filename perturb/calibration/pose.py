"""Where a part lies against a reference picture of the same scene."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb.calibration.quantities import POSE
from perturb.cv import Light

SIDE = 200
"""Longer side in px at which pictures are compared."""

SAME_SCENE = 0.6
"""The correlation from which on two aligned pictures show the same scene."""

_STRETCH = 1.15
_CRITERIA = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5)
_TURNS = (0.0, -12.0, 12.0)
_SMOOTH = 5

Warp = NDArray[np.float64]
Grey = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Reference:
    """The picture that pose and light are measured against, and the size of the original.

    light: uint16 grey (h, w) of at most SIDE px, linear, 65535 at white.
    """

    light: NDArray[np.uint16]
    width: int
    height: int


def reference_of(light: Light) -> Reference:
    """A reference from grey linear light (h, w)."""
    return reference_from(small_of(light), max(light.shape))


def reference_from(small: Light, longer: int) -> Reference:
    """A reference from small grey light of a picture with a longer side of `longer` px."""
    light = np.round(65535.0 * np.clip(small, 0.0, 1.0)).astype(np.uint16)
    height, width = (round(side * longer / max(small.shape)) for side in small.shape)
    return Reference(light, width, height)


def small_of(light: Light) -> Light:
    """Grey light at the size at which pictures are compared."""
    height, width = light.shape
    ratio = min(1.0, SIDE / max(height, width))
    size = max(8, round(width * ratio)), max(8, round(height * ratio))
    return np.asarray(cv2.resize(light, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _spread(small: Light) -> Grey:
    """Tones spread over 0..255: alignment does not care for exposure."""
    low, high = np.quantile(small, (0.01, 0.99))
    tones = np.clip((small - low) / max(float(high - low), 1e-6), 0.0, 1.0)
    return np.asarray(np.round(255.0 * tones), dtype=np.uint8)


def fits(small: Light, longer: int, reference: Reference) -> bool:
    """Whether a picture, by its small light and its longer side in px, is of the reference's size."""
    return small.shape == reference.light.shape and longer == max(reference.width, reference.height)


def align(small: Light, reference: Reference) -> Warp | None:
    """The affine map (2, 3) from reference to picture positions at the small size; None where they do not match."""
    score, warp = likeness(small, reference)
    return warp if score >= SAME_SCENE and _rigid(warp) else None


def _rigid(warp: Warp) -> bool:
    """Whether the map is a pose, nearly: a search that has run off shears or stretches the picture."""
    long, short = np.linalg.svd(warp[:, :2], compute_uv=False)
    return bool(short > 0.6 and long < 1.6 and long / short < _STRETCH)


def likeness(small: Light, reference: Reference) -> tuple[float, Warp]:
    """The correlation once aligned, -1 where nothing could be, and the map.

    Enhanced correlation (Evangelidis & Psarakis, IEEE TPAMI 30, 2008): rigid from three starts, then affine.
    """
    usual, here = _spread(reference.light.astype(np.float32)), _spread(small)
    best = -1.0, np.eye(2, 3)
    for turn in _TURNS:
        found = _refined(usual, here, _start(usual, turn))
        if found is not None and found[0] > best[0]:
            best = found
        if best[0] > 0.9:
            break
    return best


def _start(usual: Grey, turn: float) -> NDArray[np.float32]:
    height, width = usual.shape
    return np.asarray(cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), turn, 1.0), dtype=np.float32)


def _refined(usual: Grey, here: Grey, warp: NDArray[np.float32]) -> tuple[float, Warp] | None:
    """(correlation, affine map) after a rigid and an affine search; None where the search runs off."""
    score, found = -1.0, warp
    for motion in (cv2.MOTION_EUCLIDEAN, cv2.MOTION_AFFINE):
        try:
            score, found = cv2.findTransformECC(usual, here, found, motion, _CRITERIA, None, _SMOOTH)  # type: ignore[call-overload]
        except cv2.error:  # it says so where the correlation cannot be raised from here
            return None
    return score, np.asarray(found, dtype=np.float64)


def poses(warp: Warp | None, small: Light, longer: int) -> dict[str, float]:
    """Shift in px of the original (`longer` px), `turn` in deg, `size` in percent; NaN without a map."""
    if warp is None:
        return dict.fromkeys(POSE, float("nan"))
    matrix = warp[:, :2]
    centre = np.array([(small.shape[1] - 1) / 2.0, (small.shape[0] - 1) / 2.0])
    shift = longer / max(small.shape) * (matrix @ centre + warp[:, 2] - centre)
    turn = np.degrees(np.arctan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1]))
    size = np.sqrt(abs(np.linalg.det(matrix)))
    values = (shift[0], shift[1], turn, 100.0 * (size - 1.0))
    return dict(zip(POSE, map(float, values), strict=True))
