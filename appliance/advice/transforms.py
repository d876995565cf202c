"""Perturbations as Albumentations transforms for training, in the site's own units.

A training pipeline works on 8-bit code values at the camera's resolution, so each is the nearest transform that
Albumentations 2.0 has, with its range worked out from the severity and the camera (METHODS section 3). What has no
counterpart there is not imitated: `transform` then gives None and the policy names it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import radians, sqrt, tan
from typing import Any

import cv2

from perturb.camera import Camera
from perturb.composites import at_share, ends_of
from perturb.custom import albumentations
from perturb.registry import PERTURBATIONS

alb = albumentations()
Transform = Any
"""One transform of the library, which brings no types."""
Made = Any
"""A transform, several one after the other, or None."""

LEAST_BLUR = 0.3  # px of sigma: below it a blur is not seen
MOST_FALL = 0.2  # the largest fall of light that alb.Illumination draws
STROBE_CUT = 2.5  # standard deviations at which the strobe's draw is cut
REFERENCE_KELVIN, WHITE_KELVIN, COLDEST_KELVIN = 6500, 6000, 3000


@dataclass(frozen=True)
class Span:
    """Severities of one perturbation, weak end first in its own unit, and the camera that saw them."""

    weak: float
    strong: float
    camera: Camera

    @property
    def ordered(self) -> tuple[float, float]:
        """Smaller first."""
        return min(self.weak, self.strong), max(self.weak, self.strong)

    def scaled(self, factor: float) -> tuple[float, float]:
        """Smaller first, each times `factor`."""
        low, high = self.ordered
        return low * factor, high * factor


Maker = Callable[[Span], Transform]


def _geometry(span: Span, **changed: Any) -> Transform:
    return alb.Affine(border_mode=cv2.BORDER_REPLICATE, p=1.0, **changed)


def _rotation(span: Span) -> Transform:
    return _geometry(span, rotate=(-span.strong, span.strong))


def _shift(span: Span) -> Transform:
    most = max(1, round(span.camera.pixels(span.strong)))
    return _geometry(span, translate_px=(-most, most))


def _scale(span: Span) -> Transform:
    return _geometry(span, scale=(1.0 - span.strong / 100.0, 1.0 + span.strong / 100.0), keep_ratio=True)


def _trigger(span: Span) -> Transform:
    """Microseconds at 1 m/s of belt: a thousandth of a millimetre each."""
    most = max(1, round(span.camera.pixels(span.strong / 1000.0)))
    return _geometry(span, translate_px={"x": (-most, most), "y": (0, 0)})


def _tilt(span: Span) -> Transform:
    """Corners move by about a quarter of the tilt's tangent."""
    low, high = (tan(radians(angle)) / 4.0 for angle in span.ordered)
    return alb.Perspective(scale=(low, high), border_mode=cv2.BORDER_REPLICATE, p=1.0)


def _times(low: float, high: float, **changed: Any) -> Transform:
    return alb.MultiplicativeNoise(multiplier=(low, high), p=1.0, **changed)


def _either_way(percent: float, **changed: Any) -> Transform:
    return _times(max(0.0, 1.0 - percent / 100.0), 1.0 + percent / 100.0, **changed)


def _uniform(span: Span) -> Transform:
    """A pixel's gain, `percent` rms: evenly within sqrt(3) times that."""
    return _either_way(sqrt(3.0) * span.strong, elementwise=True)


def _floor(span: Span) -> Transform:
    return alb.RandomBrightnessContrast(brightness_limit=span.scaled(0.01), contrast_limit=(0.0, 0.0), p=1.0)


def _fall(span: Span, mode: str, effect: str) -> Transform:
    low, high = (min(max(share, 0.01), MOST_FALL) for share in span.scaled(0.01))
    return alb.Illumination(mode=mode, intensity_range=(min(low, high), high), effect_type=effect, p=1.0)


def _shadow(span: Span) -> Transform:
    return alb.RandomShadow(shadow_roi=(0, 0, 1, 1), shadow_intensity_range=span.scaled(0.01), p=1.0)


def _colder(span: Span) -> Transform:
    """From the coldest lamp up to the white point, which the library wants inside."""
    coldest = max(round(REFERENCE_KELVIN - span.ordered[1]), COLDEST_KELVIN)
    limits = (min(coldest, WHITE_KELVIN - 1), REFERENCE_KELVIN)
    return alb.PlanckianJitter(mode="blackbody", temperature_limit=limits, p=1.0)


def _blur(low: float, high: float) -> Transform:
    """Sigma in px; a disc of radius r has the sigma r / 2."""
    return alb.GaussianBlur(sigma_limit=(max(low, LEAST_BLUR), max(high, 1.01 * LEAST_BLUR)), blur_limit=0, p=1.0)


def _defocus(span: Span) -> Transform:
    low, high = (span.camera.blur_circle(error) / 4.0 for error in span.ordered)
    return _blur(low, high)


def _veil(span: Span) -> Transform:
    """Scattered light brings every value nearer the mean."""
    low, high = span.scaled(0.01)
    return alb.ColorJitter(
        brightness=(1.0, 1.0), contrast=(1.0 - high, 1.0 - low), saturation=(1.0, 1.0), hue=(0.0, 0.0), p=1.0
    )


def _streak(low: float, high: float, angles: tuple[float, float]) -> Transform:
    kernels = tuple(max(3, 2 * round(length / 2.0) + 1) for length in (low, high))
    return alb.MotionBlur(
        blur_limit=kernels, angle_range=angles, direction_range=(0.0, 0.0), allow_shifted=False, p=1.0
    )


def _conveyor(span: Span) -> Transform:
    low, high = (span.camera.motion(speed) for speed in span.ordered)
    return _streak(low, high, (span.camera.conveyor_deg, span.camera.conveyor_deg))


def _vibration(span: Span) -> Transform:
    low, high = (2.0 * span.camera.pixels(amplitude / 1000.0) for amplitude in span.ordered)
    return _streak(low, high, (0.0, 180.0))


def _stops(span: Span, sign: int) -> Transform:
    low, high = sorted(2.0 ** (sign * stop) for stop in span.ordered)
    return _times(low, high)


def _electrons(span: Span) -> Transform:
    return alb.GaussNoise(std_range=span.scaled(1.0 / span.camera.full_well), p=1.0)


def _photons(span: Span) -> Transform:
    """Only the variance that the picture's own shot noise lacks: (1 / ratio - 1) of a white of so many electrons."""
    low, high = sorted((1.0 / ratio - 1.0) / span.camera.white_electrons for ratio in span.ordered)
    return alb.ShotNoise(scale_range=(max(low, 1e-7), max(high, 2e-7)), p=1.0)


def _specks(span: Span, white: float) -> Transform:
    low, high = span.scaled(0.001)
    return alb.SaltAndPepper(amount=(low, high), salt_vs_pepper=(white, white), p=1.0)


def _gain(span: Span) -> Transform:
    low, high = (10.0 ** (decibel / 20.0) for decibel in span.ordered)
    return _times(low, high)


def _compressed(span: Span, kind: str) -> Transform:
    low, high = (round(quality) for quality in span.ordered)
    return alb.ImageCompression(compression_type=kind, quality_range=(max(low, 1), max(high, 1)), p=1.0)


def _smaller(span: Span) -> Transform:
    pair = {"downscale": cv2.INTER_AREA, "upscale": cv2.INTER_LINEAR}
    low, high = span.ordered
    return alb.Downscale(scale_range=(min(max(low, 0.01), 0.98), min(high, 0.99)), interpolation_pair=pair, p=1.0)


def _bits(span: Span) -> Transform:
    low, high = (min(max(round(bits), 1), 7) for bits in span.ordered)
    return alb.Posterize(num_bits=(low, high), p=1.0)


def _barrel(span: Span) -> Transform:
    low, high = span.scaled(0.01)
    return alb.OpticalDistortion(distort_limit=(-high, -low), border_mode=cv2.BORDER_REPLICATE, p=1.0)


MAKERS: dict[str, Maker] = {
    "rotation": _rotation,
    "shift": _shift,
    "scale": _scale,
    "tilt": _tilt,
    "batch-tone": lambda span: _either_way(span.strong),
    "batch-colour": lambda span: _either_way(sqrt(3.0) * span.strong, per_channel=True),
    "intensity": lambda span: _times(*span.ordered),
    "strobe": lambda span: _either_way(STROBE_CUT * span.strong),
    "ambient": _floor,
    "lamp-offset": lambda span: _fall(span, "linear", "both"),
    "gradient": lambda span: _fall(span, "linear", "both"),
    "vignetting": lambda span: _fall(span, "corner", "darken"),
    "glare": lambda span: _fall(span, "gaussian", "brighten"),
    "shadow": _shadow,
    "colour-temperature": _colder,
    "defocus": _defocus,
    "field-curvature": _defocus,
    "haze": _veil,
    "distortion": _barrel,
    "conveyor": _conveyor,
    "vibration": _vibration,
    "trigger": _trigger,
    "exposure": lambda span: _stops(span, 1),
    "underexposure": lambda span: _stops(span, -1),
    "prnu": _uniform,
    "dsnu": _electrons,
    "dark-noise": _electrons,
    "shot-noise": _photons,
    "hot-pixels": lambda span: _specks(span, 1.0),
    "dead-pixels": lambda span: _specks(span, 0.0),
    "gain": _gain,
    "black-level": _floor,
    "adc-bits": _bits,
    "gamma": lambda span: alb.RandomGamma(gamma_limit=span.scaled(100.0), p=1.0),
    "resampling": _smaller,
    "jpeg": lambda span: _compressed(span, "jpeg"),
    "webp": lambda span: _compressed(span, "webp"),
}
COLOUR = frozenset({"batch-colour", "colour-temperature", "glare", "haze", "vignetting"})
"""What works on colour pictures only, in Albumentations 2.0.8."""


def transform(name: str, span: Span, *, colour: bool) -> Made:
    """The transform of a perturbation over a range of severities; None where Albumentations has no counterpart.

    A composite is its members one after the other, each as far as the share drives it.
    """
    ends = ends_of(name)
    if ends:
        return _composite(ends, span, colour=colour)
    if name not in MAKERS or (name in COLOUR and not colour):
        return None
    return MAKERS[name](span)


def _composite(ends: Mapping[str, float], span: Span, *, colour: bool) -> Made:
    parts = []
    for name, end in ends.items():
        weak, strong = (at_share(PERTURBATIONS[name], end, share) for share in (span.weak, span.strong))
        made = transform(name, Span(weak, strong, span.camera), colour=colour)
        if made is not None:
            parts.append(made)
    return alb.Sequential(parts, p=1.0) if parts else None
