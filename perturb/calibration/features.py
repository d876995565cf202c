"""All that is measured on one picture."""

import numpy as np

from perturb.calibration.noise import typical_noise
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


def measure(pixels: Pixels, bits: int, camera: Camera, reference: Reference | None = None) -> dict[str, float]:
    """A value for each of `QUANTITIES`, NaN where the picture does not show it.

    `pixels` as everywhere here; light is what `camera.transfer` makes of the code values. With a `reference`, pose
    and lighting are measured against it on the aligned picture, and are NaN where it shows another scene; without one
    there is no pose, and the slope of the light is that of the picture itself.
    """
    light = decode(pixels, bits, camera)
    grey = grey_of(light)
    noise = typical_noise(middle(one_channel(light)))
    found = {
        **tones(light),
        **colours(light),
        **blurs(middle(grey), typical_noise(middle(grey))),
        "noise": float("nan") if noise is None else 100.0 * noise.high,
        **(_absolute(grey) if reference is None else _against(grey, reference)),
    }
    return {name: found[name] for name in QUANTITIES}


def _absolute(grey: Light) -> dict[str, float]:
    """Slopes of the picture by itself, content and all; no pose."""
    return dict.fromkeys((*LIGHTING, *POSE), float("nan")) | slopes(grey)


def _against(grey: Light, reference: Reference) -> dict[str, float]:
    """Light and pose against the reference; NaN where the picture does not show its scene."""
    small = small_of(grey)
    warp = align(small, reference) if fits(grey, reference) else None
    return relit(small, reference, warp) | poses(warp, small, max(grey.shape))


def one_channel(light: Light) -> Light:
    """Green, whose sites are the densest of a colour filter array; mono as it is."""
    return light if light.ndim == 2 else np.ascontiguousarray(light[:, :, 1])


def middle(plane: Light) -> Light:
    """At most TILE x TILE px from the middle."""
    top, left = (max(0, (side - TILE) // 2) for side in plane.shape[:2])
    return plane[top : top + TILE, left : left + TILE]
