"""From light to a picture: lens softness, vignetting, exposure, shot and dark noise, 8 bits, linear transfer."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from models.render.draws import between, log_between
from models.render.shapes import axes


@dataclass(frozen=True)
class Camera:
    """`full_well` and `dark` in electrons; `blur` is the deviation of the lens in px; `corner` its light loss there."""

    full_well: float = 9000.0
    dark: float = 9.0
    blur: float = 0.72
    corner: float = 0.16


def expose(light: NDArray[np.float32], rng: np.random.Generator, camera: Camera) -> NDArray[np.uint8]:
    """Light (height, width, 3), white 1, as RGB uint8; noise by EMVA 1288, linear model, the normal for Poisson."""
    sharp = log_between(rng, 0.92, 1.25) * camera.blur
    seen = np.asarray(cv2.GaussianBlur(light, (5, 5), sharp), np.float32) * np.float32(log_between(rng, 0.95, 1.05))
    seen *= _vignette(light.shape[0], camera.corner)[:, :, None]
    tint = [between(rng, 0.985, 1.015), 1.0, between(rng, 0.985, 1.015)]
    seen *= np.asarray(tint, np.float32)
    np.clip(seen, 0, 1, out=seen)
    spread = seen * np.float32(1 / camera.full_well)
    spread += np.float32((camera.dark / camera.full_well) ** 2)
    noise = rng.standard_normal(seen.shape, dtype=np.float32)
    noise *= cv2.sqrt(spread)
    seen += noise
    return np.asarray(np.clip(np.rint(seen * np.float32(255)), 0, 255), np.uint8)


@lru_cache(maxsize=2)
def _vignette(size: int, corner: float) -> NDArray[np.float32]:
    x, y = axes(size)
    half = np.float32(size / 2)
    return 1 - np.float32(corner / 2) * (((x - half) / half) ** 2 + ((y - half) / half) ** 2)
