"""A picture in linear light and the noise it carries while perturbations act on it.

Light is float32, 1.0 at the largest code value and 0.0 at the black level. The noise that a picture already
carries is followed as variance = keeps * light + floor while light is scaled, lifted and blurred; at the end only
the variance that the camera would have and the picture lacks is added (EMVA 1288: sigma^2 = sigma_d^2 + mu_e).
"""

from dataclasses import dataclass, replace

import numpy as np

from perturb import cv
from perturb.camera import Camera
from perturb.cv import Light
from perturb.seeds import draw, pattern_draw
from perturb.types import Boxes, Mask, Seed

Field = float | Light


@dataclass(frozen=True)
class Context:
    """What a perturbation may look at: its name and level-5 severity, the seed, the camera."""

    name: str
    seed: Seed
    camera: Camera
    worst: float = 1.0

    def rng(self, part: str = "") -> np.random.Generator:
        """The draw of this perturbation on this part; the same at every severity."""
        return draw(self.seed, f"{self.name}/{part}" if part else self.name)

    def fixed(self, part: str) -> np.random.Generator:
        """The draw of a fixed pattern, from the camera seed alone."""
        return pattern_draw(self.seed.camera, part)


@dataclass(frozen=True)
class Frame:
    """A picture in linear light with its labels, and the noise it has and should have.

    Variances are in light units squared: has = keeps * light + floor, wants = shot * light + dark.
    """

    light: Light
    keeps: Field
    floor: Field
    shot: Field
    dark: Field
    mask: Mask | None = None
    boxes: Boxes | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in px."""
        return self.light.shape[0], self.light.shape[1]


def spread(field: Field, light: Light) -> Field:
    """A (height, width) field made to broadcast over the channels of a colour picture."""
    if isinstance(field, np.ndarray) and field.ndim == 2 and light.ndim == 3:
        return field[:, :, None]
    return field


def over(field: Field, light: Light) -> Field:
    """As `spread`, but a full field is made as large as the light: multiplying then is several times faster."""
    if isinstance(field, np.ndarray) and light.ndim == 3 and field.shape == light.shape[:2]:
        return cv.in_colour(np.asarray(field, dtype=np.float32))
    return spread(field, light)


def gained(frame: Frame, gain: Field) -> Frame:
    """Light times `gain` (scalar, per channel, or a map); the noise in it scales along."""
    light = np.multiply(frame.light, over(gain, frame.light), dtype=np.float32)
    gain = spread(gain, frame.light)
    return replace(frame, light=light, keeps=frame.keeps * gain, floor=frame.floor * gain * gain)


def lifted(frame: Frame, light: Field) -> Frame:
    """Light added on top (a scalar or a map): it brings no noise yet, `expose` adds its shot noise."""
    total = np.add(frame.light, over(light, frame.light), dtype=np.float32)
    return replace(frame, light=total, floor=frame.floor - frame.keeps * spread(light, frame.light))


@dataclass(frozen=True)
class Shade:
    """What a perturbation does to each place alone: light * gain + light of another source + electronic offset.

    Each is a number or a field (h, w), (h, 1) or (1, w) in light units; only light has shot noise.
    """

    gain: Field = 1.0
    light: Field = 0.0
    offset: Field = 0.0


def shaded(frame: Frame, shade: Shade) -> Frame:
    """The frame under a shade, its noise followed."""
    if not isinstance(shade.gain, float) or shade.gain != 1.0:
        frame = gained(frame, shade.gain)
    if not isinstance(shade.light, float) or shade.light != 0.0:
        frame = lifted(frame, shade.light)
    if not isinstance(shade.offset, float) or shade.offset != 0.0:
        raised = np.add(frame.light, over(shade.offset, frame.light), dtype=np.float32)
        frame = replace(frame, light=raised)
    return frame


def strip(field: Field, rows: slice, height: int) -> Field:
    """The rows of a field that has as many as the picture; what is the same in all rows stays as it is."""
    if isinstance(field, np.ndarray) and field.ndim >= 2 and field.shape[0] == height:
        return field[rows]
    return field


def averaged(frame: Frame, light: Light, energy: float) -> Frame:
    """`light` is the frame's after averaging neighbours; `energy` = sum of squared weights is the noise left."""
    return replace(frame, light=light, keeps=frame.keeps * energy, floor=frame.floor * energy)


def frame_of(light: Light, camera: Camera, mask: Mask | None = None, boxes: Boxes | None = None) -> Frame:
    """A frame that has exactly the noise that `camera` gives such light."""
    shot = 1.0 / camera.white_electrons
    dark = (camera.dark_noise * shot) ** 2
    return Frame(light, shot, dark, shot, dark, mask, boxes)


def missing(frame: Frame) -> tuple[Field, Field]:
    """Slope and lift of the variance that the camera would show and the frame lacks: slope * light + lift.

    In light units squared per light and in light units squared; where it comes out negative nothing is missing.
    """
    return frame.shot - frame.keeps, frame.dark - frame.floor
