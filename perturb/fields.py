"""Fields over the picture that several perturbations share: radius, ramp, smooth noise, lamp patterns."""

from functools import lru_cache

import cv2
import numpy as np

from perturb import cv
from perturb.cv import Light


@lru_cache(maxsize=8)
def axes(height: int, width: int) -> tuple[Light, Light]:
    """Column (h, 1) and row (1, w) coordinates, 0 at the centre and 1 at half the diagonal, float32."""
    half = np.hypot(height, width) / 2.0
    y = (np.arange(height) - (height - 1) / 2.0) / half
    x = (np.arange(width) - (width - 1) / 2.0) / half
    return y.astype(np.float32)[:, None], x.astype(np.float32)[None, :]


@lru_cache(maxsize=2)
def radius2(height: int, width: int) -> Light:
    """Squared distance from the centre, 1 in the corners: (h, w) float32."""
    y, x = axes(height, width)
    return y * y + x * x


def ramp(height: int, width: int, angle: float) -> Light:
    """A linear field from -0.5 to 0.5 across the picture in the direction `angle` (radians)."""
    y, x = axes(height, width)
    field = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
    span = float(field.max() - field.min()) or 1.0
    return np.asarray(field / np.float32(span), dtype=np.float32)


def smooth(rng: np.random.Generator, height: int, width: int, cells: int) -> Light:
    """Smooth noise with about `cells` hills over the longer side: zero mean, unit rms, (h, w) float32.

    Normal noise on a coarse grid, made smooth there by a Gaussian and enlarged by cubic interpolation; the grid
    does not depend on the picture's size.
    """
    longer = max(height, width)
    points = 4 * cells
    grid = cv.gaussian(rng.standard_normal((points, points), dtype=np.float32), 1.6)
    rows, cols = (max(2, round(points * side / longer)) for side in (height, width))
    grid = grid[:rows, :cols] - grid[:rows, :cols].mean()
    return cv.resized(grid / max(float(grid.std()), 1e-6), height, width, cv2.INTER_CUBIC)


def ring(height: int, width: int, segments: int = 12, offset: tuple[float, float] = (0.0, 0.0)) -> Light:
    """Irradiance of each segment of a ring light over the field: (segments, h, w) float32.

    Segments lie on a circle of 1.1 half diagonals, 1.0 above the part: E ~ cos^4 / h^2 of a Lambertian source.
    """
    y, x = axes(height, width)
    angles = (np.arange(segments) * (2 * np.pi / segments))[:, None, None]
    across = (x - (1.1 * np.cos(angles) + offset[0])).astype(np.float32)
    down = (y - (1.1 * np.sin(angles) + offset[1])).astype(np.float32)
    square = across * across + down * down + np.float32(1.0)
    return np.asarray(1.0 / (square * square), dtype=np.float32)


@lru_cache(maxsize=4)
def ring_shares(height: int, width: int) -> Light:
    """The share of each of the twelve ring segments in the light at each pixel: (12, h, w) float32."""
    return np.asarray(ring(height, width) / ring_sum(height, width), dtype=np.float32)


@lru_cache(maxsize=4)
def ring_sum(height: int, width: int) -> Light:
    """The light of the whole ring: (h, w) float32."""
    return np.asarray(ring(height, width).sum(axis=0), dtype=np.float32)


def blob(height: int, width: int, centre: tuple[float, float], sigma: float) -> Light:
    """A Gaussian hill of height 1: `centre` (x, y) in px, `sigma` px; separable, (h, w) float32."""
    y = np.exp(-0.5 * ((np.arange(height, dtype=np.float32) - centre[1]) / sigma) ** 2)
    x = np.exp(-0.5 * ((np.arange(width, dtype=np.float32) - centre[0]) / sigma) ** 2)
    return np.asarray(np.outer(y, x), dtype=np.float32)
