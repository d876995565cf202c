"""The noise of a picture from the picture alone, as bounds: what looks like noise may be the part's own texture.

Upper bound: the diagonal Haar detail of the quietest tenth of blocks, so that texture everywhere counts as noise.
Lower bound: the smallest eigenvalue of small patches (Pyatykh, Hesser & Zheng, IEEE TIP 22, 2013), which is the noise
where texture leaves any direction free, and less where neighbouring pixels share noise (demosaicing, JPEG, blur).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from perturb.cv import Light

BLOCK = 8
"""Haar coefficients a block side: a block is 16 x 16 px and its variance has 64 degrees of freedom."""

QUIET = 0.10
"""The share of blocks, in order of their variance, that is taken for the flattest."""

FEWEST = 24
"""Blocks below which no noise is given."""

_PATCH = 4
_BIAS = float(chi2.ppf(QUIET, BLOCK * BLOCK - 1)) / (BLOCK * BLOCK - 1)

Blocks = NDArray[np.float64]


@dataclass(frozen=True)
class NoiseLevel:
    """Noise rms at one level of light, both as fractions of white: it lies between `low` and `high`."""

    light: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class _Tiled:
    """Mean light and Haar variance of every block (n,), and the block's pixels (n, 16, 16)."""

    mean: Blocks
    variance: Blocks
    pixels: Light


def noise_levels(plane: Light, bins: int = 6) -> tuple[NoiseLevel, ...]:
    """Noise rms over light for one channel of linear light (h, w): equally filled bins from dark to bright.

    Empty where the picture is too small; blocks that touch white or black are left out, they show less noise than
    there is.
    """
    tiled = _tiled(plane)
    bins = min(bins, len(tiled.mean) // FEWEST)
    if bins < 1:
        return ()
    edges = np.array_split(np.argsort(tiled.mean, kind="stable"), bins)
    return tuple(_level(tiled, chosen) for chosen in edges)


def typical_noise(plane: Light) -> NoiseLevel | None:
    """Noise at the picture's middle third of light (a small picture's whole); None where it shows too little."""
    tiled = _tiled(plane)
    order = np.argsort(tiled.mean, kind="stable")
    third = len(order) // 3 if len(order) >= 3 * FEWEST else 0
    middle = order[third : len(order) - third]
    return _level(tiled, middle) if len(middle) >= FEWEST else None


def _level(tiled: _Tiled, chosen: NDArray[np.intp]) -> NoiseLevel:
    variance = tiled.variance[chosen]
    high = float(np.quantile(variance, QUIET)) / _BIAS
    quiet = chosen[variance <= np.quantile(variance, max(QUIET, FEWEST / len(chosen)))]
    low = min(_smallest_eigenvalue(tiled.pixels[quiet]), high)
    return NoiseLevel(float(np.median(tiled.mean[chosen])), float(np.sqrt(max(low, 0.0))), float(np.sqrt(high)))


def _tiled(plane: Light) -> _Tiled:
    side = 2 * BLOCK
    rows, cols = plane.shape[0] // side, plane.shape[1] // side
    blocks = plane[: rows * side, : cols * side].reshape(rows, side, cols, side).swapaxes(1, 2).reshape(-1, side, side)
    inside = (blocks.min(axis=(1, 2), initial=1.0) > 0.004) & (blocks.max(axis=(1, 2), initial=0.0) < 0.996)
    blocks = blocks[inside]
    detail = (blocks[:, ::2, ::2] - blocks[:, ::2, 1::2] - blocks[:, 1::2, ::2] + blocks[:, 1::2, 1::2]) / 2.0
    variance = detail.reshape(len(blocks), BLOCK * BLOCK).var(axis=1, ddof=1, dtype=np.float64)
    return _Tiled(blocks.mean(axis=(1, 2), dtype=np.float64), variance, blocks)


def _smallest_eigenvalue(blocks: Light) -> float:
    """Of the covariance of all 4 x 4 patches of the blocks, each block's mean taken off; 0 where there are too few."""
    if not len(blocks):
        return 0.0
    centred = blocks - blocks.mean(axis=(1, 2), keepdims=True)
    tiles = blocks.shape[1] // _PATCH
    patches = centred.reshape(-1, tiles, _PATCH, tiles, _PATCH).swapaxes(2, 3).reshape(-1, _PATCH * _PATCH)
    if len(patches) < 4 * _PATCH * _PATCH:
        return 0.0
    smallest = float(np.linalg.eigvalsh(np.cov(patches.astype(np.float64), rowvar=False))[0])
    # The smallest sample eigenvalue of white noise falls short of its variance (Marchenko & Pastur 1967).
    return float(smallest / (1.0 - np.sqrt(_PATCH * _PATCH / len(patches))) ** 2)
