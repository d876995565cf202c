"""The two ends of the chain: a scene into light, and light into the picture that the camera takes of it.

The way back goes in strips of rows that stay in cache; its result is that of the whole picture at once.
"""

import numpy as np

from perturb import cv
from perturb.camera import Camera
from perturb.cv import Light, as_pixels
from perturb.frame import Context, Field, Frame, frame_of, missing
from perturb.grain import Grain
from perturb.transfer import decode, encode, white
from perturb.types import Scene


def develop(scene: Scene, camera: Camera) -> Frame:
    """The scene in linear light, carrying the noise of this camera."""
    return frame_of(decode(scene.pixels, scene.bits, camera), camera, scene.mask, scene.boxes)


def expose(frame: Frame, context: Context, bits: int) -> Scene:
    """The picture that the camera makes of the frame: missing noise, transfer, quantise, clip."""
    light = frame.light
    slope, lift = missing(frame)
    lift = _even(lift, bits)
    grain = Grain(context.rng("grain"), light.shape, bits) if _positive(slope) or _positive(lift) else None
    pixels = as_pixels(np.empty(light.shape, np.uint8 if bits == 8 else np.uint16))
    for rows in cv.strips(light):
        part = light[rows]
        if grain is not None:
            part = _grained(part, _strip(slope, rows, light), _strip(lift, rows, light), grain.rows(rows))
        pixels[rows] = encode(part, bits, context.camera)
    return Scene(pixels, bits, frame.mask, frame.boxes)


def _positive(field: Field) -> bool:
    return bool(np.max(field) > 0)


def _even(field: Field, bits: int) -> Field:
    """A field that varies by less than a thousandth of a squared code value as its mean: most dark noise does."""
    if isinstance(field, np.ndarray) and float(np.ptp(field)) * float(white(bits)) ** 2 < 1e-3:
        return float(field.mean())
    return field


def _strip(field: Field, rows: slice, light: Light) -> Field:
    """The rows of a field that has as many as the picture; what is the same in all rows stays as it is."""
    if not isinstance(field, np.ndarray) or field.ndim < 2 or field.shape[0] != light.shape[0]:
        return field
    part = np.asarray(field[rows], dtype=np.float32)
    return cv.in_colour(part) if part.ndim == 3 and part.shape[2] == 1 else part


def _grained(light: Light, slope: Field, lift: Field, noise: Light) -> Light:
    """Light plus noise of variance max(0, slope * max(light, 0) + lift); `noise` is used up."""
    sigma = np.maximum(light, np.float32(0))
    sigma *= slope
    sigma += lift
    np.maximum(sigma, np.float32(0), out=sigma)
    np.sqrt(sigma, out=sigma)
    noise *= sigma
    noise += light
    return noise
