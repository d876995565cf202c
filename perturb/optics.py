"""The lens and what is on it."""

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np

from perturb import cv
from perturb.blur import blurred, disc, energy
from perturb.camera import Camera
from perturb.cv import Light
from perturb.fields import axes, radius2, smooth
from perturb.frame import Context, Frame, Shade, averaged, over, spread
from perturb.geometry import LINEAR_ENERGY, about_centre, backward, remapped
from perturb.seeds import pattern_draw


def defocus(frame: Frame, millimetres: float, context: Context) -> Frame:
    """The part `millimetres` too far away: a disc of the circle of confusion (`Camera.blur_circle`).

    Source: thin lens (Hecht, Optics, 5th ed., section 5.2).
    """
    return blurred(frame, disc(context.camera.blur_circle(millimetres)))


def field_curvature(frame: Frame, millimetres: float, context: Context) -> Frame:
    """A curved field or tilted sensor: sharp in the centre, `millimetres` out of focus in the corners (~ r^2).

    Between the sharp picture and discs of a half and of the whole corner blur, each pixel is interpolated.

    Source: Petzval curvature (Hecht, Optics, 5th ed., section 6.3).
    """
    corner = context.camera.blur_circle(millimetres)
    discs = [disc(corner * part) for part in (0.5, 1.0)]
    half, full = (cv.filtered(frame.light, kernel) for kernel in discs)
    r2 = radius2(*frame.size)
    inner, outer = np.clip(2 * r2, 0, 1), np.clip(2 * r2 - 1, 0, 1)
    light = frame.light + over(inner, frame.light) * (half - frame.light)
    light += over(outer, frame.light) * (full - half)
    inner, outer = (np.asarray(spread(share, frame.light)) for share in (inner, outer))
    left = (1 - inner) + energy(discs[0]) * (inner - outer) + energy(discs[1]) * outer
    return replace(frame, light=light, keeps=frame.keeps * left, floor=frame.floor * left)


def chromatic(frame: Frame, px: float, context: Context) -> Frame:
    """Lateral chromatic aberration: red magnified and blue reduced by `px` in the corners about the centre.

    Source: lateral chromatic aberration (Hecht, Optics, 5th ed., section 6.3).
    """
    del context
    height, width = frame.size
    grow = px / (np.hypot(height, width) / 2.0)
    light = frame.light.copy()
    for channel, ratio in ((0, 1.0 + grow), (2, 1.0 - grow)):
        maps = backward(about_centre(np.diag([ratio, ratio, 1.0]), height, width), height, width)
        plane = np.ascontiguousarray(frame.light[:, :, channel])
        light[:, :, channel] = cv.remapped(plane, *maps, cv2.INTER_LINEAR, cv2.BORDER_REFLECT_101)
    kept = np.array([LINEAR_ENERGY, 1.0, LINEAR_ENERGY], np.float32)
    return replace(frame, light=light, keeps=frame.keeps * kept, floor=frame.floor * kept)


def _spread_wide(light: Light, sigma: float) -> Light:
    """A wide Gaussian of `sigma` px, made where it is about 3 px wide and enlarged again, bilinear."""
    height, width = light.shape[:2]
    step = max(1, int(sigma / 3.0))
    small = cv.resized(light, max(2, height // step), max(2, width // step), cv2.INTER_AREA)
    return cv.resized(cv.gaussian(small, sigma / step), height, width)


def haze(frame: Frame, percent: float, context: Context) -> Frame:
    """Veiling glare of a misted lens: `percent` of the light is scattered over the field (ISO 9358).

    L' = (1 - s) L + s (L * wide Gaussian, sigma 15 % of the longer side): contrast falls, the mean stays.

    Source: ISO 9358 (veiling glare).
    """
    del context
    s = percent / 100.0
    veil = _spread_wide(frame.light, 0.15 * max(frame.size))
    return averaged(frame, cv.mixed(frame.light, 1.0 - s, veil, s), (1.0 - s) ** 2)


def oil(frame: Frame, percent: float, context: Context) -> Frame:
    """An oil film on the lens: in fixed soft patches `percent` of the light is smeared over a small disc.

    The patches are a fixed pattern of the camera; sigma of the smear is 1 % of the longer side.

    Source: scatter by a film, as for haze, confined to patches; a model of our own.
    """
    smeared = _spread_wide(frame.light, max(1.5, 0.01 * max(frame.size)))
    share = np.float32(percent / 100.0) * _patches(context.seed.camera, *frame.size)
    smeared -= frame.light
    smeared *= over(share, frame.light)
    smeared += frame.light
    left = spread((1.0 - share) ** 2, frame.light)
    return replace(frame, light=smeared, keeps=frame.keeps * left, floor=frame.floor * left)


@lru_cache(maxsize=1)
def _patches(camera_seed: int, height: int, width: int) -> Light:
    field = smooth(pattern_draw(camera_seed, "oil"), height, width, 3)
    return np.asarray(np.clip(0.6 + 0.5 * field, 0.0, 1.0), dtype=np.float32)


def dust(frame: Frame, micrometres: float, context: Context) -> Shade:
    """Eight dust grains of `micrometres` on the sensor's cover glass, 1 mm in front: a fixed pattern.

    A grain of diameter d casts a disc of t/N + d with the loss (d / (t/N + d))^2, t = 1 mm, N the f-number.

    Source: shadow of a grain in a converging cone (Willson et al., i-SAIRAS 2005).
    """
    return Shade(_dusty(context.seed.camera, context.camera, micrometres, frame.size))


@lru_cache(maxsize=3)
def _dusty(camera_seed: int, camera: Camera, micrometres: float, size: tuple[int, int]) -> Light:
    """Transmission of a dusty cover glass: (h, w) float32."""
    cone = 1000.0 / camera.f_number + micrometres
    radius = min(cone / camera.pixel_pitch_um / 2.0, min(size) / 12.0)
    places = pattern_draw(camera_seed, "dust").uniform(0.04, 0.96, (8, 2))
    sizes = pattern_draw(camera_seed, "dust sizes").uniform(0.6, 1.0, 8)
    shade = np.zeros(size, np.float32)
    for (x, y), part in zip(places, sizes, strict=True):
        _shade(shade, (x * size[1], y * size[0]), radius * part)
    return np.asarray(1.0 - np.float32((micrometres / cone) ** 2) * np.minimum(shade, 1.0), dtype=np.float32)


def _shade(shade: Light, centre: tuple[float, float], radius: float) -> None:
    """Add one soft-edged disc of depth 1 to the map, on its own window only."""
    height, width = shade.shape
    reach = int(1.6 * radius) + 2
    x0, x1 = max(0, int(centre[0]) - reach), min(width, int(centre[0]) + reach + 1)
    y0, y1 = max(0, int(centre[1]) - reach), min(height, int(centre[1]) + reach + 1)
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    r = np.hypot(x - centre[0], y - centre[1])
    shade[y0:y1, x0:x1] += np.clip((1.15 * radius - r) / (0.3 * radius), 0.0, 1.0)


def distortion(frame: Frame, percent: float, context: Context) -> Frame:
    """Radial distortion, one term: corners move inwards by `percent` of their distance (Brown 1971, k1 < 0).

    Source: Brown, Close-range camera calibration, Photogrammetric Engineering 37 (1971).
    """
    del context
    height, width = frame.size
    half = np.float32(np.hypot(height, width) / 2.0)
    y, x = axes(height, width)
    stretch = half * (1.0 + np.float32(percent / 100.0) * radius2(height, width))
    return remapped(frame, x * stretch + np.float32((width - 1) / 2), y * stretch + np.float32((height - 1) / 2))
