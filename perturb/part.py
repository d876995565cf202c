"""The part itself: pose, tolerance, finish, batch, soiling. Nothing here may create or erase a defect."""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb import cv
from perturb.cv import Light
from perturb.fields import axes, smooth
from perturb.frame import Context, Frame, Shade, gained
from perturb.geometry import (
    Matrix,
    about_centre,
    backward,
    extent,
    moved,
    remapped,
    rotation,
    safest,
    translation,
)


def _sign(context: Context) -> float:
    return 1.0 if context.rng().random() < 0.5 else -1.0


def _posed(frame: Frame, moves: list[Matrix], worst: list[Matrix]) -> Frame:
    return moved(frame, moves[safest(frame, worst)])


def rotate(frame: Frame, degrees: float, context: Context) -> Frame:
    """In-plane rotation by exactly `degrees` about the centre; the sense is drawn.

    Source: Hartley & Zisserman, Multiple View Geometry, 2nd ed., section 2.4.
    """
    sign = _sign(context)

    def turns(angle: float) -> list[Matrix]:
        return [about_centre(rotation(s * sign * angle), *frame.size) for s in (1.0, -1.0)]

    return _posed(frame, turns(degrees), turns(context.worst))


def shift(frame: Frame, millimetres: float, context: Context) -> Frame:
    """Placement error of exactly `millimetres` on the part in a drawn direction, without rounding to pixels.

    Source: Hartley & Zisserman, Multiple View Geometry, 2nd ed., section 2.4.
    """
    angle = context.rng().uniform(0.0, 2 * np.pi)

    def steps(size: float) -> list[Matrix]:
        px = context.camera.pixels(size)
        angles = [angle + quarter * np.pi / 2 for quarter in range(4)]
        return [translation(px * np.cos(a), px * np.sin(a)) for a in angles]

    return _posed(frame, steps(millimetres), steps(context.worst))


def scale(frame: Frame, percent: float, context: Context) -> Frame:
    """Working distance changed by `percent`: the picture grows or shrinks (drawn) by it about the centre.

    Source: Hartley & Zisserman, Multiple View Geometry, 2nd ed., section 2.4.
    """
    sign = _sign(context)

    def sizes(amount: float) -> list[Matrix]:
        ratios = [1.0 + s * sign * amount / 100.0 for s in (1.0, -1.0)]
        return [about_centre(np.diag([r, r, 1.0]), *frame.size) for r in ratios]

    return _posed(frame, sizes(percent), sizes(context.worst))


def _tilted(degrees: float, axis: float, context: Context, frame: Frame) -> Matrix:
    """Homography of a plane turned out of the image plane by `degrees` about an in-plane axis (pinhole)."""
    height, width = frame.size
    camera = context.camera
    distance = camera.focal_mm * (1.0 + 1.0 / camera.magnification) / camera.mm_per_px
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[1.0, 0.0, 0.0], [0.0, c, 0.0], [0.0, s / distance, 1.0]])
    return about_centre(rotation(np.degrees(axis)) @ turn @ rotation(-np.degrees(axis)), height, width)


def tilt(frame: Frame, degrees: float, context: Context) -> Frame:
    """The part's plane tilted by `degrees` about a drawn axis: foreshortening and perspective of a pinhole camera.

    Source: Hartley & Zisserman, Multiple View Geometry, 2nd ed., section 8.1 (plane-induced homography).
    """
    axis = context.rng().uniform(0.0, 2 * np.pi)
    axes_ = [axis, axis + np.pi, axis + np.pi / 2, axis - np.pi / 2]
    moves = [_tilted(degrees, a, context, frame) for a in axes_]
    return _posed(frame, moves, [_tilted(context.worst, a, context, frame) for a in axes_])


def elastic(frame: Frame, millimetres: float, context: Context) -> Frame:
    """Shape tolerance: a smooth displacement field, `millimetres` rms per axis, about two hills across.

    Source: Simard, Steinkraus & Platt, ICDAR 2003 (smooth random displacements).
    """
    rng, (height, width) = context.rng(), frame.size
    px = np.float32(context.camera.pixels(millimetres))
    map_x, map_y = smooth(rng, height, width, 2), smooth(rng, height, width, 2)
    np.multiply(map_x, px, out=map_x)
    np.multiply(map_y, px, out=map_y)
    map_x += np.arange(width, dtype=np.float32)[None, :]
    map_y += np.arange(height, dtype=np.float32)[:, None]
    return remapped(frame, map_x, map_y)


_LINE_PX = 24.0


def _brushed(rng: np.random.Generator, height: int, width: int) -> Light:
    """Lines of a drawn direction, about 24 px long and 1 px wide: stretched noise, unit rms, (h, w) float32."""
    angle = float(rng.uniform(0.0, np.pi))
    across = int(np.hypot(height, width)) + 4
    grain = rng.standard_normal((across, int(across / _LINE_PX) + 4), dtype=np.float32)
    c, s = np.cos(angle) / _LINE_PX, np.sin(angle) / _LINE_PX
    middle = (grain.shape[1] - 1) / 2.0, (across - 1) / 2.0
    turn = np.array([[c, s, 0.0], [-s * _LINE_PX, c * _LINE_PX, 0.0], [0.0, 0.0, 1.0]])
    from_centre = translation(-(width - 1) / 2.0, -(height - 1) / 2.0)
    maps = backward(np.linalg.inv(translation(*middle) @ turn @ from_centre), height, width)
    lines = cv.remapped(grain, *maps, cv2.INTER_LINEAR, cv2.BORDER_REFLECT_101)
    return np.asarray(lines / max(float(lines.std()), 1e-6), dtype=np.float32)


def texture(frame: Frame, percent: float, context: Context) -> Frame:
    """Surface finish: machining lines of a drawn direction modulate the part's reflectance by `percent` rms.

    Zero mean, two sigma at most, so that no single line looks like a scratch; the background has none.

    Source: image = reflectance x irradiance (Horn, Robot Vision, 1986, chapter 10); the lines are a model of our
    own, after the lay of ISO 21920-1.
    """
    lines = np.clip(_brushed(context.rng(), *frame.size), -2.0, 2.0)
    return gained(frame, 1.0 + np.float32(percent / 100.0) * lines * _part(frame.light))


def batch_tone(frame: Frame, percent: float, context: Context) -> Frame:
    """Another batch of raw material: the part's reflectance `percent` up or down (drawn), same in all channels.

    Source: image = reflectance x irradiance (Horn, Robot Vision, 1986, chapter 10).
    """
    return gained(frame, 1.0 + np.float32(_sign(context) * percent / 100.0) * _part(frame.light))


def batch_colour(frame: Frame, percent: float, context: Context) -> Frame:
    """Another batch of dye or coating: the part's channel reflectances move by `percent` rms, their mean stays.

    Source: image = reflectance x irradiance (Horn, Robot Vision, 1986, chapter 10).
    """
    shifts = context.rng().standard_normal(3)
    shifts -= shifts.mean()
    shifts /= np.sqrt(np.mean(shifts**2))
    return gained(frame, 1.0 + _part(frame.light)[:, :, None] * (shifts * percent / 100.0).astype(np.float32))


def clearance(frame: Frame, margin: float) -> Light | None:
    """0 on labelled defects and within `margin` px of them, rising to 1 at twice that: (h, w); None: no label."""
    corners = extent(frame)
    if corners is None:
        return None
    marked = np.zeros(frame.size, np.uint8) if frame.mask is None else frame.mask.astype(np.uint8)
    for x1, y1, x2, y2 in frame.boxes if frame.boxes is not None else ():
        marked[int(y1) : int(y2) + 2, int(x1) : int(x2) + 2] = 1
    distance = cv2.distanceTransform(1 - marked, cv2.DIST_L2, 3)
    return np.asarray(np.clip(distance / np.float32(margin) - 1.0, 0.0, 1.0), dtype=np.float32)


def _clear_of_defects(frame: Frame, field: Light) -> Light:
    free = clearance(frame, max(2.0, min(frame.size) / 64.0))
    return field if free is None else field * free


def soil(frame: Frame, percent: float, context: Context) -> Shade:
    """Soiling of the part: a thin film in soft patches that takes up to `percent` of the light.

    Label-safe: patches are a quarter of the picture wide and have no rim, there are no small dark specks that
    could pass for a defect, and a defect below the film keeps its contrast to what is around it.

    Source: absorption of a thin film (Beer-Lambert law); the patches are a model of our own.
    """
    film = np.float32(0.5) + np.float32(0.5) * np.tanh(smooth(context.rng(), *frame.size, 4))
    return Shade(np.float32(1.0) - np.float32(percent / 100.0) * film)


def _spots(rng: np.random.Generator, count: int, frame: Frame) -> NDArray[np.float64]:
    """Centres and radii (count, 3) in px, radius 1.5 to 4 percent of the shorter side."""
    height, width = frame.size
    radius = rng.uniform(0.015, 0.04, count) * min(height, width)
    return np.column_stack([rng.uniform(0, width, count), rng.uniform(0, height, count), radius])


def droplets(frame: Frame, percent: float, context: Context) -> Shade:
    """Drops of clear liquid on the part: soft lenses that dim their rim and gather a bright spot, `percent` strong.

    Fourteen drops at drawn places; a drop over a labelled defect is left out, so the defect stays visible.

    Source: a model of our own: a drop is a lens that bends light away from its rim.
    """
    height, width = frame.size
    free = clearance(frame, max(3.0, min(frame.size) / 32.0))
    dim, bright = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for x, y, radius in _spots(context.rng(), 14, frame).tolist():
        if free is not None and free[min(int(y), height - 1), min(int(x), width - 1)] < 1.0:
            continue
        _add_drop(dim, bright, (x, y), radius)
    strength = np.float32(percent / 100.0)
    return Shade(1.0 - strength * np.minimum(dim, 1.0), strength * np.minimum(bright, 1.0))


def _add_drop(dim: Light, bright: Light, centre: tuple[float, float], radius: float) -> None:
    """Draw one drop into the two maps, on its own window only."""
    height, width = dim.shape
    reach = int(2.5 * radius) + 2
    x0, x1 = max(0, int(centre[0]) - reach), min(width, int(centre[0]) + reach + 1)
    y0, y1 = max(0, int(centre[1]) - reach), min(height, int(centre[1]) + reach + 1)
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    r = np.hypot(x - centre[0], y - centre[1]) / radius
    dim[y0:y1, x0:x1] += 0.6 * np.exp(-(((r - 1.0) / 0.35) ** 2))
    glint = ((x - centre[0] + 0.35 * radius) ** 2 + (y - centre[1] + 0.35 * radius) ** 2) / (0.3 * radius) ** 2
    bright[y0:y1, x0:x1] += np.exp(-glint)


def fingerprint(frame: Frame, percent: float, context: Context) -> Shade:
    """A greasy print: ridges 0.5 mm apart in arches under a soft oval scatter up to `percent` of the light.

    Source: ridge period, Moore, J. Forensic Identification 39 (1989) 231; it fades out around labelled defects.
    """
    rng, (height, width) = context.rng(), frame.size
    half = float(np.hypot(height, width)) / 2.0
    turn, right, down = (float(v) for v in rng.uniform((0.0, -0.35, -0.35), (2 * np.pi, 0.35, 0.35)))
    y, x = axes(height, width)
    dx, dy = x - right, y - down
    u, v = dx * math.cos(turn) + dy * math.sin(turn), dy * math.cos(turn) - dx * math.sin(turn)
    oval = np.exp(-2.0 * (np.square(np.square(u / 0.32)) + np.square(np.square(v / 0.42))))
    period = max(context.camera.pixels(0.5), 3.0) / half
    arches = np.sqrt(u * u + 0.5 * np.square(v - 0.25)) + 0.03 * smooth(rng, height, width, 6)
    ridges = 0.5 + 0.5 * np.cos((2 * math.pi / period) * arches)
    film = _clear_of_defects(frame, np.asarray(oval * (0.3 + 0.7 * ridges), dtype=np.float32))
    return Shade(1.0 - np.float32(percent / 100.0) * film)


def background(frame: Frame, percent: float, context: Context) -> Frame:
    """Another fixture or belt: what joins the border and looks like it changes by `percent` up or down (drawn).

    A part that fills the picture has no background to tell apart: then its plain surface changes as a whole. What
    lies in the changed region changes with it, so that a defect keeps its contrast.

    Source: image = reflectance x irradiance (Horn, Robot Vision, 1986, chapter 10).
    """
    found = _background(frame.light)
    share = np.ones(frame.size, np.float32) if found is None else found
    return gained(frame, 1.0 + np.float32(_sign(context) * percent / 100.0) * share)


_FILLS_PICTURE = 0.6


def _part(light: Light) -> Light:
    """Soft map (h, w) of the part: all that is not background, everything where there is none to tell apart."""
    found = _background(light)
    return np.ones(light.shape[:2], np.float32) if found is None else np.asarray(1.0 - found, dtype=np.float32)


def _background(light: Light) -> Light | None:
    """Soft map (h, w) of what joins the border and is as bright as it, small holes filled; None if most of it is."""
    height, width = light.shape[:2]
    small = cv.resized(light, height // 4, width // 4, cv2.INTER_AREA) if min(height, width) > 64 else light
    small = np.asarray(small if small.ndim == 2 else small.mean(axis=2), dtype=np.float32)
    middle = np.median(_rim(small))
    reach = max(0.06, 3.0 * 1.4826 * float(np.median(np.abs(_rim(small) - middle))))
    _, parts = cv2.connectedComponents((np.abs(small - middle) < reach).astype(np.uint8))
    at_rim = np.unique(_rim(parts))
    region = np.isin(parts, at_rim[at_rim > 0]).astype(np.uint8)
    if region.mean() > _FILLS_PICTURE:
        return None
    closed = cv2.morphologyEx(region, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)).astype(np.float32)
    return cv.gaussian(cv.resized(closed, height, width), max(1.5, min(height, width) / 100.0))


def _rim(plane: NDArray[Any]) -> NDArray[Any]:
    """The outermost pixels of a plane in one row."""
    return np.concatenate([plane[0], plane[-1], plane[:, 0], plane[:, -1]])
