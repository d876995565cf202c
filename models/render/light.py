"""Lamps as tables: the light that a small facet sends to the lens, by the two slopes of the facet.

For a lens straight above, a facet with slopes (u, v) reflects the direction whose polar angle is 2 atan |(u, v)|. A
lamp is therefore a patch in the plane of slopes; the roughness of the surface is a blur of that patch, wider across the
tool marks than along them, and the diffuse part is Lambert's cosine.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from models.render.arrays import magnitude, sample
from models.render.shapes import axes
from models.render.types import Field, Surface

CELLS = 160
REACH = 1.5  # largest slope in the table
PER_SLOPE = (CELLS - 1) / (2 * REACH)


@dataclass(frozen=True)
class Finish:
    """Roughness (deviation of slopes) across and along the tool marks, and the share of light that scatters."""

    across: float
    along: float
    diffuse: float


@dataclass(frozen=True)
class Lamp:
    """`machined` and `cast` tables in one (2 CELLS, CELLS); `near` is the slope a facet at the picture's side gains."""

    table: Field
    near: float
    fall_x: float
    fall_y: float
    fall: float


def slopes() -> tuple[Field, Field]:
    """The slopes u (columns) and v (rows) of a table, (CELLS, CELLS)."""
    line = np.linspace(-REACH, REACH, CELLS, dtype=np.float32)
    u, v = np.meshgrid(line, line)
    return u, v


def ring_patch(slope: float, width: float) -> Field:
    """A ring light around the lens seen at polar angle 2 atan(slope)."""
    u, v = slopes()
    return np.asarray(np.exp(-(((magnitude(u, v) - slope) / width) ** 2) / 2), np.float32)


def bar_patch(toward: tuple[float, float], long: float, short: float) -> Field:
    """A bar light whose centre is mirrored by a facet of slope `toward`; it lies square to that direction."""
    u, v = slopes()
    distance = float(np.hypot(*toward))
    a, b = toward[0] / distance, toward[1] / distance
    depth, side = u * a + v * b - distance, v * a - u * b
    return np.asarray(np.exp(-((depth / short) ** 2) / 2 - np.abs(side / long) ** 3), np.float32)


def lambert(tilt: tuple[float, float]) -> Field:
    """Lambert's cosine towards the direction (tilt, 1); tilt (0, 0) stands for a ring."""
    u, v = slopes()
    up = 1 / np.sqrt(1 + tilt[0] ** 2 + tilt[1] ** 2)
    return np.asarray(np.maximum(0, (1 + u * tilt[0] + v * tilt[1]) * up) / np.sqrt(1 + u * u + v * v), np.float32)


def table(patch: Field, scatter: Field, finish: Finish, room: float) -> Field:
    """What a surface of this finish sends back, (CELLS, CELLS): mirrored lamp, scattered light, and the room's."""
    lobe = _spread(patch, finish.across, finish.along)
    wide = _spread(patch, finish.across + 0.22, finish.along + 0.22)
    u, v = slopes()
    sky = np.float32(room) / (1 + 2 * (u * u + v * v))
    return np.asarray(
        (1 - finish.diffuse) * (lobe + np.float32(0.35) * wide) + finish.diffuse * scatter + sky, np.float32
    )


def _spread(patch: Field, across: float, along: float) -> Field:
    """Blur by the deviation of the micro-slopes; what leaves the table is lost, as light past the lens is."""
    blurred = cv2.GaussianBlur(
        patch, (0, 0), sigmaX=across * PER_SLOPE, sigmaY=along * PER_SLOPE, borderType=cv2.BORDER_CONSTANT
    )
    return np.asarray(blurred, np.float32)


def shade(surface: Surface, lamp: Lamp) -> Field:
    """Light leaving the part towards the lens, (height, width), before the lens: white is 1."""
    size = surface.gain.shape[0]
    x, y = axes(size)
    half = np.float32(size / 2)
    px = surface.slope_x + np.float32(lamp.near) * (x / half - 1)
    py = surface.slope_y + np.float32(lamp.near) * (y / half - 1)
    limit = np.float32(REACH - 0.02)
    u = np.clip(px * surface.lay_x + py * surface.lay_y, -limit, limit)
    v = np.clip(py * surface.lay_x - px * surface.lay_y, -limit, limit)
    column = (u + np.float32(REACH)) * np.float32(PER_SLOPE)
    row = (v + np.float32(REACH)) * np.float32(PER_SLOPE) + np.float32(CELLS) * surface.rough
    light = sample(lamp.table, np.asarray(column, np.float32), np.asarray(row, np.float32))
    return light * surface.gain * falloff(lamp, size)


def falloff(lamp: Lamp, size: int) -> Field:
    """Unevenness of the lamp over the field of view: square law from its brightest point."""
    x, y = axes(size)
    scale = np.float32(2 / size)
    away: Field = ((x - np.float32(lamp.fall_x)) * scale) ** 2 + ((y - np.float32(lamp.fall_y)) * scale) ** 2
    return np.asarray(1 / (1 + np.float32(lamp.fall) * away), np.float32)
