"""A ground aluminium bracket with a cast pocket, a bore and corner holes, under a bar light, on a conveyor belt."""

import cv2
import numpy as np

from models.render.arrays import blur, blur_rows, magnitude, resize
from models.render.draws import between, cloud, log_between, streaks, white
from models.render.light import CELLS, Finish, Lamp, bar_patch, lambert, table
from models.render.shapes import axes, bevel, box, circle_rim, gradient, line_rim, occlude, part_frame, step
from models.render.types import Fault, Field, Mask, Pose, Rim, Surface

HALF, CORNER, CUT = (208.0, 146.0), 20.0, 282.0
POCKET, POCKET_AT = (92.0, 84.0), (-62.0, 0.0)
SLOT, BORE, BORE_AT = (44.0, 17.0), 40.0, (108.0, 0.0)
HOLE, HOLE_AT, HOLES = 12.5, (178.0, 116.0), 4
CHAMFER, COUNTERSINK = 4.5, 4.0


def bracket(
    rng: np.random.Generator, batch: np.random.Generator, pose: Pose, size: int, fault: Fault | None
) -> Surface:
    """The bracket as light meets it, (size, size)."""
    x, y = part_frame(pose, size)
    surface = _ground_face(rng, batch, pose, size)
    floor = box(x - np.float32(POCKET_AT[0]), y - np.float32(POCKET_AT[1]), POCKET, 24.0)
    _cast_floor(surface, rng, batch, floor)
    holes, footprint = _holes(x, y, fault)
    bored = magnitude(x - np.float32(BORE_AT[0]), y - np.float32(BORE_AT[1])) - np.float32(BORE)
    slot = -box(x - np.float32(POCKET_AT[0]), y - np.float32(POCKET_AT[1]), SLOT, SLOT[1])
    cut = (np.float32(CUT) - np.abs(x + y)) / np.float32(np.sqrt(2))
    outline = np.minimum(box(x, y, HALF, CORNER), np.where(x + y > 0, cut, np.float32(1e3)))
    inside = np.minimum(np.minimum(outline, holes), np.minimum(bored, slot))
    width = np.where(holes <= inside, _countersinks(x, y, fault), np.float32(CHAMFER)).astype(np.float32)
    bevel(surface, inside, width, 0.38)
    surface.footprint |= footprint
    surface.rims = _rims(pose)
    return surface


def _ground_face(rng: np.random.Generator, batch: np.random.Generator, pose: Pose, size: int) -> Surface:
    """The ground face: lines along the part's length, made in the part's frame and turned with it."""
    turn, scale = float(np.rad2deg(pose.turn)), pose.scale
    matrix = cv2.getRotationMatrix2D((size / 2, size / 2), -turn, scale)
    matrix[:, 2] += np.array([pose.x - size / 2, pose.y - size / 2])
    lines = _grinding(rng, batch, size)
    tilt = np.asarray(
        cv2.warpAffine(lines, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), np.float32
    )
    across = np.float32(-np.sin(pose.turn)), np.float32(np.cos(pose.turn))
    even = np.float32(between(rng, 0.008, 0.018))
    return Surface(
        slope_x=tilt * across[0] + even * cloud(rng, size, 6),
        slope_y=tilt * across[1] + even * cloud(rng, size, 6),
        gain=1 + np.float32(0.03) * cloud(rng, size, 20),
        cover=np.ones((size, size), np.float32),
        rough=np.zeros((size, size), np.bool_),
        lay_x=np.full((size, size), across[0], np.float32),
        lay_y=np.full((size, size), across[1], np.float32),
        inside=np.full((size, size), 1e3, np.float32),
        face=np.ones((size, size), np.bool_),
        rims=(),
        footprint=np.zeros((size, size), np.bool_),
    )


def _grinding(rng: np.random.Generator, batch: np.random.Generator, size: int) -> Field:
    """Slope across the grinding lines: fine lines of three lengths."""
    depth = np.float32(between(batch, 0.8, 1.25))
    lines = np.float32(0.04) * streaks(rng, size, size, 220) + np.float32(0.035) * streaks(rng, size, size, 70)
    lines += np.float32(0.02) * streaks(rng, size, size, 18)
    return blur_rows(lines, 0.55, 3) * depth


def _cast_floor(surface: Surface, rng: np.random.Generator, batch: np.random.Generator, floor: Field) -> None:
    """The pocket left as cast: grain of the sand, softer rolling, darker, and a wall around it."""
    size = floor.shape[0]
    grain = blur(white(rng, size, size), between(batch, 1.3, 1.8))
    rolling = blur(white(rng, size // 2, size // 2), 2.2)
    height = grain * np.float32(0.9) + np.float32(1.9) * resize(rolling, size, size)
    gx, gy = gradient(height)
    cast = floor > 0
    surface.slope_x[cast] = gx[cast]
    surface.slope_y[cast] = gy[cast]
    surface.gain[cast] *= np.float32(between(batch, 0.72, 0.85))
    surface.rough |= cast
    step(surface, -floor, 5.0, 0.8)
    occlude(surface, -floor, 0.45, 9.0)


def _corner(x: Field, y: Field) -> tuple[Field, Field]:
    """Number of the nearest corner hole (0 to 3) and the distance to its axis, px."""
    number = (x > 0).astype(np.float32) + 2 * (y > 0).astype(np.float32)
    return number, magnitude(np.abs(x) - np.float32(HOLE_AT[0]), np.abs(y) - np.float32(HOLE_AT[1]))


def _holes(x: Field, y: Field, fault: Fault | None) -> tuple[Field, Mask]:
    """Distance to the nearest corner hole (positive in the material), and the pixels a fault changes.

    The corner that is cut off has no hole.
    """
    number, away = _corner(x, y)
    radius = np.where(number == 3, np.float32(-1000), np.float32(HOLE))
    if fault is None:
        return away - radius, np.zeros(x.shape, np.bool_)
    wrong = number == fault.pick % (HOLES - 1)
    radius[wrong] = HOLE * fault.share if fault.share > 0 else -1000
    inner = HOLE * fault.share - 3.0 if fault.share < 1 else HOLE
    return away - radius, wrong & (away < HOLE + COUNTERSINK + 0.5) & (away >= inner)


def _countersinks(x: Field, y: Field, fault: Fault | None) -> Field:
    """Width of the countersink of the nearest hole, px."""
    width = np.full(x.shape, COUNTERSINK, np.float32)
    if fault is not None and not fault.countersunk:
        width[_corner(x, y)[0] == fault.pick % (HOLES - 1)] = 0.4
    return width


def _rims(pose: Pose) -> tuple[Rim, ...]:
    w, h = HALF[0], HALF[1]
    top = line_rim(pose, (-w + CORNER, -h), (w - CORNER, -h))
    bottom = line_rim(pose, (CUT - h - 8, h), (-w + CORNER, h))
    left = line_rim(pose, (-w, h - CORNER), (-w, -h + CORNER))
    holes = [
        circle_rim(pose, (sx * HOLE_AT[0], sy * HOLE_AT[1]), HOLE, -1.0) for sx, sy in ((-1, -1), (1, -1), (-1, 1))
    ]
    return (top, bottom, left, circle_rim(pose, BORE_AT, BORE, -1.0), *holes)


def bar_lamp(rng: np.random.Generator, batch: np.random.Generator, pose: Pose, size: int) -> Lamp:
    """A bar light along the upper side of the picture."""
    azimuth = np.deg2rad(-90 + rng.normal(0, 2.0)) - pose.turn
    slope = between(batch, 0.23, 0.28)
    image = np.array([np.cos(azimuth), np.sin(azimuth)])
    toward = float(image[1] * slope), float(-image[0] * slope)  # rows of the table run along the lines
    patch = bar_patch(toward, 0.34, 0.06)
    tilt = toward[0] * 4, toward[1] * 4
    ground = Finish(between(batch, 0.13, 0.17), between(batch, 0.05, 0.07), 0.15)
    cast = Finish(0.24, 0.24, 0.5)
    tables = [table(patch, 0.75 * lambert(tilt), finish, room) for finish, room in ((ground, 0.06), (cast, 0.04))]
    return Lamp(
        table=np.vstack(tables).reshape(2 * CELLS, CELLS) * np.float32(2.0 * log_between(rng, 0.94, 1.07)),
        near=between(batch, 0.06, 0.09),
        fall_x=float(size / 2 + rng.normal(0, size * 0.08)),
        fall_y=float(-size * 0.1),
        fall=between(batch, 0.1, 0.16),
    )


def belt(rng: np.random.Generator, batch: np.random.Generator, pose: Pose, size: int) -> Field:
    """A green conveyor belt, woven, worn in lanes, light leaving it (size, size)."""
    x, y = axes(size)
    shift = rng.uniform(0, 50, 2)
    weave = np.sin((x + np.float32(shift[0])) * np.float32(0.95)) * np.sin(
        (y + np.float32(shift[1])) * np.float32(0.95)
    )
    lanes = streaks(rng, size, size, size)
    lanes = blur_rows(lanes, 5.0, 21)
    grain = white(rng, size, size)
    light = np.float32(0.17) * (
        1
        + np.float32(0.3) * weave
        + np.float32(0.10) * lanes
        + np.float32(0.10) * grain
        + np.float32(0.06) * cloud(rng, size, 8)
    )
    return np.asarray(light, np.float32)
