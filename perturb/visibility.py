"""Whether a defect can still be seen at all: its area and its contrast against the noise around it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb.errors import PerturbError
from perturb.types import ROSE, Mask, Scene


@dataclass(frozen=True)
class Visibility:
    """Area of a defect in px and its contrast-to-noise ratio, without unit; NaN where there is nothing to compare."""

    area: int
    cnr: float

    @property
    def vanished(self) -> bool:
        """Whether the camera, not the model, is the limit: no pixel left, or below the Rose criterion."""
        return self.area == 0 or self.cnr < ROSE


def visibility(scene: Scene) -> Visibility:
    """Visibility of the masked defect: |mean inside - mean of a ring around| sqrt(area) / noise, best channel.

    Rose's criterion weighs the contrast with the number of pixels that carry it. The ring is as wide as the defect
    (3 px at least) and starts 2 px away from it. The noise is the robust spread of the ring after its own smooth
    trend is taken off, so that texture counts as noise, shading does not. Code values are compared as they are.
    """
    if scene.mask is None:
        raise PerturbError("the contrast of a defect needs its mask", mend="give masks for NG parts")
    if not scene.mask.any():
        return Visibility(0, float("nan"))
    window = _window(scene.mask)
    mask = scene.mask[window]
    area = int(scene.mask.sum())
    ring = _ring(mask, area)
    if not ring.any():
        return Visibility(area, float("nan"))
    return Visibility(area, float(_cnr(np.atleast_3d(scene.pixels[window]), mask, ring, area).max()))


def _reach(area: int) -> int:
    return max(3, round(float(np.sqrt(area))))


def _window(mask: Mask) -> tuple[slice, slice]:
    """The part of the picture that the ring can lie in: all that follows costs as little as the defect is small."""
    x, y, w, h = cv2.boundingRect(mask.view(np.uint8))
    pad = _reach(int(mask[y : y + h, x : x + w].sum())) + 4
    return slice(max(0, y - pad), y + h + pad), slice(max(0, x - pad), x + w + pad)


def _ring(mask: Mask, area: int) -> Mask:
    distance = cv2.distanceTransform(1 - mask.astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray((distance > 2.0) & (distance <= 2.0 + _reach(area)))


_SAMPLES = 4096
"""Pixels of the ring that are looked at: a large defect's ring is thinned to about so many, evenly."""


def _cnr(pixels: NDArray[np.generic], mask: Mask, ring: Mask, area: int) -> NDArray[np.float64]:
    """Contrast over noise by channel (c,) of (h, w, c); rounding to code values alone is sqrt(1/12) DN of noise."""
    width, flat = ring.shape[1], pixels.reshape(-1, pixels.shape[2])
    at = np.flatnonzero(ring)
    at = at[:: -(-len(at) // _SAMPLES)]
    inside = np.flatnonzero(mask)
    y, x = np.divmod(at, width)
    centre = np.array([y.mean(), x.mean()])
    design = np.stack([np.ones(len(at)), y - centre[0], x - centre[1]])
    values = flat[at].T.astype(np.float64)
    trend = np.linalg.lstsq(design @ design.T, design @ values.T, rcond=None)[0]
    rest = values - trend.T @ design
    rest -= np.median(rest, axis=1, keepdims=True)
    noise = 1.4826 * np.median(np.abs(rest), axis=1)
    my, mx = np.divmod(inside, width)
    around = np.array([1.0, my.mean() - centre[0], mx.mean() - centre[1]]) @ trend  # a plane's mean lies at its centre
    contrast = np.abs(flat[inside].mean(axis=0, dtype=np.float64) - around)
    return np.asarray(contrast * np.sqrt(area) / np.maximum(noise, np.sqrt(1 / 12)))
