"""Code values and linear light: the transfer function there and back, and rounding to code values."""

from functools import lru_cache

import numpy as np

from perturb import cv
from perturb.camera import Camera, transfer_exponent
from perturb.cv import Light
from perturb.types import Pixels


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


def decode(pixels: Pixels, bits: int, camera: Camera, out: Light | None = None) -> Light:
    """Light of a picture, same shape, float32: a new array, or `out` where that is given and the picture has 8 bits."""
    table = _decoding(camera.transfer, camera.black, bits)
    if bits == 8:
        return cv.lut(pixels.astype(np.uint8, copy=False), table, out)
    return table[pixels]


def _code(light: Light, transfer: str, black: float) -> Light:
    """Code values as a fraction of white: the forward transfer; below black it goes on linearly to zero."""
    exponent = transfer_exponent(transfer)
    if exponent is None:
        above = np.maximum(light, 0.0031308)
        code = np.where(light <= 0.0031308, 12.92 * light, 1.055 * above ** (1 / 2.4) - 0.055)
    else:
        code = light if exponent == 1.0 else np.sign(light) * np.abs(light) ** (1.0 / exponent)
    if black == 0.0:
        return np.asarray(code, dtype=np.float32)
    return np.asarray(code * (1.0 - black) + black, dtype=np.float32)


def quantise(code: Light, bits: int) -> Pixels:
    """Fractions of white to code values: round half up, clip to [0, 2**bits - 1]."""
    scaled = code * np.float32(white(bits))
    scaled += np.float32(0.5)
    np.clip(scaled, 0, white(bits), out=scaled)
    return cv.as_pixels(scaled.astype(np.uint8 if bits == 8 else np.uint16))


def encode(light: Light, bits: int, camera: Camera) -> Pixels:
    """Code values of light: forward transfer, then quantised to `bits`.

    With a curved transfer at 8 bits the code is looked up at the root of light in 65,536 steps, which is within
    0.01 DN of the exact curve before rounding; all else is exact.
    """
    if bits == 8 and camera.transfer != "linear":
        return _looked_up(light, camera)
    return quantise(_code(light, camera.transfer, camera.black), bits)


def _looked_up(light: Light, camera: Camera) -> Pixels:
    root = np.sqrt(np.clip(light, 0.0, 1.0))
    root *= np.float32(65535)
    root += np.float32(0.5)
    above = cv.gathered(root.astype(np.uint16), _root_codes(camera.transfer, camera.black))
    if camera.black == 0:
        return above
    return cv.as_pixels(np.where(light < 0, quantise(_code(light, camera.transfer, camera.black), 8), above))


@lru_cache(maxsize=8)
def _root_codes(transfer: str, black: float) -> Pixels:
    """8-bit code values of light (i / 65535)^2: (65536,) uint8."""
    root = np.arange(65536, dtype=np.float64) / 65535
    return quantise(_code(np.asarray(root * root, dtype=np.float32), transfer, black), 8)
