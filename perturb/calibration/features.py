"""All that is measured on one picture."""

from dataclasses import dataclass

import numpy as np

from perturb.calibration.noise import NoiseLevel, noise_levels, typical_noise
from perturb.calibration.pose import Reference, align, fits, poses, small_of
from perturb.calibration.quantities import LIGHTING, POSE, QUANTITIES
from perturb.calibration.relight import relit
from perturb.calibration.sharpness import blurs
from perturb.calibration.tones import colours, grey_of, slopes, tones
from perturb.camera import Camera
from perturb.cv import Light
from perturb.transfer import decode
from perturb.types import Pixels

TILE = 1024
"""Longest side in px on which blur and noise are measured: the middle of larger pictures, at native resolution."""


@dataclass(frozen=True, eq=False)
class Measured:
    """What one picture shows by itself, its small grey light (to be aligned later) and its longer side in px."""

    features: dict[str, float]
    small: Light
    longer: int


def measure(pixels: Pixels, bits: int, camera: Camera, reference: Reference | None = None) -> dict[str, float]:
    """A value for each of `QUANTITIES`, NaN where the picture does not show it.

    `pixels` as everywhere here; light is what `camera.transfer` makes of the code values. With a `reference`, pose
    and lighting are measured against it on the aligned picture, and are NaN where it shows another scene; without one
    there is no pose, and the slope of the light is that of the picture itself.
    """
    found = measure_alone(pixels, bits, camera)
    return found.features if reference is None else against(found, reference)


def measure_alone(pixels: Pixels, bits: int, camera: Camera) -> Measured:
    """As `measure` without a reference."""
    light = decode(pixels, bits, camera)
    grey = grey_of(light)
    found = {
        **tones(light),
        **colours(light),
        **_fine(light, grey),
        **dict.fromkeys((*LIGHTING, *POSE), float("nan")),
        **slopes(grey),
    }
    return Measured({name: found[name] for name in QUANTITIES}, small_of(grey), max(grey.shape))


def fine(pixels: Pixels, bits: int, camera: Camera) -> dict[str, float]:
    """`blur-x`, `blur-y` and `noise` alone."""
    light = decode(pixels, bits, camera)
    return _fine(light, grey_of(light))


def _fine(light: Light, grey: Light) -> dict[str, float]:
    noise = typical_noise(middle(one_channel(light)))
    return {
        **blurs(middle(grey), typical_noise(middle(grey))),
        "noise": float("nan") if noise is None else 100.0 * noise.high,
    }


def noise_over_light(pixels: Pixels, bits: int, camera: Camera) -> tuple[NoiseLevel, ...]:
    """Noise at several levels of light, as bounds; empty where the picture is too small to tell."""
    return noise_levels(middle(one_channel(decode(pixels, bits, camera))))


def against(found: Measured, reference: Reference) -> dict[str, float]:
    """The features with light and pose against the reference; NaN where the picture does not show its scene."""
    warp = align(found.small, reference) if fits(found.small, found.longer, reference) else None
    return found.features | relit(found.small, reference, warp) | poses(warp, found.small, found.longer)


def one_channel(light: Light) -> Light:
    """Green, whose sites are the densest of a colour filter array; mono as it is."""
    return light if light.ndim == 2 else np.ascontiguousarray(light[:, :, 1])


def middle(plane: Light) -> Light:
    """At most TILE x TILE px from the middle."""
    top, left = (max(0, (side - TILE) // 2) for side in plane.shape[:2])
    return plane[top : top + TILE, left : left + TILE]
