"""Distances to edges, and what an edge does to the surface: bevel, wall, end of the material."""

from functools import lru_cache

import cv2
import numpy as np

from models.render.arrays import magnitude
from models.render.types import Field, Pose, Rim, Surface

Window = tuple[slice, slice]
ALL: Window = (slice(None), slice(None))

WALL = 2.5  # px of a hole's or side wall that the lens sees


@lru_cache(maxsize=4)
def axes(size: int) -> tuple[Field, Field]:
    """Pixel coordinates x and y, (size, size) float32, shared and read-only."""
    y, x = np.indices((size, size), dtype=np.float32)
    for axis in (x, y):
        axis.setflags(write=False)
    return x, y


def part_frame(pose: Pose, size: int, window: Window = ALL) -> tuple[Field, Field]:
    """The part's own coordinates of every pixel of the window, in nominal pixels from its centre."""
    x, y = (axis[window] for axis in axes(size))
    c, s = np.float32(np.cos(pose.turn) / pose.scale), np.float32(np.sin(pose.turn) / pose.scale)
    dx, dy = x - np.float32(pose.x), y - np.float32(pose.y)
    return c * dx + s * dy, c * dy - s * dx


def to_image(pose: Pose, points: Field) -> Field:
    """Points (n, 2) of the part's frame as image pixels."""
    c, s = np.cos(pose.turn) * pose.scale, np.sin(pose.turn) * pose.scale
    turned = points @ np.array([[c, s], [-s, c]])
    return np.asarray(turned + np.array([pose.x, pose.y]), dtype=np.float32)


def box(x: Field, y: Field, half: tuple[float, float], radius: float) -> Field:
    """Distance to a rectangle with round corners, positive inside, px."""
    ax, ay = np.abs(x) - np.float32(half[0] - radius), np.abs(y) - np.float32(half[1] - radius)
    outside = magnitude(np.maximum(ax, 0), np.maximum(ay, 0))
    return np.float32(radius) - (outside + np.minimum(np.maximum(ax, ay), 0))


def gradient(distance: Field) -> tuple[Field, Field]:
    """Central differences of a field along x and y, per pixel."""
    return (
        np.asarray(cv2.Sobel(distance, cv2.CV_32F, 1, 0, ksize=1, scale=0.5), np.float32),
        np.asarray(cv2.Sobel(distance, cv2.CV_32F, 0, 1, ksize=1, scale=0.5), np.float32),
    )


def ramp(value: Field) -> Field:
    """0 below -0.5 px, 1 above 0.5 px, straight between."""
    return np.asarray(np.clip(value + np.float32(0.5), 0, 1), np.float32)


def bevel(surface: Surface, inside: Field, width: Field | float, slope: float) -> None:
    """Break the edge at `inside` = 0 (positive in the material) with a chamfer, and end the part behind its wall."""
    gx, gy = gradient(inside)
    chamfer = ramp(width - inside)
    wall = ramp(-inside)
    tilt = -np.float32(slope) * chamfer * (1 - wall) - np.float32(1.25) * wall
    flat = 1 - np.float32(0.75) * chamfer
    surface.slope_x[...] = surface.slope_x * flat + tilt * gx
    surface.slope_y[...] = surface.slope_y * flat + tilt * gy
    surface.gain *= 1 - np.float32(0.6) * wall
    surface.cover *= ramp(inside + np.float32(WALL))
    surface.inside = inside
    surface.face &= inside > width + np.float32(1.0)


def step(surface: Surface, inside: Field, width: float, slope: float) -> None:
    """A wall between two levels at `inside` = 0, `width` px wide as seen; positive slope falls outwards."""
    gx, gy = gradient(inside)
    near = np.float32(width / 2) - np.abs(inside)
    band = np.clip(near / np.float32(1.8) + np.float32(0.5), 0, 1)  # soft, or thin glints along it would alias
    surface.slope_x -= np.float32(slope) * band * gx
    surface.slope_y -= np.float32(slope) * band * gy
    surface.face &= near < -1.5


def occlude(surface: Surface, inside: Field, depth: float, reach: float) -> None:
    """Darken the lower side (`inside` < 0) towards the foot of a step."""
    foot = np.exp(np.minimum(inside, 0) / np.float32(reach))
    surface.gain *= 1 - np.float32(depth) * foot * (inside < 0)


def circle_rim(pose: Pose, centre: tuple[float, float], radius: float, outward: float) -> Rim:
    """The edge of a disc (`outward` 1) or of a hole (-1)."""
    phi = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    out = np.stack([np.cos(phi), np.sin(phi)], axis=1).astype(np.float32)
    at = to_image(pose, np.asarray(centre, np.float32) + radius * out)
    return Rim(at, _turned(pose, outward * out))


def line_rim(pose: Pose, start: tuple[float, float], end: tuple[float, float]) -> Rim:
    """A straight edge with the material on its right as seen walking from `start` to `end` on screen."""
    along = np.linspace(0, 1, 120, dtype=np.float32)[:, None]
    a, b = np.asarray(start, np.float32), np.asarray(end, np.float32)
    direction = (b - a) / np.linalg.norm(b - a)
    out = np.tile(np.array([[direction[1], -direction[0]]], np.float32), (len(along), 1))
    return Rim(to_image(pose, a + along * (b - a)), _turned(pose, out))


def _turned(pose: Pose, vectors: Field) -> Field:
    c, s = np.cos(pose.turn), np.sin(pose.turn)
    return np.asarray(vectors @ np.array([[c, s], [-s, c]]), dtype=np.float32)
