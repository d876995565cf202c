"""A turned steel flange: hub, bore, six countersunk bolt holes, under a ring light, on a black nest with two pins."""

import numpy as np

from models.render.arrays import blur_rows, magnitude, phase, sample
from models.render.draws import between, cloud, log_between, streaks, white
from models.render.light import CELLS, Finish, Lamp, lambert, ring_patch, table
from models.render.shapes import axes, bevel, circle_rim, occlude, part_frame, step
from models.render.types import Fault, Field, Mask, Pose, Rim, Surface

OUTER, HUB, BORE, PITCH, HOLE, HOLES = 208.0, 100.0, 58.0, 156.0, 15.0, 6
COUNTERSINK, CHAMFER = 4.5, 6.0
ROWS_PER_PX, ROUND = 2, 192  # the table of tool marks: rows over the radius, columns round the axis


def flange(rng: np.random.Generator, batch: np.random.Generator, pose: Pose, size: int, fault: Fault | None) -> Surface:
    """The flange as light meets it, (size, size)."""
    x, y = part_frame(pose, size)
    radius = magnitude(x, y)
    image_x, image_y = axes(size)
    far = np.maximum(radius * np.float32(pose.scale), 1)
    lay_x, lay_y = (image_x - np.float32(pose.x)) / far, (image_y - np.float32(pose.y)) / far
    surface = _turned_disc(rng, batch, (x, y, radius), (lay_x, lay_y))
    step(surface, np.float32(HUB) - radius, 4.5, 0.75)
    occlude(surface, np.float32(HUB) - radius, 0.35, 5.0)
    holes, footprint = _holes(x, y, fault)
    nominal = _nearest(x, y)[1] - np.float32(HOLE)  # a hole that is not there must not widen other edges
    width = np.where(nominal < np.float32(OUTER) - radius, _chamfers(x, y, fault), np.float32(CHAMFER))
    inside = np.minimum(np.minimum(np.float32(OUTER) - radius, radius - np.float32(BORE)), holes)
    bevel(surface, inside, width.astype(np.float32), 0.29)
    surface.footprint |= footprint
    surface.rims = _rims(pose)
    return surface


def _turned_disc(
    rng: np.random.Generator, batch: np.random.Generator, at: tuple[Field, Field, Field], lay: tuple[Field, Field]
) -> Surface:
    """The flat faces with their tool marks and slight unevenness."""
    x, y, radius = at
    size = radius.shape[0]
    tilt = _tool_marks(rng, batch, phase(x, y), radius)
    even = between(rng, 0.006, 0.014)
    return Surface(
        slope_x=tilt * lay[0] + np.float32(even) * cloud(rng, size, 7),
        slope_y=tilt * lay[1] + np.float32(even) * cloud(rng, size, 7),
        gain=_sheen(rng, lay) + np.float32(0.02) * cloud(rng, size, 24),
        cover=np.ones((size, size), np.float32),
        rough=np.zeros((size, size), np.bool_),
        lay_x=lay[0],
        lay_y=lay[1],
        inside=np.full((size, size), 1e3, np.float32),
        face=np.ones((size, size), np.bool_),
        rims=(),
        footprint=np.zeros((size, size), np.bool_),
    )


def _sheen(rng: np.random.Generator, lay: tuple[Field, Field]) -> Field:
    """The bow tie that turned metal shows where the ring is uneven: two bright and two dull sectors."""
    turn, depth = between(rng, 0, np.pi), between(rng, 0.02, 0.09)
    twice = (lay[0] * lay[0] - lay[1] * lay[1]) * np.float32(np.cos(turn)) + 2 * lay[0] * lay[1] * np.float32(
        np.sin(turn)
    )
    return 1 + np.float32(depth) * twice


def _tool_marks(rng: np.random.Generator, batch: np.random.Generator, angle: Field, radius: Field) -> Field:
    """Radial slope left by the tool: the feed per turn, and streaks of torn metal of many lengths."""
    rows = int(OUTER + 12) * ROWS_PER_PX
    feed, depth = between(batch, 2.6, 4.2), between(batch, 0.02, 0.05)
    along = np.arange(rows, dtype=np.float32) / ROWS_PER_PX
    wander = np.cumsum(rng.normal(0, 0.02, rows)).astype(np.float32)
    wave = depth * np.sin(2 * np.pi * along / feed + wander) * (1 + 0.3 * np.sin(along / between(rng, 9, 17)))
    marks = np.float32(0.045) * streaks(rng, rows, ROUND, ROUND) + np.float32(0.035) * streaks(rng, rows, ROUND, 10)
    marks = marks + np.float32(0.02) * streaks(rng, rows, ROUND, 3) + wave[:, None]
    marks = blur_rows(marks.astype(np.float32), 0.6, 3)
    blend = np.linspace(0, 1, 16, dtype=np.float32)  # close the table where it meets itself
    marks[:, -16:] = marks[:, -16:] * (1 - blend) + marks[:, :1] * blend
    column = angle * np.float32((ROUND - 1) / (2 * np.pi))
    return sample(marks, column, radius * np.float32(ROWS_PER_PX))


def _nearest(x: Field, y: Field) -> tuple[Field, Field]:
    """Number of the nearest bolt hole (0 to 5) and the distance to its axis, px."""
    sector = np.rint(phase(x, y) * np.float32(HOLES / (2 * np.pi))) % HOLES
    turn = sector * np.float32(2 * np.pi / HOLES)
    away = magnitude(x - np.float32(PITCH) * np.cos(turn), y - np.float32(PITCH) * np.sin(turn))
    return sector, away


def _holes(x: Field, y: Field, fault: Fault | None) -> tuple[Field, Mask]:
    """Distance to the nearest bolt hole (positive in the material), and the pixels a fault changes."""
    sector, away = _nearest(x, y)
    if fault is None:
        return away - np.float32(HOLE), np.zeros(x.shape, np.bool_)
    wrong = sector == fault.pick % HOLES
    radius = np.where(wrong, np.float32(HOLE * fault.share if fault.share > 0 else -1000), np.float32(HOLE))
    inner = HOLE * fault.share - 3.0 if fault.share < 1 else HOLE
    return away - radius, wrong & (away < HOLE + COUNTERSINK + 0.5) & (away >= inner)


def _chamfers(x: Field, y: Field, fault: Fault | None) -> Field:
    """Width of the countersink of the nearest hole, px."""
    width = np.full(x.shape, COUNTERSINK, np.float32)
    if fault is not None and not fault.countersunk:
        width[_nearest(x, y)[0] == fault.pick % HOLES] = 0.4
    return width


def _rims(pose: Pose) -> tuple[Rim, ...]:
    turns = np.arange(HOLES) * 2 * np.pi / HOLES
    centres = [(PITCH * float(np.cos(turn)), PITCH * float(np.sin(turn))) for turn in turns]
    holes = [circle_rim(pose, centre, HOLE, -1.0) for centre in centres]
    return (circle_rim(pose, (0, 0), OUTER, 1.0), circle_rim(pose, (0, 0), BORE, -1.0), *holes)


def ring_lamp(rng: np.random.Generator, batch: np.random.Generator, pose: Pose, size: int) -> Lamp:
    """A ring light round the lens; one side of it may be a little weaker."""
    patch = ring_patch(between(batch, 0.27, 0.31), 0.06)
    turned = Finish(between(batch, 0.125, 0.15), between(batch, 0.05, 0.065), 0.16)
    broken = Finish(0.26, 0.26, 0.35)
    tables = [table(patch, lambert((0, 0)), finish, room) for finish, room in ((turned, 0.08), (broken, 0.05))]
    side = rng.normal(0, size * 0.12, 2)
    return Lamp(
        table=np.vstack(tables).reshape(2 * CELLS, CELLS) * np.float32(1.55 * log_between(rng, 0.94, 1.07)),
        near=between(batch, 0.05, 0.08),
        fall_x=float(size / 2 + side[0]),
        fall_y=float(size / 2 + side[1]),
        fall=between(batch, 0.12, 0.22),
    )


def nest(rng: np.random.Generator, batch: np.random.Generator, pose: Pose, size: int) -> Field:
    """The black anodised nest with two ground pins, light leaving it (size, size)."""
    x, y = axes(size)
    grain = white(rng, size, size)
    plate = np.float32(0.085) + np.float32(0.03) * grain + np.float32(0.008) * cloud(rng, size, 9)
    for angle in (np.deg2rad(38.0), np.deg2rad(142.0)):
        away = (OUTER + 15.0) * 1.02
        cx, cy = int(size / 2 + away * np.cos(angle)), int(size / 2 + away * np.sin(angle))
        near = np.s_[max(cy - 40, 0) : cy + 41, max(cx - 40, 0) : cx + 41]
        _pin(plate[near], magnitude(x[near] - np.float32(cx), y[near] - np.float32(cy)), between(batch, 0.4, 0.55))
    return plate


def _pin(plate: Field, away: Field, light: float) -> None:
    """A dowel pin seen from above: bright bevel round a grey turned end, and its own shadow."""
    plate *= 1 - np.float32(0.5) * np.exp(-(((away - 12) / 6) ** 2)) * (away > 12)
    top = np.float32(light) * (0.55 + 0.08 * np.sin(away * 2.1) + 0.75 * np.exp(-(((away - 10.2) / 1.2) ** 2)))
    shown = np.clip(12.5 - away, 0, 1)
    plate[...] = plate * (1 - shown) + top.astype(np.float32) * shown
