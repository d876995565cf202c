"""Annotation files: DeepPCB's box lists and labelme's shapes, as boxes and as a mask."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.errors import InputRefused

Box = tuple[float, float, float, float]
Point = tuple[float, float]
MAX_BYTES = 64 << 20
CORNERS = {"polygon": 3, "rectangle": 2, "circle": 2}  # shape type -> points it has at least


@dataclass(frozen=True)
class Shape:
    """One labelme shape: its type and its points (x, y) in pixels."""

    kind: str
    points: tuple[Point, ...]


def deeppcb(file: Path) -> tuple[Box, ...]:
    """Boxes of a text file with `x1 y1 x2 y2 type` a line, in pixels. Raises InputRefused naming the line."""
    lines = enumerate(_text(file).splitlines(), 1)
    return tuple(_box(line.replace(",", " ").split(), file, number) for number, line in lines if line.strip())


def _box(words: list[str], file: Path, number: int) -> Box:
    try:
        x1, y1, x2, y2 = (float(word) for word in words[:4])
    except ValueError as error:
        raise InputRefused(f"line {number} is not `x1 y1 x2 y2 type`", file=str(file), mend="correct it") from error
    if not all(map(math.isfinite, (x1, y1, x2, y2))) or x2 < x1 or y2 < y1:
        raise InputRefused(f"line {number} is not a box", file=str(file), mend="correct it")
    return x1, y1, x2, y2


def labelme(file: Path) -> tuple[Box, ...]:
    """The bounding boxes of a labelme file's shapes, in pixels. Raises InputRefused."""
    return tuple(_bounds(shape) for shape in shapes(file))


def _bounds(shape: Shape) -> Box:
    if shape.kind == "circle":
        (x, y), (edge_x, edge_y) = shape.points[:2]
        radius = math.hypot(edge_x - x, edge_y - y)
        return x - radius, y - radius, x + radius, y + radius
    xs, ys = zip(*shape.points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def shapes(file: Path) -> tuple[Shape, ...]:
    """The shapes of a labelme file. Raises InputRefused where it is none."""
    try:
        values = json.loads(_text(file))
        found = tuple(_shape(shape) for shape in values["shapes"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputRefused("not a labelme file", file=str(file), mend="save it from labelme again") from error
    unknown = [shape.kind for shape in found if len(shape.points) < CORNERS.get(shape.kind, 1 << 30)]
    if unknown:
        what = f"a {unknown[0]} cannot be a defect's outline"
        raise InputRefused(what, file=str(file), mend="use polygon, rectangle or circle")
    return found


def _shape(values: Mapping[str, Any]) -> Shape:
    points = tuple((float(x), float(y)) for x, y in values["points"])
    if not all(math.isfinite(value) for point in points for value in point):
        raise ValueError("a point is not finite")
    return Shape(str(values.get("shape_type") or "polygon"), points)


def outline_mask(file: Path, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """(height, width) bool, True inside the shapes of a labelme file. Raises InputRefused."""
    import cv2

    canvas = np.zeros(shape, np.uint8)
    for outline in shapes(file):
        if outline.kind == "polygon":
            clipped = np.clip(np.array(outline.points), -(1 << 15), 1 << 15)
            cv2.fillPoly(canvas, [np.rint(clipped).astype(np.int32)], 1)
        elif outline.kind == "rectangle":
            x1, y1, x2, y2 = (round(value) for value in np.clip(_bounds(outline), -1, 1 << 15))
            canvas[max(y1, 0) : y2 + 1, max(x1, 0) : x2 + 1] = 1
        else:
            x1, y1, x2, y2 = np.clip(_bounds(outline), -(1 << 15), 1 << 15)
            centre = round((x1 + x2) / 2), round((y1 + y2) / 2)
            cv2.circle(canvas, centre, round((x2 - x1) / 2), 1, thickness=-1)
    return canvas.astype(bool)


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise InputRefused(f"over {MAX_BYTES >> 20} MiB", file=str(file), mend="save it again")
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputRefused("not UTF-8 text", file=str(file), mend="save it again as UTF-8") from error
    except OSError as error:
        raise InputRefused(f"cannot be read: {error.strerror}", file=str(file), mend="check the file") from error


READERS: dict[str, Callable[[Path], tuple[Box, ...]]] = {"deeppcb": deeppcb, "labelme": labelme}
SUFFIXES = {"deeppcb": ".txt", "labelme": ".json"}
