"""How an act in linear light becomes a picture: through float light, or through tables where it acts pointwise.

The tables are made by the act itself on a ramp of all code values, so there is one physics and two speeds.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import cast

import numpy as np

from perturb import cv
from perturb.camera import Camera
from perturb.cv import Light, as_pixels
from perturb.exposure import develop, expose, shade_picture
from perturb.frame import Context, Frame, Shade, frame_of, missing, shaded
from perturb.grain import byte_quantiles, random_bytes
from perturb.transfer import decode, encode
from perturb.types import Pixels, Scene, Seed

Act = Callable[[Frame, float, Context], Frame]
Shader = Callable[[Frame, float, Context], Shade]
"""A shade from the size and the labels of a frame; it must not look at the light."""

Route = Callable[[Act, Scene, float, Context], Scene]

_RAMP_SEED = Seed(0, "ramp")


def through_light(act: Act, scene: Scene, severity: float, context: Context) -> Scene:
    """The exact form: decode to float32 light, act, add the missing noise, encode."""
    return expose(act(develop(scene, context.camera), severity, context), context, scene.bits)


def through_codes(act: Act, scene: Scene, severity: float, context: Context) -> Scene:
    """For acts that only move pixels and average neighbours: on the code values, where those are linear in light.

    At 8 bits and with a linear transfer averaging commutes with decoding. The result is rounded before its noise
    is added; that rounding's 1/12 DN^2 is taken off the noise. Anything else goes through light.
    """
    camera = context.camera
    if scene.bits != 8 or camera.transfer != "linear":
        return through_light(act, scene, severity, context)
    codes = cast("Light", scene.pixels)
    frame = act(replace(frame_of(codes, camera), mask=scene.mask, boxes=scene.boxes), severity, context)
    pixels = as_pixels(frame.light)
    slope, lift = (cast("float", field) for field in missing(frame))
    if slope > 0 or lift > 0:
        pixels = _noisy(pixels, (_regrain(slope, lift, camera),), context)
    return Scene(pixels, scene.bits, frame.mask, frame.boxes)


@lru_cache(maxsize=64)
def _regrain(slope: float, lift: float, camera: Camera) -> Pixels:
    """The (256, 256) table that adds noise of variance slope * light + lift to rounded 8-bit codes."""
    light = decode(as_pixels(np.arange(256, dtype=np.uint8)[:, None]), 8, camera)
    step = 1.0 / (255.0 * (1.0 - camera.black))
    variance = np.maximum(np.maximum(light, 0) * slope + lift - step * step / 12.0, 0)
    return _table(light[:, 0], np.sqrt(variance[:, 0]), 8, camera)


def shading(shader: Shader) -> Act:
    """The act of a shader, for composites."""
    return partial(_shaded_by, shader)


def _shaded_by(shader: Shader, frame: Frame, severity: float, context: Context) -> Frame:
    return shaded(frame, shader(frame, severity, context))


def through_shade(shader: Shader, scene: Scene, severity: float, context: Context) -> Scene:
    """For what acts on each place alone, whatever the light there: strip by strip. Exact."""
    place = replace(frame_of(cast("Light", scene.pixels), context.camera), mask=scene.mask, boxes=scene.boxes)
    return shade_picture(scene, shader(place, severity, context), context)


def through_point(act: Act, scene: Scene, severity: float, context: Context) -> Scene:
    """For acts on each pixel alone that make no draw: cached tables; deep pictures with noise go through light."""
    noisy, tables = _tables(act, severity, context.camera, scene.bits, scene.pixels.ndim == 3)
    return _by_tables(act, scene, severity, context, noisy, tables)


def through_drawn_point(act: Act, scene: Scene, severity: float, context: Context) -> Scene:
    """For acts on each pixel alone that make a draw: tables of this picture, where it is large enough to pay."""
    if scene.bits != 8 or scene.pixels.size < _TABLE_PAYS:
        return through_light(act, scene, severity, context)
    noisy, tables = _made_tables(act, severity, context, scene.bits, scene.pixels.ndim == 3)
    return _by_tables(act, scene, severity, context, noisy, tables)


_TABLE_PAYS = 1 << 18


def _by_tables(
    act: Act, scene: Scene, severity: float, context: Context, noisy: bool, tables: Sequence[Pixels]
) -> Scene:
    if noisy and scene.bits != 8:
        return through_light(act, scene, severity, context)
    pixels = looked_up(scene.pixels, tables) if not noisy else _noisy(scene.pixels, tables, context)
    return Scene(pixels, scene.bits, scene.mask, scene.boxes)


@lru_cache(maxsize=128)
def _tables(act: Act, severity: float, camera: Camera, bits: int, colour: bool) -> tuple[bool, tuple[Pixels, ...]]:
    return _made_tables(act, severity, Context("ramp", _RAMP_SEED, camera), bits, colour)


def _made_tables(
    act: Act, severity: float, context: Context, bits: int, colour: bool
) -> tuple[bool, tuple[Pixels, ...]]:
    """Whether noise is to be added, and per channel (one where all are equal) the code values it maps to.

    Without noise a table is (2**bits,); with noise, at 8 bits, it is (256, 256): code value, random byte.
    """
    camera = context.camera
    codes = as_pixels(np.arange(1 << bits, dtype=np.uint8 if bits == 8 else np.uint16)[:, None])
    ramp = decode(codes, bits, camera)
    if colour:
        ramp = np.repeat(ramp[:, :, None], 3, axis=2)
    frame = act(frame_of(ramp, camera), severity, context)
    slope, lift = missing(frame)
    variance = np.maximum(np.maximum(frame.light, 0) * slope + lift, 0)
    noisy = bool(np.any(variance > 0))
    if noisy and bits != 8:
        return True, ()
    light = frame.light.reshape(1 << bits, -1)
    sigma = np.broadcast_to(np.sqrt(variance), frame.light.shape).reshape(light.shape)
    tables = [_table(light[:, i], sigma[:, i] if noisy else None, bits, camera) for i in range(light.shape[1])]
    if all(np.array_equal(tables[0], other) for other in tables[1:]):
        tables = tables[:1]
    return noisy, tuple(tables)


def _table(light: Light, sigma: Light | None, bits: int, camera: Camera) -> Pixels:
    if sigma is None:
        return encode(light, bits, camera)
    return encode(light[:, None] + sigma[:, None] * byte_quantiles()[None, :], bits, camera)


def looked_up(pixels: Pixels, tables: Sequence[Pixels]) -> Pixels:
    """Code values through one table, or one per channel: (2**bits,) each."""
    if pixels.dtype == np.uint8:
        table = tables[0] if len(tables) == 1 else np.stack(tables, axis=-1)[None]
        return as_pixels(cv.lut(pixels.astype(np.uint8, copy=False), table))
    if len(tables) == 1:
        return tables[0][pixels]
    return as_pixels(np.stack([table[pixels[:, :, i]] for i, table in enumerate(tables)], axis=-1))


def _noisy(pixels: Pixels, tables: Sequence[Pixels], context: Context) -> Pixels:
    """One random byte per value picks the quantile of that value's noise; `pixels` are 8-bit."""
    values = pixels.astype(np.uint8, copy=False)
    random = random_bytes(context.rng("grain"), values.size).reshape(values.shape)
    done = as_pixels(np.empty_like(values))
    for rows in cv.strips(values):
        index = cv.paired(random[rows], values[rows])
        if len(tables) == 1:
            cv.gathered(index, tables[0], done[rows])
        else:
            for i, table in enumerate(tables):
                done[rows, :, i] = cv.gathered(np.ascontiguousarray(index[:, :, i]), table)
    return done
