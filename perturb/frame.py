"""From code values to linear light and back: the two ends of every perturbation, and the noise between them.

Light is float32, 1.0 at the largest code value and 0.0 at the black level. The noise that a picture already
carries is followed as variance = keeps * light + floor while light is scaled, lifted and blurred; at the end only
the variance that the camera would have and the picture lacks is added (EMVA 1288: sigma^2 = sigma_d^2 + mu_e).
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from perturb import cv
from perturb.camera import Camera, transfer_exponent
from perturb.cv import Light
from perturb.seeds import draw, pattern_draw
from perturb.types import Boxes, Mask, Pixels, Scene, Seed

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


def gained(frame: Frame, gain: Field) -> Frame:
    """Light times `gain` (scalar, per channel, or a map); the noise in it scales along."""
    gain = spread(gain, frame.light)
    light = np.multiply(frame.light, gain, dtype=np.float32)
    return replace(frame, light=light, keeps=frame.keeps * gain, floor=frame.floor * gain * gain)


def lifted(frame: Frame, light: Field) -> Frame:
    """Light added on top (a scalar or a map): it brings no noise yet, `expose` adds its shot noise."""
    light = spread(light, frame.light)
    total = np.add(frame.light, light, dtype=np.float32)
    return replace(frame, light=total, floor=frame.floor - frame.keeps * light)


def averaged(frame: Frame, light: Light, energy: float) -> Frame:
    """`light` is the frame's after averaging neighbours; `energy` = sum of squared weights is the noise left."""
    return replace(frame, light=light, keeps=frame.keeps * energy, floor=frame.floor * energy)


def white(bits: int) -> int:
    """The largest code value."""
    return (1 << bits) - 1


@lru_cache(maxsize=32)
def _decoding(transfer: str, black: float, bits: int) -> Light:
    """Light of every code value, float32 (2**bits,): the inverse transfer (IEC 61966-2-1 for srgb)."""
    code = (np.arange(1 << bits) / white(bits) - black) / (1.0 - black)
    exponent = transfer_exponent(transfer)
    if exponent == 1.0:
        return code.astype(np.float32)
    if exponent is not None:
        return (np.sign(code) * np.abs(code) ** exponent).astype(np.float32)
    return np.where(code <= 0.04045, code / 12.92, (np.maximum(code, 0) / 1.055 + 0.055 / 1.055) ** 2.4).astype(
        np.float32
    )


def decode(pixels: Pixels, bits: int, camera: Camera) -> Light:
    """Light of a picture, same shape, float32, always a new array."""
    table = _decoding(camera.transfer, camera.black, bits)
    if bits == 8:
        return cv.lut(pixels.astype(np.uint8, copy=False), table)
    return table[pixels]


def _code(light: Light, transfer: str, black: float) -> Light:
    """Code values as a fraction of white: the forward transfer; below black it goes on linearly to zero."""
    exponent = transfer_exponent(transfer)
    if exponent is None:
        above = np.maximum(light, 0.0031308)
        code = np.where(light <= 0.0031308, 12.92 * light, 1.055 * above ** (1 / 2.4) - 0.055)
    else:
        code = light if exponent == 1.0 else np.sign(light) * np.abs(light) ** (1.0 / exponent)
    return np.asarray(code * (1.0 - black) + black, dtype=np.float32)


def quantise(code: Light, bits: int) -> Pixels:
    """Fractions of white to code values: round half up, clip to [0, 2**bits - 1]."""
    scaled = np.clip(code * np.float32(white(bits)) + np.float32(0.5), 0, white(bits))
    return cv.as_pixels(scaled.astype(np.uint8 if bits == 8 else np.uint16))


def encode(light: Light, bits: int, camera: Camera) -> Pixels:
    """Code values of light: forward transfer, then quantised to `bits`."""
    return quantise(_code(light, camera.transfer, camera.black), bits)


def develop(scene: Scene, camera: Camera) -> Frame:
    """The scene in linear light, carrying the noise of this camera."""
    return frame_of(decode(scene.pixels, scene.bits, camera), camera, scene.mask, scene.boxes)


def frame_of(light: Light, camera: Camera, mask: Mask | None = None, boxes: Boxes | None = None) -> Frame:
    """A frame that has exactly the noise that `camera` gives such light."""
    shot = 1.0 / camera.white_electrons
    dark = (camera.dark_noise * shot) ** 2
    return Frame(light, shot, dark, shot, dark, mask, boxes)


def missing(frame: Frame) -> Field:
    """Variance that the camera would show and the frame lacks, light units squared, never negative."""
    slope = frame.shot - frame.keeps
    lift = frame.dark - frame.floor
    if np.all(np.asarray(slope) == 0) and np.all(np.asarray(lift) == 0):
        return 0.0
    variance = np.maximum(np.maximum(frame.light, 0) * slope + lift, 0)
    return np.asarray(variance, dtype=np.float32)


def _normal_quantiles(count: int) -> Light:
    """`count` midpoint quantiles of the normal law, scaled to unit variance, ascending float32."""
    law = NormalDist()
    upper = np.array([law.inv_cdf((i + 0.5) / count) for i in range(count // 2, count)])
    values = np.concatenate([-upper[::-1], upper])
    return np.asarray(values / values.std(), dtype=np.float32)


@lru_cache(maxsize=1)
def _normal_words() -> Light:
    return _normal_quantiles(1 << 16)


@lru_cache(maxsize=1)
def normal_bytes() -> Light:
    """Standard normal noise of a random byte: float32 (256,), unit variance, up to 2.9 sigma."""
    return _normal_quantiles(1 << 8)


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Light:
    """Standard normal noise, float32, by one table look-up per pixel (exact quantiles, cut at 4.3 sigma)."""
    count = int(np.prod(shape))
    index = np.frombuffer(rng.bytes(2 * count), np.uint16)
    return _normal_words()[index].reshape(shape)


def expose(frame: Frame, context: Context, bits: int) -> Scene:
    """The picture that the camera makes of the frame: missing noise, transfer, quantise, clip."""
    light, variance = frame.light, missing(frame)
    if not isinstance(variance, float):
        grain = normal(context.rng("grain"), light.shape)
        light = np.asarray(light + np.sqrt(variance) * grain, dtype=np.float32)
    return Scene(encode(light, bits, context.camera), bits, frame.mask, frame.boxes)
