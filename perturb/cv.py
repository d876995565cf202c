"""OpenCV's calls with the types that hold here: its own stubs lose the dtype of what goes in."""

import math
import threading
from functools import lru_cache
from io import BytesIO
from typing import Any, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb.types import Pixels

Light = NDArray[np.float32]
"""Linear light or a field over the picture: float32, (h, w) or (h, w, 3)."""

A = TypeVar("A", bound=NDArray[Any])


def lut(pixels: NDArray[np.uint8], table: A, out: A | None = None) -> A:
    """table[pixels] for uint8 pixels; a table of (1, 256, 3) has one column per channel."""
    if table.dtype == np.uint8 and table.ndim == 1:
        return cast("A", _translated(pixels, table))
    return cast("A", cv2.LUT(pixels, table, dst=out).reshape(pixels.shape))


def _translated(pixels: NDArray[np.uint8], table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Byte to byte by stringzilla, three times as fast as OpenCV, which stands in where it is not installed."""
    try:
        import stringzilla
    except ModuleNotFoundError:
        return cast("NDArray[np.uint8]", cv2.LUT(pixels, table).reshape(pixels.shape))
    flat = np.ascontiguousarray(pixels).reshape(-1)
    # What translate returns cannot be written to; a BytesIO that alone holds it lends it for writing without a copy.
    held = BytesIO(stringzilla.translate(flat.data, np.ascontiguousarray(table).data))
    return np.frombuffer(held.getbuffer(), np.uint8).reshape(pixels.shape)


def filtered(array: A, kernel: Light) -> A:
    """Correlation with a centred kernel; the border mirrors what is next to it. Bytes are rounded once."""
    if array.dtype != np.uint8:
        return cast("A", cv2.filter2D(array, -1, kernel, borderType=cv2.BORDER_REFLECT_101))
    done = np.empty_like(array)
    reach = kernel.shape[0] // 2
    for rows in strips(array):
        top = max(0, rows.start - reach)
        part = floats(array[top : rows.stop + reach])
        blurred = cv2.filter2D(part, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
        _bytes(blurred[rows.start - top :][: rows.stop - rows.start], done[rows])
    return cast("A", done)


def floats(array: NDArray[Any]) -> Light:
    """The array as float32, which OpenCV filters and samples faster than bytes."""
    return array.astype(np.float32, copy=False)


def _bytes(array: Any, out: NDArray[np.uint8]) -> None:
    """Floats, none negative, rounded and clipped to bytes."""
    cv2.convertScaleAbs(array, dst=out)


def to_bytes(array: Light, scale: float, out: NDArray[np.uint8]) -> None:
    """scale * array rounded and clipped to bytes; below zero is zero."""
    cv2.convertScaleAbs(np.maximum(array, np.float32(0), out=scratch("bytes", array.shape)), dst=out, alpha=scale)


_local = threading.local()


def scratch(slot: str, shape: tuple[int, ...]) -> Light:
    """Float32 memory of this thread for one strip, kept from call to call: fresh pages cost more than the sums.

    What a slot held is gone when the slot is asked for again; nothing of it may leave the strip.
    """
    count = math.prod(shape)
    held: Light | None = getattr(_local, slot, None)
    if held is None or held.size < count:
        held = np.empty(count, np.float32)
        setattr(_local, slot, held)
    return held[:count].reshape(shape)


_STRIP_VALUES = 1 << 17


def strips(array: NDArray[Any]) -> list[slice]:
    """Rows in strips of about 131,072 values, which stay in cache from one step to the next."""
    height = array.shape[0]
    step = max(1, _STRIP_VALUES // max(1, array[0].size))
    return [slice(top, min(top + step, height)) for top in range(0, height, step)]


def gaussian(array: Light, sigma: float) -> Light:
    """Gaussian blur of `sigma` px; the border mirrors what is next to it."""
    return cast("Light", cv2.GaussianBlur(array, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101))


def resized(array: A, height: int, width: int, how: int = cv2.INTER_LINEAR) -> A:
    """The array at another size by an OpenCV interpolation."""
    return cast("A", cv2.resize(array, (width, height), interpolation=how))


def remapped(array: A, map_x: Light, map_y: Light | None, how: int, border: int) -> A:
    """Samples at (map_x, map_y), or at the pairs in map_x where map_y is None; bytes are rounded once."""
    if how == cv2.INTER_CUBIC and map_y is not None and array.dtype == np.uint8:
        source, done = floats(array), np.empty_like(array)
        for rows in strips(array):
            part = cv2.remap(source, map_x[rows], map_y[rows], how, borderMode=border)
            _bytes(np.maximum(part, 0, out=part), done[rows])
        return cast("A", done)
    return cast("A", cv2.remap(array, map_x, cast("Light", map_y), how, borderMode=border))


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


def gathered(index: NDArray[np.uint16], table: Pixels, out: Pixels | None = None) -> Pixels:
    """table[index] into 65,536 entries, by the fastest way that this OpenCV has; into `out` where it is given."""
    if _wide_lut():
        done = cv2.LUT(index, table.reshape(1, -1), dst=out)
        return as_pixels(done.reshape(index.shape))
    return as_pixels(np.take(table.reshape(-1), index, out=out))


def mixed(one: Light, share: float, other: Light, rest: float) -> Light:
    """share * one + rest * other in one pass."""
    return cast("Light", cv2.addWeighted(one, share, other, rest, 0.0))


def in_colour(field: Light, out: Light | None = None) -> Light:
    """A (h, w) or (h, w, 1) field three times side by side, (h, w, 3): far faster than broadcasting over channels."""
    return cast("Light", cv2.cvtColor(field, cv2.COLOR_GRAY2RGB, dst=out))


def paired(low: NDArray[np.uint8], high: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """256 * high + low of two byte arrays of the same shape."""
    flat = [np.ascontiguousarray(plane).reshape(plane.shape[0], -1) for plane in (low, high)]
    return np.asarray(cv2.merge(flat)).view("<u2").reshape(low.shape)
