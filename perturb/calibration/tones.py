"""How light lies in a picture: its level, its tones, its slope across the field and its colour."""

import cv2
import numpy as np

from perturb.cv import Light

GRID = 16
"""Blocks a side on which slope and fall-off are fitted."""

_THIRDS = np.full((1, 3), 1.0 / 3.0, np.float32)
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


def slopes(light: Light) -> dict[str, float]:
    """`gradient-x`, `gradient-y` and `falloff`: a plane and a radial term fitted to the logarithm of block means.

    log L = c + gx x + gy y + f r^2, x and y from -0.5 to 0.5 across the picture, r 1 in the corners. A linear fall of
    p percent across the field in any direction has |gx| + |gy| = p.
    """
    rows, cols = (min(GRID, side) for side in light.shape[:2])
    blocks = cv2.resize(grey_of(light), (cols, rows), interpolation=cv2.INTER_AREA)
    y, x = np.meshgrid((np.arange(rows) + 0.5) / rows - 0.5, (np.arange(cols) + 0.5) / cols - 0.5, indexing="ij")
    r2 = (x * x * light.shape[1] ** 2 + y * y * light.shape[0] ** 2) / (
        0.25 * (light.shape[0] ** 2 + light.shape[1] ** 2)
    )
    design = np.column_stack([np.ones(x.size), x.ravel(), y.ravel(), r2.ravel()])
    level = np.log(np.maximum(blocks, _DARK)).ravel()
    (_, gx, gy, fall), *_ = np.linalg.lstsq(design, level, rcond=None)
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
