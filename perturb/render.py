"""How an act in linear light becomes a picture: through float light, or through tables where it acts pointwise.

The tables are made by the act itself on a ramp of all code values, so there is one physics and two speeds.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import cv2
import numpy as np

from perturb import cv
from perturb.camera import Camera
from perturb.cv import Light
from perturb.frame import Context, Frame, decode, develop, encode, expose, frame_of, missing, normal_bytes
from perturb.types import Pixels, Scene, Seed

Act = Callable[[Frame, float, Context], Frame]

_RAMP_SEED = Seed(0, "ramp")


def through_light(act: Act, scene: Scene, severity: float, context: Context) -> Scene:
    """The exact form: decode to float32 light, act, add the missing noise, encode."""
    return expose(act(develop(scene, context.camera), severity, context), context, scene.bits)


def through_point(act: Act, scene: Scene, severity: float, context: Context) -> Scene:
    """For acts on each pixel alone that make no draw: cached tables; deep pictures with noise go through light."""
    noisy, tables = _tables(act, severity, context.camera, scene.bits, scene.pixels.ndim == 3)
    if noisy and scene.bits != 8:
        return through_light(act, scene, severity, context)
    pixels = looked_up(scene.pixels, tables) if not noisy else _noisy(scene.pixels, tables, context)
    return Scene(pixels, scene.bits, scene.mask, scene.boxes)


@lru_cache(maxsize=128)
def _tables(act: Act, severity: float, camera: Camera, bits: int, colour: bool) -> tuple[bool, tuple[Pixels, ...]]:
    """Whether noise is to be added, and per channel (one where all are equal) the code values it maps to.

    Without noise a table is (2**bits,); with noise, at 8 bits, it is (256, 256): code value, random byte.
    """
    codes = cv.as_pixels(np.arange(1 << bits, dtype=np.uint8 if bits == 8 else np.uint16)[:, None])
    ramp = decode(codes, bits, camera)
    if colour:
        ramp = np.repeat(ramp[:, :, None], 3, axis=2)
    context = Context("ramp", _RAMP_SEED, camera)
    frame = act(frame_of(ramp, camera), severity, context)
    variance = missing(frame)
    noisy = bool(np.any(np.asarray(variance) > 0))
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
    return encode(light[:, None] + sigma[:, None] * normal_bytes()[None, :], bits, camera)


def looked_up(pixels: Pixels, tables: Sequence[Pixels]) -> Pixels:
    """Code values through one table, or one per channel: (2**bits,) each."""
    if pixels.dtype == np.uint8:
        table = tables[0] if len(tables) == 1 else np.stack(tables, axis=-1)[None]
        return cv.as_pixels(cv.lut(pixels.astype(np.uint8, copy=False), table))
    if len(tables) == 1:
        return tables[0][pixels]
    return cv.as_pixels(np.stack([table[pixels[:, :, i]] for i, table in enumerate(tables)], axis=-1))


def _noisy(pixels: Pixels, tables: Sequence[Pixels], context: Context) -> Pixels:
    """One random byte per value picks the quantile of that value's noise."""
    count = pixels.size
    pairs = np.empty((count, 2), np.uint8)
    pairs[:, 0] = np.frombuffer(context.rng("grain").bytes(count), np.uint8)
    pairs[:, 1] = pixels.reshape(-1)
    index = pairs.view("<u2").reshape(pixels.shape)
    if len(tables) == 1:
        return gathered(index, tables[0].reshape(-1))
    channels = [gathered(np.ascontiguousarray(index[:, :, i]), t.reshape(-1)) for i, t in enumerate(tables)]
    return cv.as_pixels(np.stack(channels, axis=-1))


@lru_cache(maxsize=1)
def _wide_lut() -> bool:
    """Whether this OpenCV looks up 16-bit indices (since 4.13 and 5.0)."""
    try:
        cv2.LUT(np.zeros((1, 1), np.uint16), np.zeros((1, 65536), np.uint8))
    except cv2.error:
        return False
    return True


def gathered(index: Pixels, table: Pixels) -> Pixels:
    """table[index] for uint16 indices into 65,536 entries, by the fastest way this OpenCV has."""
    if _wide_lut():
        return cv.as_pixels(cv2.LUT(index, table.reshape(1, -1)).reshape(index.shape))
    return table[index]
