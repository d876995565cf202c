"""The lamp: how bright, how even, what colour, from where. Everything is a gain or a floor in linear light."""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from perturb import cv
from perturb.cv import Light
from perturb.fields import blob, radius2, ramp, ring, ring_shares, ring_sum, smooth
from perturb.frame import Context, Frame, Shade, gained, lifted
from perturb.geometry import extent
from perturb.seeds import pattern_draw


def intensity(frame: Frame, ratio: float, context: Context) -> Frame:
    """LED ageing: irradiance times `ratio` (L70: 0.7 at the end of rated life, IES LM-80 / TM-21).

    Source: IES LM-80 and TM-21 (lumen maintenance).
    """
    del context
    return gained(frame, ratio)


def strobe(frame: Frame, percent: float, context: Context) -> Frame:
    """Pulse-to-pulse energy spread: irradiance times 1 + `percent`/100 x a normal draw, cut at 2.5 sigma.

    Source: irradiance is proportional to pulse energy (Horn, Robot Vision, 1986, chapter 10).
    """
    z = float(np.clip(context.rng().standard_normal(), -2.5, 2.5))
    return gained(frame, max(0.02, 1.0 + percent / 100.0 * z))


def ambient(frame: Frame, percent: float, context: Context) -> Frame:
    """Hall light that the enclosure lets in: a floor of `percent` of white on the whole field, with its shot noise.

    Source: irradiances of independent lamps add (Horn, Robot Vision, 1986, chapter 10).
    """
    del context
    return lifted(frame, percent / 100.0)


def segments(frame: Frame, count: float, context: Context) -> Shade:
    """`count` of the twelve neighbouring segments of a ring light are dark; fractions dim the last one.

    Each segment's share of the light at a point follows cos^4 / h^2 of a Lambertian source.

    Source: inverse square and cosine laws of a Lambertian emitter (Horn, Robot Vision, 1986, chapter 10).
    """
    first = int(context.rng().integers(12))
    lost = np.clip(count - np.arange(12), 0.0, 1.0).astype(np.float32)
    shares = np.tensordot(np.roll(lost, first), ring_shares(*_coarse(frame.size)), axes=1)
    return Shade(_fine(1.0 - shares, frame.size))


def _coarse(size: tuple[int, int]) -> tuple[int, int]:
    """A grid of at most 24 points a side with the picture's aspect, fine enough for a smooth lamp field."""
    ratio = min(1.0, 24.0 / max(size))
    return max(4, round(size[0] * ratio)), max(4, round(size[1] * ratio))


def _fine(field: np.ndarray[Any, Any], size: tuple[int, int]) -> Light:
    return cv.resized(np.asarray(field, dtype=np.float32), *size, cv2.INTER_CUBIC)


def direction(frame: Frame, percent: float, context: Context) -> Shade:
    """A lamp knocked out of place by `percent` of its height in a drawn direction; the total light is kept.

    Source: inverse square and cosine laws of a Lambertian emitter (Horn, Robot Vision, 1986, chapter 10).
    """
    angle = context.rng().uniform(0.0, 2 * np.pi)
    offset = (percent / 100.0 * np.cos(angle), percent / 100.0 * np.sin(angle))
    coarse = _coarse(frame.size)
    moved = ring(*coarse, offset=offset).sum(axis=0) / ring_sum(*coarse)
    return Shade(_fine(moved / moved.mean(), frame.size))


def gradient(frame: Frame, percent: float, context: Context) -> Shade:
    """A linear fall of `percent` across the field in a drawn direction, the mean kept.

    Source: the first-order term of any smooth illumination; a model of our own.
    """
    angle = context.rng().uniform(0.0, 2 * np.pi)
    return Shade(1.0 + np.float32(percent / 100.0) * ramp(*frame.size, angle))


def vignetting(frame: Frame, percent: float, context: Context) -> Shade:
    """Natural fall-off cos^4(theta) = (1 + k r^2)^-2 with k such that the corners lose `percent`.

    Source: cosine fourth law (Horn, Robot Vision, 1986, chapter 10).
    """
    del context
    return Shade(_falloff(percent, *frame.size))


@lru_cache(maxsize=2)
def _falloff(percent: float, height: int, width: int) -> Light:
    k = np.float32((1.0 - percent / 100.0) ** -0.5 - 1.0)
    return np.asarray(1.0 / np.square(1.0 + k * radius2(height, width)), dtype=np.float32)


@lru_cache(maxsize=256)
def _planck(kelvin: float, reference: float) -> Light:
    """Channel gains (R, G, B) of a black body at `kelvin` against `reference`, green kept at 1.

    Planck's law at 610, 540 and 465 nm, the peaks of common sensor filters; c2 = 0.014388 m K.
    """
    wavelength = np.array([610e-9, 540e-9, 465e-9])
    ratio = np.expm1(0.014388 / (wavelength * reference)) / np.expm1(0.014388 / (wavelength * kelvin))
    return np.asarray(ratio / ratio[1], dtype=np.float32)


def colour_temperature(frame: Frame, kelvin: float, context: Context) -> Frame:
    """The lamp's colour temperature `kelvin` below the one the white balance was set at (Planckian locus).

    A negative severity is a colder lamp.

    Source: Planck's law (CODATA second radiation constant).
    """
    nominal = context.camera.lamp_kelvin
    return gained(frame, _planck(max(1500.0, nominal - kelvin), nominal))


def banding(frame: Frame, percent: float, context: Context) -> Shade:
    """Mains light under a rolling shutter: rows modulated by `percent` at twice the mains frequency.

    Gain of row y: 1 + m cos(2 pi 2 f y t_line + phase), phase drawn; the exposure is short against a period.

    Source: IEEE 1789-2015 (lamps on mains are modulated at twice its frequency).
    """
    phase = context.rng().uniform(0.0, 2 * np.pi)
    camera = context.camera
    turn = 4 * np.pi * camera.mains_hz * camera.line_time_us * 1e-6
    rows = np.cos(np.arange(frame.size[0]) * turn + phase).astype(np.float32)
    return Shade(1.0 + np.float32(percent / 100.0) * rows[:, None])


def _away(frame: Frame, rng: np.random.Generator, tries: int = 8) -> tuple[float, float]:
    """Of some drawn places (x, y) the first, or with labels the one farthest from them."""
    height, width = frame.size
    places = rng.uniform(0.1, 0.9, (tries, 2)) * (width, height)
    corners = extent(frame)
    if corners is None:
        return float(places[0, 0]), float(places[0, 1])
    gaps = np.linalg.norm(places[:, None] - corners[None], axis=2).min(axis=1)
    x, y = places[int(np.argmax(gaps))]
    return float(x), float(y)


def glare(frame: Frame, percent: float, context: Context) -> Shade:
    """A specular reflex of the lamp: a soft lobe that adds up to `percent` of white, with a wide faint halo.

    The place is drawn and kept away from labelled defects, which it must not hide.

    Source: Gaussian specular lobe (Ward, SIGGRAPH 1992).
    """
    rng = context.rng()
    centre = _away(frame, rng)
    sigma = min(frame.size) * float(rng.uniform(0.05, 0.10))
    lobe = blob(*frame.size, centre, sigma) + np.float32(0.15) * blob(*frame.size, centre, 3.0 * sigma)
    return Shade(light=np.float32(percent / 100.0) * lobe)


def shadow(frame: Frame, percent: float, context: Context) -> Shade:
    """The shadow of a cable or gripper: a soft-edged band of a drawn direction that takes `percent` of the light.

    Source: umbra and penumbra of a straight occluder; a model of our own.
    """
    rng = context.rng()
    angle, place, wide = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3), rng.uniform(0.10, 0.25)
    across = ramp(*frame.size, angle) - np.float32(place)
    band = np.clip((np.float32(wide / 2 + 0.03) - np.abs(across)) / np.float32(0.06), 0.0, 1.0)
    band = band * band * (np.float32(3.0) - np.float32(2.0) * band)
    return Shade(1.0 - np.float32(percent / 100.0) * band)


def unevenness(frame: Frame, percent: float, context: Context) -> Shade:
    """Smooth unevenness of a worn diffuser, `percent` rms: a fixed pattern of the station.

    Source: a model of our own: low-order unevenness, as flat-field correction finds it.
    """
    field = _diffuser(context.seed.camera, *frame.size)
    return Shade(np.maximum(1.0 + np.float32(percent / 100.0) * field, np.float32(0.05)))


@lru_cache(maxsize=1)
def _diffuser(camera_seed: int, height: int, width: int) -> Light:
    return smooth(pattern_draw(camera_seed, "diffuser"), height, width, 4)
