"""Pictures on their way out: written to a file the user named, or encoded small for the report."""

import os
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from appliance.errors import MachineFailed, UsageError
from perturb.types import Pixels

SUFFIXES = (".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg", ".webp")
JPEG_QUALITY = 85


def write_picture(path: Path, pixels: Pixels) -> None:
    """Write RGB or mono pixels in the format the suffix names; 16 bit needs .png or .tif.

    Raises UsageError for a suffix that cannot hold the picture, MachineFailed where the disk refuses.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(f"no picture format is named {suffix or 'without a suffix'}", file=str(path), mend="use .png")
    if pixels.dtype == np.uint16 and suffix not in (".png", ".tif", ".tiff"):
        raise UsageError(f"{suffix} cannot hold 16 bit", file=str(path), mend="use .png or .tif")
    done, data = cv2.imencode(suffix, _bgr(pixels))
    if not done:
        raise MachineFailed("the picture could not be encoded", file=str(path))
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        half.write_bytes(data.tobytes())
        half.replace(path)
    except OSError as error:
        raise MachineFailed(f"cannot write: {error.strerror}", file=str(path), mend="choose another folder") from error


def thumbnail(pixels: Pixels, bits: int, side: int = 220) -> bytes:
    """A JPEG of at most `side` px, 8 bit, for the report."""
    scale = side / max(pixels.shape[:2])
    small = pixels
    if scale < 1:
        size = (max(round(pixels.shape[1] * scale), 1), max(round(pixels.shape[0] * scale), 1))
        small = cast(Pixels, cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    eight = small if small.dtype == np.uint8 else (small >> max(bits - 8, 0)).astype(np.uint8)
    return bytes(cv2.imencode(".jpg", _bgr(eight), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes())


def _bgr(pixels: Pixels) -> Pixels:
    return cast(Pixels, np.ascontiguousarray(pixels[..., ::-1])) if pixels.ndim == 3 else pixels
