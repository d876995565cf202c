"""OpenCV's calls with the types that hold here: its own stubs lose the dtype of what goes in."""

from typing import Any, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb.types import Pixels

Light = NDArray[np.float32]
"""Linear light or a field over the picture: float32, (h, w) or (h, w, 3)."""

A = TypeVar("A", bound=NDArray[Any])


def lut(pixels: NDArray[np.uint8], table: A) -> A:
    """table[pixels] for uint8 pixels; a table of (1, 256, 3) has one column per channel."""
    return cast("A", cv2.LUT(pixels, table).reshape(pixels.shape))


def filtered(array: Light, kernel: Light) -> Light:
    """Correlation with a centred kernel; the border mirrors what is next to it."""
    return cast("Light", cv2.filter2D(array, -1, kernel, borderType=cv2.BORDER_REFLECT_101))


def gaussian(array: Light, sigma: float) -> Light:
    """Gaussian blur of `sigma` px; the border mirrors what is next to it."""
    return cast("Light", cv2.GaussianBlur(array, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101))


def resized(array: A, height: int, width: int, how: int = cv2.INTER_LINEAR) -> A:
    """The array at another size by an OpenCV interpolation."""
    return cast("A", cv2.resize(array, (width, height), interpolation=how))


def remapped(array: A, map_x: Light, map_y: Light | None, how: int, border: int) -> A:
    """Samples at (map_x, map_y), or at the pairs in map_x where map_y is None."""
    return cast("A", cv2.remap(array, map_x, cast("Light", map_y), how, borderMode=border))


def warped(array: A, matrix: NDArray[np.float64], how: int, border: int) -> A:
    """Through a 3 x 3 homography from old to new positions, same size; affine where it can be."""
    size = (array.shape[1], array.shape[0])
    if np.array_equal(matrix[2], (0.0, 0.0, 1.0)):
        return cast("A", cv2.warpAffine(array, matrix[:2], size, flags=how, borderMode=border))
    return cast("A", cv2.warpPerspective(array, matrix, size, flags=how, borderMode=border))


def as_pixels(array: Any) -> Pixels:
    """Names an array as a picture where numpy's types have lost it."""
    return cast("Pixels", array)
