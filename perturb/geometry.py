"""Moving a picture with its mask and boxes; what enters at the border is background, never black."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb import cv
from perturb.cv import Light
from perturb.frame import Frame, averaged
from perturb.types import Boxes

Matrix = NDArray[np.float64]
"""A 3 x 3 homography from old to new pixel positions."""

CUBIC_ENERGY = 36.0 / 49.0
"""Noise variance left by bicubic interpolation (a = -0.75) averaged over all sub-pixel phases: (6/7) per axis."""

LINEAR_ENERGY = 4.0 / 9.0
"""The same for bilinear interpolation: (2/3) per axis."""

_MIN_BOX_PX = 1.0


def about_centre(matrix: Matrix, height: int, width: int) -> Matrix:
    """The same homography with the picture's centre as its origin."""
    x, y = (width - 1) / 2.0, (height - 1) / 2.0
    return translation(x, y) @ matrix @ translation(-x, -y)


def translation(x: float, y: float) -> Matrix:
    """Shift by (x, y) px."""
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def rotation(degrees: float) -> Matrix:
    """Rotation about the origin, positive from +x towards +y."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def points_through(matrix: Matrix, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where (n, 2) points go: (n, 2)."""
    moved = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(moved[:, :2] / moved[:, 2:])


def _outline(boxes: Boxes, steps: int = 8) -> NDArray[np.float64]:
    """Points on the outline of every box: (n, 4 * steps, 2)."""
    t = np.arange(steps) / steps
    one, zero = np.ones(steps), np.zeros(steps)
    u, v = np.concatenate([t, one, 1 - t, zero]), np.concatenate([zero, t, one, 1 - t])
    x1, y1, x2, y2 = (boxes[:, i : i + 1].astype(np.float64) for i in range(4))
    return np.stack([x1 + (x2 - x1) * u, y1 + (y2 - y1) * v], axis=-1)


def moved_boxes(
    boxes: Boxes, move: Callable[[NDArray[np.float64]], NDArray[np.float64]], height: int, width: int
) -> Boxes:
    """Boxes around the moved outlines, clipped to the picture; those that left it are dropped."""
    outlines = _outline(boxes)
    moved = move(outlines.reshape(-1, 2)).reshape(outlines.shape)
    low = np.clip(moved.min(axis=1), 0, [width - 1, height - 1])
    high = np.clip(moved.max(axis=1), 0, [width - 1, height - 1])
    kept = np.all(high - low >= _MIN_BOX_PX, axis=1)
    return np.concatenate([low, high], axis=1)[kept].astype(np.float32)


def backward(matrix: Matrix, height: int, width: int) -> tuple[Light, Light]:
    """Where each pixel of the moved picture comes from: two float32 (h, w) maps in px."""
    back = np.linalg.inv(matrix)
    back /= back[2, 2]
    y, x = np.arange(height), np.arange(width)
    if back[2, 0] == 0 and back[2, 1] == 0:
        return _plane(back[0], x, y), _plane(back[1], x, y)
    away = 1.0 / _plane(back[2], x, y)
    return _plane(back[0], x, y) * away, _plane(back[1], x, y) * away


def _plane(row: NDArray[np.float64], x: NDArray[np.int_], y: NDArray[np.int_]) -> Light:
    """row[0] x + row[1] y + row[2] over the picture, float32."""
    across, down = (row[0] * x).astype(np.float32), (row[1] * y + row[2]).astype(np.float32)
    return np.asarray(across[None, :] + down[:, None])


def _sampled(frame: Frame, map_x: Light, map_y: Light, how: int, energy: float) -> Frame:
    """The frame and its mask at the given source positions.

    The border mirrors what is next to it, unless that would show the defect a second time: then it repeats the
    outermost pixels.
    """
    mask, border = frame.mask, cv2.BORDER_REFLECT_101
    if mask is not None:
        flat = mask.astype(np.uint8)
        shown, mirrored = (
            cv.remapped(flat, map_x, map_y, cv2.INTER_NEAREST, mode)
            for mode in (cv2.BORDER_CONSTANT, cv2.BORDER_REFLECT_101)
        )
        border = cv2.BORDER_REFLECT_101 if np.array_equal(shown, mirrored) else cv2.BORDER_REPLICATE
        mask = shown.astype(np.bool_)
    light = cv.remapped(frame.light, map_x, map_y, how, border)
    if how == cv2.INTER_CUBIC and light.dtype != np.uint8:
        np.maximum(light, np.float32(min(float(frame.light.min()), 0.0)), out=light)  # no overshoot below black
    return replace(averaged(frame, light, energy), mask=mask)


def moved(frame: Frame, matrix: Matrix) -> Frame:
    """The frame through a homography, bicubic; mask by nearest neighbour, boxes by their outlines."""
    height, width = frame.size

    done = _sampled(frame, *backward(matrix, height, width), cv2.INTER_CUBIC, CUBIC_ENERGY)
    if frame.boxes is None:
        return done
    boxes = moved_boxes(frame.boxes, lambda points: points_through(matrix, points), height, width)
    return replace(done, boxes=boxes)


def remapped(frame: Frame, map_x: Light, map_y: Light) -> Frame:
    """The frame resampled at (map_x, map_y), float32 (h, w) source positions in px, bilinear."""
    height, width = frame.size

    done = _sampled(frame, map_x, map_y, cv2.INTER_LINEAR, LINEAR_ENERGY)
    if frame.boxes is None:
        return done
    boxes = moved_boxes(frame.boxes, lambda points: _forward(points, map_x, map_y), height, width)
    return replace(done, boxes=boxes)


def _forward(points: NDArray[np.float64], map_x: Light, map_y: Light) -> NDArray[np.float64]:
    """Where source points go under a backward map: fixed-point inversion, exact for smooth small moves."""
    target = points.astype(np.float32)
    found = target.copy()
    for _ in range(4):
        here = found[:, None]
        at = [cv.remapped(m, here, None, cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)[:, 0] for m in (map_x, map_y)]
        found = found + target - np.stack(at, axis=1)
    return found.astype(np.float64)


def extent(frame: Frame) -> NDArray[np.float64] | None:
    """Corners (n, 2) of all that is labelled, mask or boxes, in px; None where nothing is."""
    corners = []
    if frame.mask is not None and frame.mask.any():
        x, y, w, h = cv2.boundingRect(frame.mask.view(np.uint8))
        corners.append((x, y, x + w - 1, y + h - 1))
    if frame.boxes is not None:
        corners.extend(frame.boxes.tolist())
    if not corners:
        return None
    b = np.asarray(corners, dtype=np.float64)
    return np.concatenate([b[:, [0, 1]], b[:, [2, 1]], b[:, [0, 3]], b[:, [2, 3]]])


def safest(frame: Frame, candidates: list[Matrix]) -> int:
    """Index of the first candidate that keeps every labelled corner in the picture, else the one that loses least.

    Candidates are the drawn direction and its mirror images at the strongest level, so that the choice is the
    same at every severity: pose must not push the defect out of sight.
    """
    corners = extent(frame)
    if corners is None:
        return 0
    height, width = frame.size
    far = np.array([width - 1, height - 1])
    outside = []
    for matrix in candidates:
        moved_corners = points_through(matrix, corners)
        outside.append(float(np.sum(np.maximum(-moved_corners, 0) + np.maximum(moved_corners - far, 0))))
    return int(np.argmin(outside))
