"""OpenCV's calls with the types that hold here: its own stubs lose the dtype of what goes in."""

from functools import lru_cache
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


@lru_cache(maxsize=1)
def _wide_lut() -> bool:
    """Whether this OpenCV looks up 16-bit indices (since 4.13 and 5.0)."""
    try:
        cv2.LUT(np.zeros((1, 1), np.uint16), np.zeros((1, 65536), np.uint8))
    except cv2.error:
        return False
    return True


def gathered(index: NDArray[np.uint16], table: Pixels) -> Pixels:
    """table[index] into 65,536 entries, by the fastest way that this OpenCV has."""
    if _wide_lut():
        return as_pixels(cv2.LUT(index, table.reshape(1, -1)).reshape(index.shape))
    return table[index]


def mixed(one: Light, share: float, other: Light, rest: float) -> Light:
    """share * one + rest * other in one pass."""
    return cast("Light", cv2.addWeighted(one, share, other, rest, 0.0))


def in_colour(field: Light) -> Light:
    """A (h, w) or (h, w, 1) field three times side by side, (h, w, 3): far faster than broadcasting over channels."""
    return cast("Light", cv2.cvtColor(field, cv2.COLOR_GRAY2RGB))


def paired(low: NDArray[np.uint8], high: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """256 * high + low of two byte arrays of the same shape."""
    flat = [np.ascontiguousarray(plane).reshape(plane.shape[0], -1) for plane in (low, high)]
    return np.asarray(cv2.merge(flat)).view("<u2").reshape(low.shape)
