"""All that is measured on one picture."""

import numpy as np

from perturb.calibration.noise import typical_noise
from perturb.calibration.pose import Reference, poses
from perturb.calibration.quantities import QUANTITIES
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

    `pixels` as everywhere here; light is what `camera.transfer` makes of the code values. Pose is measured against
    `reference`, NaN without one.
    """
    light = decode(pixels, bits, camera)
    grey = grey_of(light)
    noise = typical_noise(middle(one_channel(light)))
    found = {
        **tones(light),
        **slopes(light),
        **colours(light),
        **blurs(middle(grey), typical_noise(middle(grey))),
        "noise": float("nan") if noise is None else 100.0 * noise.high,
        **poses(grey, reference),
    }
    return {name: found[name] for name in QUANTITIES}


def one_channel(light: Light) -> Light:
    """Green, whose sites are the densest of a colour filter array; mono as it is."""
    return light if light.ndim == 2 else np.ascontiguousarray(light[:, :, 1])


def middle(plane: Light) -> Light:
    """At most TILE x TILE px from the middle."""
    top, left = (max(0, (side - TILE) // 2) for side in plane.shape[:2])
    return plane[top : top + TILE, left : left + TILE]
