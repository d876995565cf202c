"""What goes wrong on a part: each defect writes into the surface and returns the pixels it covers.

Depth, length and darkness are drawn over a decade or so, down to what an inspector can barely see.
"""

from collections.abc import Callable

import cv2
import numpy as np

from models.render.arrays import magnitude
from models.render.draws import between, cloud, log_between
from models.render.shapes import WALL, axes, gradient
from models.render.types import Fault, Field, Mask, Surface

NEAR_EDGE = 13.0  # px across an edge that its chip or burr may reach, less than to the next edge


def scratch(surface: Surface, rng: np.random.Generator) -> Mask:
    """A groove with raised lips, bent a little, with skips."""
    x0, y0 = _spot(surface, rng)
    line = _curve(rng, x0, y0, log_between(rng, 60, 240))
    width, depth = log_between(rng, 1.1, 4.0), log_between(rng, 0.3, 1.2)
    away = _distance(line, surface.face.shape)
    gx, gy = gradient(away)
    press = np.clip(1 + np.float32(0.45) * cloud(rng, away.shape[0], 40), 0.15, 1.6)
    profile = (away / np.float32(width)) * np.exp(np.float32(0.5) - (away / np.float32(width)) ** 2 / 2)
    tilt = np.float32(depth) * press * profile * (surface.cover > 0.5)
    surface.slope_x += tilt * gx
    surface.slope_y += tilt * gy
    surface.gain *= 1 - np.float32(min(0.35, 0.4 * depth)) * np.exp(-((away / np.float32(width * 0.7)) ** 2))
    return (away < 1.6 * width + 0.4) & (surface.cover > 0.5)


def dent(surface: Surface, rng: np.random.Generator) -> Mask:
    """A round dimple; its low raised lip runs out beyond the pixels returned."""
    x0, y0 = _spot(surface, rng)
    size, depth = log_between(rng, 7, 30), log_between(rng, 0.25, 1.0)
    dx, dy, away = _around(surface, x0, y0, between(rng, 0.75, 1.0), between(rng, 0, np.pi))
    t = away / np.float32(size)
    tilt = np.float32(depth) * t * np.exp(np.float32(0.5) - t * t / 2) * (1 - np.float32(0.25) * t * t)
    tilt *= surface.cover > 0.5
    surface.slope_x -= tilt * dx
    surface.slope_y -= tilt * dy
    return (t < 2.0) & (surface.cover > 0.5)


def stain(surface: Surface, rng: np.random.Generator) -> Mask:
    """Dried coolant, oil or rust: a patch with a ragged rim that takes more of some colours than of others."""
    x0, y0 = _spot(surface, rng)
    size, dark = log_between(rng, 14, 60), log_between(rng, 0.2, 0.75)
    _, _, away = _around(surface, x0, y0, between(rng, 0.5, 1.0), between(rng, 0, np.pi))
    ragged = away / np.float32(size) + np.float32(0.22) * cloud(rng, away.shape[0], 40)
    body = np.clip((1 - ragged) * np.float32(size / 3), 0, 1)
    rim = np.exp(-(((ragged - 0.92) / 0.10) ** 2))
    amount = np.float32(dark) * np.maximum(body * np.float32(between(rng, 0.45, 1.0)), rim * np.float32(0.8))
    amount *= surface.cover > 0.5
    colour = np.asarray(((0.75, 0.95, 1.25), (1.0, 1.0, 1.0), (0.5, 1.0, 1.6))[int(rng.integers(3))], np.float32)
    surface.stain = np.maximum(1 - amount[:, :, None] * colour, 0)
    return np.asarray((amount > 0.2 * dark) & (surface.cover > 0.5), np.bool_)


def chip(surface: Surface, rng: np.random.Generator) -> Mask:
    """A piece broken out of an edge: the outline gives way, a rough facet falls towards it."""
    at, out, wide = _on_rim(surface, rng)
    size = log_between(rng, 9, 36)
    away, shape = _from(surface, at, out), surface.face.shape[0]
    ragged = 1 + np.float32(0.28) * cloud(rng, shape, 64)
    depth = np.float32(size * between(rng, 0.45, 0.75)) * ragged
    bite = (
        1 - (away / np.float32(min(size * between(rng, 1.0, 1.8), wide))) ** 2 - np.maximum(surface.inside, 0) / depth
    )
    region = (bite > 0) & (surface.inside > -4) & (surface.cover > 0.02)
    gone = region & (bite > np.float32(between(rng, 0.45, 0.75)))
    tilt, grit = between(rng, 0.3, 0.8), np.float32(0.2)
    surface.slope_x[region] = (np.float32(tilt * out[0]) + grit * cloud(rng, shape, 140))[region]
    surface.slope_y[region] = (np.float32(tilt * out[1]) + grit * cloud(rng, shape, 140))[region]
    surface.gain[region] = np.float32(between(rng, 0.75, 1.2))
    surface.rough |= region
    surface.cover[gone] = 0
    return np.asarray(region, np.bool_)


def burr(surface: Surface, rng: np.random.Generator) -> Mask:
    """Metal pushed over an edge: a thin ragged fringe, curled so that it glints."""
    at, out, wide = _on_rim(surface, rng)
    length, high = min(log_between(rng, 16, 60), wide), log_between(rng, 2.5, 10.0)
    swell = np.clip(1 - (_from(surface, at, out) / np.float32(length)) ** 2, 0, 1)
    shape = surface.face.shape[0]
    fringe = np.float32(high) * np.sqrt(swell) * np.abs(np.float32(0.8) + np.float32(0.5) * cloud(rng, shape, 150))
    shown = (
        np.clip(surface.inside + np.float32(WALL) + fringe, 0, 1) * (surface.inside < np.float32(1.0)) * (fringe > 0.4)
    )
    curl = np.float32(between(rng, 0.15, 0.45)) + np.float32(0.2) * cloud(rng, shape, 170)
    region = shown > 0.25
    surface.slope_x[region] = (curl * np.float32(out[0]))[region]
    surface.slope_y[region] = (curl * np.float32(out[1]))[region]
    surface.gain[region] = np.float32(between(rng, 0.8, 1.3))
    surface.cover[...] = np.maximum(surface.cover, shown)
    return np.asarray(region, np.bool_)


DRAWN: dict[str, Callable[[Surface, np.random.Generator], Mask]] = {
    "scratch": scratch,
    "dent": dent,
    "chip": chip,
    "stain": stain,
    "burr": burr,
}


def missing(rng: np.random.Generator) -> Fault:
    """A hole not drilled, drilled too small, or without its countersink."""
    case = rng.random()
    pick = int(rng.integers(12))
    if case < 0.45:
        return Fault(pick, 0.0, countersunk=True)
    if case < 0.85:
        return Fault(pick, between(rng, 0.3, 0.75), countersunk=True)
    return Fault(pick, 1.0, countersunk=False)


def _spot(surface: Surface, rng: np.random.Generator) -> tuple[float, float]:
    """A pixel of the face, every one alike likely."""
    spots = np.flatnonzero(surface.face)
    spot = int(spots[int(rng.integers(len(spots)))])
    return float(spot % surface.face.shape[1]), float(spot // surface.face.shape[1])


def _on_rim(surface: Surface, rng: np.random.Generator) -> tuple[Field, Field, float]:
    """A point of an edge, the direction out of the material there, and how far along a defect may reach, px."""
    longest = np.array([len(rim.at) * float(np.ptp(rim.at)) for rim in surface.rims])
    rim = surface.rims[int(rng.choice(len(longest), p=longest / longest.sum()))]
    spot = int(rng.integers(len(rim.at)))
    return rim.at[spot], rim.out[spot], 0.6 * float(np.ptp(rim.at, axis=0).max())


def _around(surface: Surface, x0: float, y0: float, squeeze: float, turn: float) -> tuple[Field, Field, Field]:
    """Unit direction from a point, and the distance from it measured with one axis squeezed."""
    x, y = axes(surface.face.shape[0])
    dx, dy = x - np.float32(x0), y - np.float32(y0)
    c, s = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    a, b = c * dx + s * dy, (c * dy - s * dx) / np.float32(squeeze)
    away = np.maximum(magnitude(a, np.asarray(b, np.float32)), np.float32(1e-3))
    return np.asarray((c * a - s * b) / away, np.float32), np.asarray((s * a + c * b) / away, np.float32), away


def _from(surface: Surface, at: Field, out: Field) -> Field:
    """Distance from a point of an edge, px, kept to this edge: far off across it counts as endless."""
    x, y = axes(surface.face.shape[0])
    dx, dy = x - at[0], y - at[1]
    across = np.abs(dx * out[0] + dy * out[1])
    return np.where(across < NEAR_EDGE, magnitude(dx, dy), np.float32(1e3))


def _curve(rng: np.random.Generator, x0: float, y0: float, length: float) -> Field:
    """A bent line (n, 2) of `length` px around a point."""
    t = np.linspace(-0.5, 0.5, 40) * length
    turn = rng.uniform(0, np.pi)
    heading = turn + t * rng.normal(0, 0.004) + np.cumsum(rng.normal(0, 0.012, 40))
    pace = length / 39
    x, y = np.cumsum(np.cos(heading)) * pace, np.cumsum(np.sin(heading)) * pace
    return np.stack([x - x[20] + x0, y - y[20] + y0], axis=1).astype(np.float32)


def _distance(line: Field, shape: tuple[int, ...]) -> Field:
    """Distance to a line in px, good to a quarter pixel, up to a few px away."""
    fine = 4
    low = np.maximum(np.floor(line.min(axis=0)).astype(int) - 10, 0)
    high = np.minimum(np.ceil(line.max(axis=0)).astype(int) + 10, (shape[1] - 1, shape[0] - 1))
    width, height = (int(v) for v in np.maximum(high - low, 1))
    canvas = np.full((height * fine, width * fine), 255, np.uint8)
    points = np.rint(((line - low + 0.5) * fine - 0.5) * 16).astype(np.int32)
    cv2.polylines(canvas, [points.reshape(-1, 1, 2)], isClosed=False, color=0, thickness=1, shift=4)
    near = cv2.distanceTransform(canvas, cv2.DIST_L2, 5)
    away = np.full(shape[:2], 50, np.float32)
    away[low[1] : low[1] + height, low[0] : low[0] + width] = (
        cv2.resize(near, (width, height), interpolation=cv2.INTER_AREA) / fine
    )
    return away
