"""How light lies in a picture: its level, its tones, its slope across the field and its colour."""

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb.cv import Light

Array = NDArray[np.float64]

GRID = 16
"""Blocks a side on which slope and fall-off are fitted."""

_THIRDS = np.full((1, 3), 1.0 / 3.0, np.float32)
_FIFTH = 0.8**-0.5 - 1.0
_DARK, _WHITE = 1e-4, 0.995
"""Light below which a logarithm says nothing, and from which on a pixel counts as clipped."""


def tones(light: Light) -> dict[str, float]:
    """`light`, `tone-low`, `tone-high` and `clipped` of linear light (h, w) or (h, w, 3), 1.0 at white."""
    grey = grey_of(light)
    low, high = np.quantile(grey, (0.05, 0.95))
    return {
        "light": float(np.log2(max(float(grey.mean()), _DARK))),
        "tone-low": 100.0 * float(low),
        "tone-high": 100.0 * float(high),
        "clipped": 100.0 * float(np.count_nonzero(light >= _WHITE)) / light.size,
    }


def grey_of(light: Light) -> Light:
    """The mean over the channels."""
    return light if light.ndim == 2 else np.asarray(cv2.transform(light, _THIRDS), dtype=np.float32)


def lens_shape(x: Array, y: Array, width: int, height: int) -> Array:
    """The course of natural fall-off from 0 in the centre to 1 in the corners, x and y from -0.5 to 0.5.

    1 - cos^4 = 1 - (1 + k r^2)^-2, scaled, at the k of a lens that loses a fifth in the corners: from 5 to 50 percent
    the course differs by less than a tenth.
    """
    r2 = (np.square(x * width) + np.square(y * height)) / (0.25 * (width**2 + height**2))
    return np.asarray((1.0 - np.power(1.0 + _FIFTH * r2, -2)) / (1.0 - (1.0 + _FIFTH) ** -2))


def robust_fit(design: Array, level: Array, rounds: int = 3) -> list[float]:
    """Least squares, repeated without what lies over three robust sigmas off: a spot on the part is not the lamp."""
    found = _solved(design, level)
    for _ in range(rounds - 1):
        rest = np.abs(level - design @ found)
        kept = rest <= max(3.0 * 1.4826 * float(np.median(rest)), 1e-6)
        found = _solved(design[kept], level[kept])
    return [float(value) for value in found]


def _solved(design: Array, level: Array) -> Array:
    return np.asarray(np.linalg.lstsq(design, level, rcond=None)[0])


def slopes(light: Light) -> dict[str, float]:
    """`gradient-x`, `gradient-y` and `falloff`: a plane and a radial term fitted to the logarithm of block means.

    log L = c + gx x + gy y + f l(x, y), x and y from -0.5 to 0.5 across the picture, l as `lens_shape`. A linear fall
    of p percent across the field in any direction has |gx| + |gy| = p.
    """
    rows, cols = (min(GRID, side) for side in light.shape[:2])
    blocks = cv2.resize(grey_of(light), (cols, rows), interpolation=cv2.INTER_AREA)
    y, x = np.meshgrid((np.arange(rows) + 0.5) / rows - 0.5, (np.arange(cols) + 0.5) / cols - 0.5, indexing="ij")
    fall_off = lens_shape(x, y, light.shape[1], light.shape[0])
    design = np.column_stack([np.ones(x.size), x.ravel(), y.ravel(), fall_off.ravel()])
    level = np.log(np.maximum(blocks, _DARK)).ravel()
    _, gx, gy, fall = robust_fit(design, level)
    return {
        "gradient-x": 100.0 * float(gx),
        "gradient-y": 100.0 * float(gy),
        "falloff": 100.0 * float(1.0 - np.exp(fall)),
    }


def colours(light: Light) -> dict[str, float]:
    """`red` and `blue`: 100 ln of the channel's mean light over green's, clipped pixels aside; NaN for mono."""
    if light.ndim == 2:
        return {"red": np.nan, "blue": np.nan}
    red, green, blue = (np.ascontiguousarray(light[:, :, i]) for i in range(3))
    usable = (np.maximum(np.maximum(red, green), blue) < _WHITE).view(np.uint8)
    if np.count_nonzero(usable) < 16:
        return {"red": np.nan, "blue": np.nan}
    r, g, b = (max(cv2.mean(plane, mask=usable)[0], _DARK) for plane in (red, green, blue))
    return {"red": 100.0 * float(np.log(r / g)), "blue": 100.0 * float(np.log(b / g))}
