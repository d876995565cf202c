"""Averaging kernels of lens and motion, with the share of noise variance that each leaves."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from perturb import cv
from perturb.cv import Light
from perturb.frame import Frame, averaged

_SUBSAMPLES = 8

Steps = NDArray[np.float64]


@lru_cache(maxsize=128)
def disc(diameter: float) -> Light:
    """A pillbox of `diameter` px, bilinear between samples, sum 1: (n, n) float32, n odd."""
    count = max(9, int(_SUBSAMPLES * diameter) | 1)
    steps = ((np.arange(count) + 0.5) / count - 0.5) * diameter
    y, x = np.meshgrid(steps, steps, indexing="ij")
    inside = np.hypot(y, x) <= diameter / 2.0
    return _splat(x[inside], y[inside])


@lru_cache(maxsize=128)
def line(length: float, degrees: float) -> Light:
    """Uniform motion over `length` px in a direction, bilinear along its way, sum 1: (h, w) float32, odd sides."""
    t = (np.arange(_count(length)) + 0.5) / _count(length) - 0.5
    return _traced(t * length, degrees)


@lru_cache(maxsize=128)
def swing(amplitude: float, degrees: float) -> Light:
    """Sinusoidal vibration of `amplitude` px over whole periods (arcsine density), sum 1: (h, w) float32."""
    count = _count(2 * amplitude)
    t = (np.arange(count) + 0.5) / count
    return _traced(amplitude * np.cos(np.pi * t), degrees)


def _count(length: float) -> int:
    return max(8, int(16 * length) + 1)


def _traced(way: Steps, degrees: float) -> Light:
    """The kernel of a straight way given by positions on it in px."""
    x = way * np.round(np.cos(np.radians(degrees)), 12)
    y = way * np.round(np.sin(np.radians(degrees)), 12)
    return _splat(x, y)


def _splat(x: Steps, y: Steps) -> Light:
    """Histogram of positions in px, each split over its four neighbours, sum 1: (h, w) float32, odd sides."""
    rx, ry = (int(np.ceil(np.abs(v).max() - 1e-9)) for v in (x, y))
    kernel = np.zeros((2 * ry + 2, 2 * rx + 2))
    ix, iy = np.floor(x).astype(int), np.floor(y).astype(int)
    fx, fy = x - ix, y - iy
    for dy, wy in ((0, 1 - fy), (1, fy)):
        for dx, wx in ((0, 1 - fx), (1, fx)):
            np.add.at(kernel, (iy + ry + dy, ix + rx + dx), wx * wy)
    kernel = kernel[: 2 * ry + 1, : 2 * rx + 1]
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def blurred(frame: Frame, kernel: Light) -> Frame:
    """The frame averaged with `kernel`; the border mirrors what is next to it."""
    return averaged(frame, cv.filtered(frame.light, kernel), energy(kernel))


def energy(kernel: Light) -> float:
    """The share of white-noise variance that a kernel leaves: the sum of its squared weights."""
    return float(np.sum(kernel * kernel))
