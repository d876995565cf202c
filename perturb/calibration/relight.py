"""How the light on a part differs from the reference picture, once the two are aligned."""

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb.calibration.pose import Reference, Warp
from perturb.calibration.quantities import LIGHTING
from perturb.calibration.tones import lens_shape, robust_fit
from perturb.cv import Light

_WHITE = 0.98
_CONTRAST = 0.1
_BORDER = 3

Array = NDArray[np.float64]


def relit(small: Light, reference: Reference, warp: Warp | None) -> dict[str, float]:
    """`gain`, `offset`, `gradient-x`, `gradient-y` and `falloff` against the reference; NaN without alignment.

    Least squares of  picture = reference (a + b x + c y + d l(x, y)) + o  over aligned pixels, x and y from -0.5 to
    0.5 across the picture, l as `lens_shape`; what the part itself changed is an outlier and is left out. Where the
    reference shows too little contrast to tell a gain from an offset, the offset is 0.
    """
    if warp is None:
        return dict.fromkeys(LIGHTING, float("nan"))
    usual, here, x, y = _aligned(small, reference, warp)
    if len(usual) < 64:
        return dict.fromkeys(LIGHTING, float("nan"))
    fall_off = lens_shape(x, y, small.shape[1], small.shape[0])
    columns = [usual, usual * x, usual * y, usual * fall_off]
    if usual.std() > _CONTRAST * usual.mean():
        columns.append(np.ones_like(usual))
    a, b, c, d, *rest = robust_fit(np.column_stack(columns), here)
    if a <= 0.0:
        return dict.fromkeys(LIGHTING, float("nan"))
    values = (np.log2(a), 100.0 * (rest[0] if rest else 0.0), 100.0 * b / a, 100.0 * c / a, -100.0 * d / a)
    return dict(zip(LIGHTING, map(float, values), strict=True))


def _aligned(small: Light, reference: Reference, warp: Warp) -> tuple[Array, Array, Array, Array]:
    """Light of the reference and of the picture where both show the same place, and that place in the picture."""
    tall, wide = reference.light.shape
    row, col = np.mgrid[0:tall, 0:wide].astype(np.float64)
    x = warp[0, 0] * col + warp[0, 1] * row + warp[0, 2]
    y = warp[1, 0] * col + warp[1, 1] * row + warp[1, 2]
    here = cv2.remap(small, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    usual = reference.light / 65535.0
    height, width = small.shape
    inside = (x > _BORDER) & (x < width - 1 - _BORDER) & (y > _BORDER) & (y < height - 1 - _BORDER)
    kept = inside & (here < _WHITE) & (usual < _WHITE)
    return usual[kept], here[kept].astype(np.float64), x[kept] / (width - 1) - 0.5, y[kept] / (height - 1) - 0.5
