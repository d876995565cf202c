"""The blur of a picture from its own structure, along x and along y."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb.calibration.noise import NoiseLevel
from perturb.cv import Light

SCALES = (1.0, 1.5, 2.25, 3.4, 5.0)
"""Sigmas in px of the Gaussians under which the gradient's energy is measured."""

SMALLEST_SIDE = 48

_OVER_NOISE = 3.0
"""How far structure must stand above noise at every scale for a blur to be given."""

_BORDER = 8
_WIDTHS = (-0.8, 25.0)
"""px^2: below zero a picture is sharper than a step edge on square pixels, as after sharpening in the camera."""

Array = NDArray[np.float64]


def blurs(grey: Light, noise: NoiseLevel | None) -> dict[str, float]:
    """`blur-x` and `blur-y` in px^2; NaN where the picture shows no structure above its noise.

    The energy of the gradient under a Gaussian of s falls as C (s^2 + v)^-g: v is the variance of the blur the picture
    came with (variances of blurs add), g its content (0.5 for edges, 1.5 for lines), both fitted over five scales.
    Noise of variance n adds n / (8 pi s^4), which is taken off first. The fit has a bias that depends on content:
    differences between pictures of one scene are turned into severities by rendering known ones
    (perturb.calibration.response).
    """
    if min(grey.shape) < SMALLEST_SIDE:
        return {"blur-x": float("nan"), "blur-y": float("nan")}
    noise_energy = (noise.low if noise else 0.0) ** 2 / (8.0 * np.pi * np.power(SCALES, 4.0))
    energies = np.array([_energies(grey, scale) for scale in SCALES])
    return {name: _width(energies[:, axis], noise_energy) for axis, name in enumerate(("blur-x", "blur-y"))}


def _energies(grey: Light, sigma: float) -> tuple[float, float]:
    """Mean squared gradient along x and along y."""
    smooth = cv2.GaussianBlur(grey, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    inner = (slice(_BORDER, -_BORDER), slice(_BORDER, -_BORDER))
    across = (smooth[:, 2:] - smooth[:, :-2])[inner]
    down = (smooth[2:] - smooth[:-2])[inner]
    return float(np.mean(np.square(across))) / 4.0, float(np.mean(np.square(down))) / 4.0


def _width(energy: Array, noise: Array) -> float:
    structure = energy - noise
    if np.any(structure < _OVER_NOISE * noise) or np.any(structure < 1e-10):
        return float("nan")
    widths, slopes = _grid()
    level = np.log(structure)
    centred = level - level.mean()
    gain = slopes @ centred / np.einsum("ij,ij->i", slopes, slopes)
    rest = np.square(centred[None] - gain[:, None] * slopes).sum(axis=1)
    return _vertex(widths, rest)


@lru_cache(maxsize=1)
def _grid() -> tuple[Array, Array]:
    """Candidate widths v (n,), denser where small, and ln(s^2 + v) over the scales, each row less its mean (n, 5)."""
    low, high = _WIDTHS
    widths = low + (high - low) * np.linspace(0.0, 1.0, 700) ** 2
    slopes = np.log(np.square(SCALES)[None] + widths[:, None])
    return widths, slopes - slopes.mean(axis=1, keepdims=True)


def _vertex(widths: Array, rest: Array) -> float:
    """The width of the least misfit, between grid points by a parabola."""
    best = int(np.argmin(rest))
    if best in {0, len(widths) - 1}:
        return float(widths[best])
    around = slice(best - 1, best + 2)
    a, b, _ = np.polyfit(widths[around] - widths[best], rest[around], 2)
    if a <= 0.0:
        return float(widths[best])
    return float(
        widths[best] + np.clip(-b / (2.0 * a), widths[best - 1] - widths[best], widths[best + 1] - widths[best])
    )
