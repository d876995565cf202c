"""The two ends of the chain: a scene into light, and light into the picture that the camera takes of it.

The way back goes in strips of rows that stay in cache; its result is that of the whole picture at once.
"""

import numpy as np

from perturb import cv
from perturb.camera import Camera
from perturb.cv import Light, as_pixels
from perturb.frame import Context, Field, Frame, Shade, frame_of, missing, shaded, strip
from perturb.grain import Grain
from perturb.transfer import decode, encode, white
from perturb.types import Pixels, Scene


def develop(scene: Scene, camera: Camera) -> Frame:
    """The scene in linear light, carrying the noise of this camera."""
    return frame_of(decode(scene.pixels, scene.bits, camera), camera, scene.mask, scene.boxes)


def expose(frame: Frame, context: Context, bits: int) -> Scene:
    """The picture that the camera makes of the frame: missing noise, transfer, quantise, clip."""
    light = frame.light
    slope, lift = missing(frame)
    lift = _even(lift, bits)
    grain = Grain(context.rng("grain"), light.shape, bits) if _positive(slope) or _positive(lift) else None
    pixels = _blank(light.shape, bits)
    height = light.shape[0]
    for rows in cv.strips(light):
        part = light[rows]
        if grain is not None:
            part = _grained(part, strip(slope, rows, height), strip(lift, rows, height), grain.rows(rows))
        _encoded(part, bits, context.camera, pixels[rows])
    return Scene(pixels, bits, frame.mask, frame.boxes)


def shade_picture(scene: Scene, shade: Shade, context: Context) -> Scene:
    """`develop`, `shaded` and `expose` in one go, strip by strip: nothing as large as the picture is made between."""
    codes, bits, camera = scene.pixels, scene.bits, context.camera
    noisy = float(np.min(shade.gain)) < 1.0 or float(np.max(shade.light)) > 0.0
    grain = Grain(context.rng("grain"), codes.shape, bits) if noisy else None
    pixels = _blank(codes.shape, bits)
    for rows in cv.strips(codes):
        frame = shaded(
            frame_of(decode(codes[rows], bits, camera, cv.scratch("light", codes[rows].shape)), camera),
            _cut(shade, rows, codes.shape[0]),
        )
        light = frame.light if grain is None else _grained(frame.light, *missing(frame), grain.rows(rows))
        _encoded(light, bits, camera, pixels[rows])
    return Scene(pixels, bits, scene.mask, scene.boxes)


def _encoded(light: Light, bits: int, camera: Camera, out: Pixels) -> None:
    """`encode` into `out`; the commonest case, a linear 8-bit camera without black level, in two passes."""
    if bits == 8 and camera.transfer == "linear" and camera.black == 0:
        cv.to_bytes(light, 255.0, out.view(np.uint8))
    else:
        out[...] = encode(light, bits, camera)


def _cut(shade: Shade, rows: slice, height: int) -> Shade:
    return Shade(*(strip(field, rows, height) for field in (shade.gain, shade.light, shade.offset)))


def _blank(shape: tuple[int, ...], bits: int) -> Pixels:
    return as_pixels(np.empty(shape, np.uint8 if bits == 8 else np.uint16))


def _positive(field: Field) -> bool:
    return bool(np.max(field) > 0)


def _even(field: Field, bits: int) -> Field:
    """A field that varies by less than a thousandth of a squared code value as its mean: most dark noise does."""
    if isinstance(field, np.ndarray) and float(np.ptp(field)) * float(white(bits)) ** 2 < 1e-3:
        return float(field.mean())
    return field


def _grained(light: Light, slope: Field, lift: Field, noise: Light) -> Light:
    """Light plus noise of variance max(0, slope * max(light, 0) + lift); `noise` is used up."""
    sigma = np.maximum(light, np.float32(0), out=cv.scratch("sigma", light.shape))
    sigma *= _wide(slope, light)
    sigma += _wide(lift, light)
    np.maximum(sigma, np.float32(0), out=sigma)
    np.sqrt(sigma, out=sigma)
    noise *= sigma
    noise += light
    return noise


def _wide(field: Field, light: Light) -> Field:
    """A (h, w, 1) field over three channels, which multiplies several times faster than by broadcasting."""
    if isinstance(field, np.ndarray) and field.ndim == 3 and field.shape[1] > 1 and field.shape[2] == 1:
        return cv.in_colour(np.asarray(field, dtype=np.float32), cv.scratch("wide", light.shape))
    return field
