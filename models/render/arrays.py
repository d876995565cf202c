"""OpenCV calls on float32 fields, under the types this package uses."""

import cv2
import numpy as np

from models.render.types import Field


def magnitude(x: Field, y: Field) -> Field:
    """Length of (x, y), per pixel."""
    return np.asarray(cv2.magnitude(x, y), np.float32)


def phase(x: Field, y: Field) -> Field:
    """Angle of (x, y), 0 to 2 pi, per pixel."""
    return np.asarray(cv2.phase(x, y), np.float32)


def blur(field: Field, across: float, down: float | None = None) -> Field:
    """Gaussian blur; `across` and `down` are deviations in px along x and y."""
    return np.asarray(cv2.GaussianBlur(field, (0, 0), across, sigmaY=across if down is None else down), np.float32)


def blur_rows(field: Field, deviation: float, reach: int) -> Field:
    """Gaussian blur over `reach` rows (odd) only."""
    return np.asarray(cv2.GaussianBlur(field, (1, reach), deviation), np.float32)


def sample(table: Field, column: Field, row: Field) -> Field:
    """Linear look-up in a table at fractional columns and rows; 0 outside it."""
    return np.asarray(
        cv2.remap(table, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0), np.float32
    )


def resize(field: Field, width: int, height: int, how: int = cv2.INTER_LINEAR) -> Field:
    """The field at another size."""
    return np.asarray(cv2.resize(field, (width, height), interpolation=how), np.float32)
