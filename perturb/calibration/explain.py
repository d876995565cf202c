"""Which severities would make a scene's usual picture into the one seen: by formula, one picture at a time."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from perturb.calibration.quantities import QUANTITIES, Features
from perturb.camera import Camera
from perturb.frame import Context, frame_of
from perturb.registry import PERTURBATIONS
from perturb.types import Seed

NAN = float("nan")

_OFF_LOCUS = 0.7


@dataclass(frozen=True)
class Seen:
    """One picture's features and the centre of its scene."""

    features: Features
    centre: Features

    @property
    def aligned(self) -> bool:
        """Whether the picture shows its scene's reference, so that what differs is not the part's own content."""
        return math.isfinite(self.features["gain"]) and math.isfinite(self.centre["gain"])

    def gap(self, name: str) -> float:
        """The deviation from the centre; 0 where it is below the quantity's resolution, NaN where not measured."""
        value = self.features[name] - self.centre[name]
        return 0.0 if abs(value) < QUANTITIES[name].resolution else value


def tone_line(seen: Seen) -> tuple[float, float]:
    """(gain, offset in percent of white) from the scene's usual picture to this one.

    Of the aligned picture where there is one; else the gain is that of the mean light, and an offset cannot be told
    from the part's own tones: NaN.
    """
    if seen.aligned:
        gain, offset = (seen.features[name] - seen.centre[name] for name in ("gain", "offset"))
        return float(2.0**gain), offset
    return float(2.0 ** (seen.features["light"] - seen.centre["light"])), NAN


def _gain(seen: Seen) -> float:
    gain, _ = tone_line(seen)
    return 1.0 if abs(math.log2(max(gain, 1e-3))) < QUANTITIES["light"].resolution else gain


def _offset(seen: Seen) -> float:
    _, offset = tone_line(seen)
    return offset if not offset <= QUANTITIES["offset"].resolution else 0.0


def intensity(seen: Seen, camera: Camera) -> float:
    """The lamp's ratio, where the picture is darker."""
    del camera
    return max(0.02, min(1.0, _gain(seen)))


def exposure(seen: Seen, camera: Camera) -> float:
    """Stops too long, where the picture is brighter."""
    del camera
    return max(0.0, math.log2(max(_gain(seen), 1e-3)))


def underexposure(seen: Seen, camera: Camera) -> float:
    """Stops too short, where the picture is darker."""
    del camera
    return max(0.0, -math.log2(max(_gain(seen), 1e-3)))


def ambient(seen: Seen, camera: Camera) -> float:
    """Light on top, in percent of white."""
    del camera
    return _offset(seen)


def haze(seen: Seen, camera: Camera) -> float:
    """The share of light scattered over the field that would lift the dark tones as far."""
    del camera
    share = 100.0 * _offset(seen) / (100.0 * 2.0 ** seen.centre["light"])
    return share if math.isnan(share) else min(90.0, float(share))


def gradient(seen: Seen, camera: Camera) -> float:
    """|gx| + |gy|: the fall across the field in its own direction."""
    del camera
    return abs(seen.gap("gradient-x")) + abs(seen.gap("gradient-y"))


def vignetting(seen: Seen, camera: Camera) -> float:
    """Light that the corners lose against the scene's usual fall-off."""
    del camera
    if seen.gap("falloff") == 0.0:
        return 0.0
    return max(0.0, 100.0 * (1.0 - (100.0 - seen.features["falloff"]) / (100.0 - seen.centre["falloff"])))


def colour_temperature(seen: Seen, camera: Camera) -> float:
    """K below the nominal lamp, above it negative: the nearest point of the Planckian locus.

    A tint that lies mostly off the locus is no colour temperature: 0, so that it shows as not covered.
    """
    red, blue = seen.gap("red"), seen.gap("blue")
    if not (math.isfinite(red) and math.isfinite(blue)):
        return NAN
    kelvins, locus = _locus(camera)
    rest = np.hypot(*(locus - [red, blue]).T)
    nearest = int(np.argmin(rest))
    return 0.0 if rest[nearest] > _OFF_LOCUS * math.hypot(red, blue) else float(kelvins[nearest])


@lru_cache(maxsize=4)
def _locus(camera: Camera) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """K below the nominal (n,), colder ones negative, and there 100 ln of red and of blue over green (n, 2)."""
    act = PERTURBATIONS["colour-temperature"].act
    if act is None:
        raise TypeError("colour temperature acts on light")
    kelvins = np.arange(-3500.0, min(3500.0, camera.lamp_kelvin - 1600.0), 20.0)
    context = Context("colour-temperature", Seed(0, ""), camera)
    white = np.ones((1, 1, 3), np.float32)
    gains = np.array([act(frame_of(white, camera), float(k), context).light[0, 0] for k in kelvins], np.float64)
    return kelvins, 100.0 * np.log(gains[:, [0, 2]] / gains[:, 1:2])


def rotation(seen: Seen, camera: Camera) -> float:
    """Degrees from the usual pose, either way."""
    del camera
    return abs(seen.gap("turn"))


def shift(seen: Seen, camera: Camera) -> float:
    """Millimetres from the usual place."""
    return camera.mm_per_px * math.hypot(seen.gap("shift-x"), seen.gap("shift-y"))


def scale(seen: Seen, camera: Camera) -> float:
    """Percent of size from the usual, either way."""
    del camera
    return abs(seen.gap("size"))


Explanation = Callable[[Seen, Camera], float]

EXPLANATIONS: dict[str, Explanation] = {
    "intensity": intensity,
    "underexposure": underexposure,
    "exposure": exposure,
    "ambient": ambient,
    "haze": haze,
    "gradient": gradient,
    "vignetting": vignetting,
    "colour-temperature": colour_temperature,
    "rotation": rotation,
    "shift": shift,
    "scale": scale,
}
"""Per perturbation the severity that would explain a picture; neutral where nothing has to be explained."""

INSTEAD_OF = {"underexposure": "intensity", "haze": "ambient", "dark-noise": "shot-noise", "vibration": "conveyor"}
"""Perturbations that explain the same deviation as another: one or the other, never both."""
