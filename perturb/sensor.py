"""The sensor by the linear model of EMVA 1288: what it adds to the light before there are code values."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from perturb import cv
from perturb.cv import Light
from perturb.frame import Context, Frame, Shade, gained
from perturb.grain import normal
from perturb.seeds import pattern_draw


def exposure(frame: Frame, stops: float, context: Context) -> Frame:
    """Exposure too long by `stops` (EV): light times 2^stops, what passes full scale is cut off.

    Source: EMVA 1288 Release 4, linear model.
    """
    del context
    return gained(frame, 2.0**stops)


def underexposure(frame: Frame, stops: float, context: Context) -> Frame:
    """Exposure too short by `stops` (EV): light times 2^-stops, with the shot and dark noise that this lays bare.

    Source: EMVA 1288 Release 4, linear model.
    """
    del context
    return gained(frame, 2.0**-stops)


def shot(frame: Frame, ratio: float, context: Context) -> Frame:
    """Only `ratio` of the exposure, made up by gain: the noise of mu_e ratio electrons at the old brightness.

    Relative to the picture: variance mu/ratio + sigma_d^2/ratio^2 in e-; the present mu + sigma_d^2 is taken off.

    Source: EMVA 1288 Release 4, linear model.
    """
    del context
    return replace(frame, shot=frame.shot / ratio, dark=frame.dark / ratio**2)


def dark(frame: Frame, electrons: float, context: Context) -> Frame:
    """A hotter or cheaper sensor: `electrons` rms of temporal dark noise on top of the camera's own.

    Source: EMVA 1288 Release 4, linear model.
    """
    return replace(frame, dark=frame.dark + (electrons / context.camera.white_electrons) ** 2)


def retake(frame: Frame, times: float, context: Context) -> Frame:
    """The part taken again: `times` the camera's own temporal noise (shot and dark) on top, drawn anew.

    At 1 two draws differ as two exposures of the same part by this camera do: variance 2 (mu_e + sigma_d^2).

    Source: EMVA 1288 Release 4, linear model.
    """
    del context
    return replace(frame, shot=frame.shot * (1.0 + times), dark=frame.dark * (1.0 + times))


def gain(frame: Frame, decibel: float, context: Context) -> Frame:
    """Analogue gain raised by `decibel`: light and all its noise times 10^(dB/20), then cut off at full scale.

    Source: EMVA 1288 Release 4, linear model.
    """
    del context
    factor = 10.0 ** (decibel / 20.0)
    wanted = replace(frame, shot=frame.shot * factor, dark=frame.dark * factor**2)
    return gained(wanted, factor)


def black(frame: Frame, percent: float, context: Context) -> Frame:
    """Black level drifted up by `percent` of full scale; an offset of the electronics brings no shot noise.

    Source: EMVA 1288 Release 4, linear model.
    """
    del context
    rise = percent / 100.0
    light = np.add(frame.light, rise, dtype=np.float32)
    return replace(frame, light=light, floor=frame.floor - frame.keeps * rise, dark=frame.dark - frame.shot * rise)


def saturation(frame: Frame, ratio: float, context: Context) -> Frame:
    """A full well of only `ratio` of full scale: brighter light is cut off there.

    Source: EMVA 1288 Release 4, linear model.
    """
    del context
    return replace(frame, light=np.minimum(frame.light, np.float32(ratio)))


@lru_cache(maxsize=3)
def _pattern(camera_seed: int, name: str, height: int, width: int) -> Light:
    """Fixed unit-rms normal pattern (h, w) float32 of one camera; all channels share the pixel."""
    return normal(pattern_draw(camera_seed, name), (height, width))


def prnu(frame: Frame, percent: float, context: Context) -> Shade:
    """Photo response non-uniformity: each pixel's gain off by `percent` rms, fixed per camera.

    Source: EMVA 1288 Release 4, linear model.
    """
    pattern = _pattern(context.seed.camera, "prnu", *frame.size)
    return Shade(1.0 + np.float32(percent / 100.0) * pattern)


def dsnu(frame: Frame, electrons: float, context: Context) -> Shade:
    """Dark signal non-uniformity: each pixel's offset off by `electrons` rms, fixed per camera.

    Source: EMVA 1288 Release 4, linear model.
    """
    pattern = _pattern(context.seed.camera, "dsnu", *frame.size)
    return Shade(offset=np.float32(electrons / context.camera.white_electrons) * pattern)


def columns(frame: Frame, electrons: float, context: Context) -> Shade:
    """Column noise: every column's amplifier off by `electrons` rms, fixed per camera.

    Source: EMVA 1288 Release 4 (non-uniformity by rows, columns and pixels).
    """
    pattern = _pattern(context.seed.camera, "columns", 1, frame.size[1])
    return Shade(offset=np.float32(electrons / context.camera.white_electrons) * pattern)


def rows(frame: Frame, electrons: float, context: Context) -> Shade:
    """Row noise: every row's offset drawn anew in each picture, `electrons` rms.

    Source: EMVA 1288 Release 4 (row noise).
    """
    pattern = normal(context.rng(), (frame.size[0], 1))
    return Shade(offset=np.float32(electrons / context.camera.white_electrons) * pattern)


@lru_cache(maxsize=2)
def _faulty(camera_seed: int, name: str, height: int, width: int) -> tuple[Light, Light]:
    """Rank in 0..1 of every pixel (the lowest fail first) and its strength in 0.3..1: two (h, w) float32."""
    rng = pattern_draw(camera_seed, name)
    ranks = rng.random((height, width), dtype=np.float32)
    return ranks, np.float32(0.3) + np.float32(0.7) * rng.random((height, width), dtype=np.float32)


def hot(frame: Frame, per_mille: float, context: Context) -> Shade:
    """Hot pixels: `per_mille` of all pixels show 30 to 100 % of full scale of dark signal, fixed per camera.

    Source: EMVA 1288 Release 4 (defect pixels).
    """
    ranks, strength = _faulty(context.seed.camera, "hot", *frame.size)
    return Shade(offset=np.where(ranks < per_mille / 1000.0, strength, np.float32(0)))


def dead(frame: Frame, per_mille: float, context: Context) -> Shade:
    """Dead pixels: `per_mille` of all pixels lose 30 to 100 % of their light, fixed per camera.

    Source: EMVA 1288 Release 4 (defect pixels).
    """
    ranks, strength = _faulty(context.seed.camera, "dead", *frame.size)
    return Shade(np.where(ranks < per_mille / 1000.0, np.float32(1) - strength, np.float32(1)))


def adc(frame: Frame, bits: float, context: Context) -> Frame:
    """An ADC of only `bits`: light rounded to 2^bits - 1 steps of full scale.

    Source: quantisation of EMVA 1288 Release 4.
    """
    del context
    steps = np.float32(2.0**bits - 1.0)
    return replace(frame, light=np.floor(frame.light * steps + np.float32(0.5)) / steps)


def bayer(frame: Frame, share: float, context: Context) -> Frame:
    """A colour filter array (RGGB) and bilinear demosaicing; `share` 1 is the plain Bayer picture, 0 three chips.

    In between stands for an optical low-pass filter's and better demosaicing's smaller loss.

    Source: Bayer, US patent 3,971,065 (1976).
    """
    del context
    return replace(frame, light=frame.light + np.float32(share) * (_demosaiced(frame.light) - frame.light))


def _demosaiced(light: Light) -> Light:
    """Each channel kept at its own sites (RGGB) and interpolated by normalised convolution elsewhere."""
    kernel = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], np.float32)
    full = np.zeros_like(light)
    for channel, sites in enumerate((((0, 0),), ((0, 1), (1, 0)), ((1, 1),))):
        full[:, :, channel] = _filled(light[:, :, channel], sites, kernel)
    return full


def _filled(plane: Light, sites: tuple[tuple[int, int], ...], kernel: Light) -> Light:
    here = np.zeros_like(plane)
    for y, x in sites:
        here[y::2, x::2] = 1.0
    values = cv.filtered(plane * here, kernel)
    weights = cv.filtered(here, kernel)
    return np.where(here > 0, plane, values / weights).astype(np.float32)
