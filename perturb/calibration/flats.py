"""A camera's own figures from flat fields: gain, dark noise, PRNU and how even the light is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb.camera import Camera
from perturb.errors import PerturbError
from perturb.photon import Pair, PhotonTransfer, mean_and_variance, photon_transfer
from perturb.transfer import white

UNEVEN = 0.6
"""A flat field that loses more than this share of its light across the field is not one."""

ROUGH = 0.05
"""Nor is one whose light differs by more than this share from a smooth course."""

_BLOCKS = 16

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Flats:
    """What flat fields say: photon transfer, PRNU as a fraction, and the light missing where it is weakest, 0..1."""

    transfer: PhotonTransfer
    prnu: float
    uneven: float
    bits: int

    def camera(self, base: Camera) -> Camera:
        """`base` with the measured figures in place of its own."""
        gain = self.transfer.gain.value
        black = self.transfer.black_level
        return replace(
            base,
            name="measured",
            gain=gain,
            dark_noise=self.transfer.dark_noise,
            prnu=self.prnu,
            black_level=black,
            bits=self.bits,
            full_well=(white(self.bits) - black) / gain,
        )


def measure_flats(lights: Sequence[Pair], darks: Sequence[Pair], bits: int) -> Flats:
    """From pairs of flat fields, shortest exposure first, and their dark pairs (one dark pair may serve them all).

    PerturbError where there are too few, or where a field is not flat.
    """
    if not darks:
        raise PerturbError("no dark pictures among the flat fields", mend="add a pair taken with the lens cap on")
    matched = list(darks) if len(darks) == len(lights) else [darks[0]] * len(lights)
    dark = mean_and_variance(darks[0])[0]
    unevenness = [check_flat(pair, dark) for pair in lights]
    transfer = photon_transfer(lights, matched, saturation=float(white(bits)))
    brightest = max((pair for pair in lights if _unclipped(pair, bits)), key=lambda p: p[0].mean(), default=lights[0])
    return Flats(transfer, _prnu(brightest, dark), max(unevenness), bits)


def check_flat(pair: Pair, dark: float = 0.0) -> float:
    """The share of light missing where a flat field is weakest. PerturbError where it is not flat.

    A quadratic course over 16 x 16 blocks is what lamp and lens do; what is left over it is a part, not a flat field.
    """
    mean = (pair[0].astype(np.float32) + pair[1].astype(np.float32)) / 2.0 - np.float32(dark)
    plane = mean if mean.ndim == 2 else mean.mean(axis=2)
    blocks = cv2.resize(plane, (_BLOCKS, _BLOCKS), interpolation=cv2.INTER_AREA).astype(np.float64)
    level = float(blocks.mean())
    rest = float(np.abs(blocks - _course(blocks)).max()) / max(level, 1e-6)
    missing = 1.0 - float(blocks.min() / max(blocks.max(), 1e-6))
    if rest > ROUGH or missing > UNEVEN:
        raise PerturbError(
            f"not a flat field: light differs by {100 * max(rest, missing if missing > UNEVEN else 0.0):.0f} %",
            mend="photograph an evenly lit white sheet, out of focus, that fills the picture",
        )
    return missing


def _course(blocks: Array) -> Array:
    y, x = np.mgrid[-1:1:16j, -1:1:16j]
    terms = (np.ones_like(x), x, y, x * x, x * y, y * y, (x * x + y * y) ** 2)
    design = np.column_stack([term.ravel() for term in terms])
    found, *_ = np.linalg.lstsq(design, blocks.ravel(), rcond=None)
    return np.asarray((design @ found).reshape(blocks.shape))


def _unclipped(pair: Pair, bits: int) -> bool:
    return int(max(picture.max() for picture in pair)) < white(bits)


def _prnu(pair: Pair, dark: float) -> float:
    """Spatial spread of the pair's mean over its own smooth course, temporal noise taken off, as a fraction."""
    first, second = (np.asarray(picture, dtype=np.float32) for picture in pair)
    mean = (first + second) / 2.0 - np.float32(dark)
    plane = mean if mean.ndim == 2 else np.ascontiguousarray(mean[:, :, 1])
    fine = plane - cv2.GaussianBlur(plane, (0, 0), 8.0)
    _, temporal = mean_and_variance(pair)
    spatial = float(fine.var()) - temporal / 2.0
    return float(np.sqrt(max(spatial, 0.0)) / max(float(plane.mean()), 1e-6))
