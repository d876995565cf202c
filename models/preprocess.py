"""From a picture in its native depth to the tensor a member was trained on, as its card says.

The picture is resized in its own integer depth, as whoever trains with cv2 or Pillow does: within one grey level of a
resize in float, and 8-bit pictures stay 8-bit until the last step. All that follows is a look-up table per channel,
built once per card and depth in float32, so the numbers are exactly those of `((x / white) * scale - mean) / std`.

Filters are OpenCV's: `bilinear` is cv2.INTER_LINEAR, which does not smooth before it shrinks (as PyTorch's
`interpolate` without antialias); `area` does.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import ModelError
from models.types import Card, Resize

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
Array = NDArray[Any]

DTYPES: dict[str, type[np.generic]] = {"float32": np.float32, "float16": np.float16, "uint8": np.uint8}
FILTERS = {
    "nearest": cv2.INTER_NEAREST,
    "bilinear": cv2.INTER_LINEAR,
    "bicubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
    "lanczos": cv2.INTER_LANCZOS4,
}
COLOURS = {"RGB": (0, 1, 2), "BGR": (2, 1, 0), "GRAY": (0,)}
"""For each colour order, the plane of an RGB picture that becomes channel 0, 1, 2."""


def preprocess(pixels: Pixels, bits: int, card: Card) -> NDArray[np.generic]:
    """One picture as the model takes it: (channels, height, width), or (height, width, channels) for NHWC.

    `pixels` is (h, w) mono or (h, w, 3) RGB; uint8 with `bits` 8, or uint16 with `bits` 9 to 16. Mono is repeated for
    a colour model; colour becomes grey by BT.601 luma. `mean` and `std` follow the model's channel order.
    Raises ModelError for any other shape, dtype or depth.
    """
    out = np.empty(input_shape(card), DTYPES[card.dtype])
    _fill(out, pixels, bits, card)
    return out


def preprocess_batch(pictures: Sequence[Pixels], bits: int, card: Card) -> NDArray[np.generic]:
    """`preprocess` of each picture, stacked: (n, ...). The pictures may differ in size."""
    out = np.empty((len(pictures), *input_shape(card)), DTYPES[card.dtype])
    for row, pixels in zip(out, pictures, strict=True):
        _fill(row, pixels, bits, card)
    return out


def input_shape(card: Card) -> tuple[int, int, int]:
    """One picture's shape at the model's input, without the batch axis."""
    channels = len(COLOURS[card.colour])
    if card.layout == "NHWC":
        return card.height, card.width, channels
    return channels, card.height, card.width


def placement(height: int, width: int, card: Card) -> tuple[int, int, int, int]:
    """Where a (height, width) picture lands: its resized height and width, then top and left in the model's input.

    STRETCH fills the input; LETTERBOX keeps the proportions inside it, centred; CROP keeps them outside it, centred,
    so that top and left are zero or negative.
    """
    if card.resize is Resize.STRETCH:
        return card.height, card.width, 0, 0
    choose = min if card.resize is Resize.LETTERBOX else max
    ratio = choose(card.height / height, card.width / width)
    tall, wide = max(1, round(height * ratio)), max(1, round(width * ratio))
    return tall, wide, (card.height - tall) // 2, (card.width - wide) // 2


def _fill(out: Array, pixels: Pixels, bits: int, card: Card) -> None:
    _check(pixels, bits)
    planes = _planes(_sized(pixels, bits, card), card.colour)
    tables = _tables(card, bits)
    channels = out if card.layout == "NCHW" else out.transpose(2, 0, 1)
    for channel, plane, table in zip(channels, planes, tables, strict=True):
        _look_up(plane, table, channel)


def _check(pixels: Pixels, bits: int) -> None:
    depth = bits == 8 if pixels.dtype == np.uint8 else pixels.dtype == np.uint16 and 8 < bits <= 16
    shape = pixels.ndim == 2 or pixels.shape[2:] == (3,)
    if not (depth and shape and pixels.size):
        raise ModelError(
            f"cannot feed a {pixels.dtype} picture of shape {pixels.shape} and {bits} bits to a model",
            mend="give (h, w) mono or (h, w, 3) RGB as uint8 with 8 bits, or as uint16 with 9 to 16",
        )


def _sized(pixels: Array, bits: int, card: Card) -> Array:
    """The picture at the model's size, in its own dtype, rounded to its own levels."""
    height, width = pixels.shape[:2]
    tall, wide, top, left = placement(height, width, card)
    if (tall, wide) != (height, width):
        pixels = cv2.resize(np.ascontiguousarray(pixels), (wide, tall), interpolation=FILTERS[card.filter])
    if (tall, wide) == (card.height, card.width):
        return pixels
    if card.resize is Resize.CROP:
        return pixels[-top : -top + card.height, -left : -left + card.width]
    canvas = np.full((card.height, card.width, *pixels.shape[2:]), round(card.pad * (2**bits - 1)), pixels.dtype)
    canvas[top : top + tall, left : left + wide] = pixels
    return canvas


def _planes(pixels: Array, colour: str) -> list[Array]:
    """One (height, width) plane per channel of the model."""
    if pixels.ndim == 2:
        return [np.ascontiguousarray(pixels)] * len(COLOURS[colour])
    if colour == "GRAY":
        return [cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)]
    return [cv2.extractChannel(pixels, index) for index in COLOURS[colour]]


def _look_up(plane: Array, table: Array, out: Array) -> None:
    """out[...] = table[plane]; a level above white (a bicubic overshoot in 16 bit) counts as white."""
    if plane.dtype == np.uint8 and table.dtype != np.float16 and out.flags.c_contiguous:
        cv2.LUT(plane, table, dst=out)  # three times as fast as numpy's take, the same numbers
    else:
        np.take(table, plane, out=out, mode="clip")


@lru_cache(maxsize=64)
def _tables(card: Card, bits: int) -> tuple[Array, ...]:
    """Per channel, the model's number for each grey level: (2**bits,) of the card's dtype."""
    unit = np.arange(2**bits, dtype=np.float32) / np.float32(2**bits - 1) * np.float32(card.scale)
    channels = len(COLOURS[card.colour])
    means, stds = per_channel(card.mean, channels), per_channel(card.std, channels)
    return tuple(
        _cast((unit - np.float32(mean)) / np.float32(std), card.dtype) for mean, std in zip(means, stds, strict=True)
    )


def per_channel(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    """`mean` or `std` for each channel: one number serves them all, a grey model takes the first of three."""
    return values * channels if len(values) == 1 else values[:channels]


def _cast(table: Array, dtype: str) -> Array:
    """To the model's dtype; whole numbers are rounded, for 7/255*255 is not quite 7 in float32."""
    if dtype == "uint8":
        return np.clip(np.rint(table), 0, 255).astype(np.uint8)
    return table.astype(DTYPES[dtype])
