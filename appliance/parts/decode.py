"""Decode one part image to native pixels, or refuse it by name.

Pixels come as they are stored: 16 bit stay 16 bit, an EXIF orientation is ignored (an inspection camera has none, and
a model was trained on stored pixels). An alpha channel is dropped where it is opaque and refused where it is not.
"""

import io
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from appliance.errors import InputRefused
from appliance.parts.header import COPY_AGAIN, PNG_MAGIC, Refusal, bmp, jpeg, png, webp
from appliance.parts.header import Header as Header
from appliance.parts.tiff import tiff
from perturb.types import Pixels

MAX_PIXELS = 50_000_000  # two and a half times the largest camera the product is made for
MAX_BYTES = 400 << 20
MAX_SIDE = 1 << 16

# Before cv2 is imported: it reads them once. The header check comes first; this is the second fence.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_WIDTH", str(MAX_SIDE))
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_HEIGHT", str(MAX_SIDE))
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # what it says of a damaged file is said by us, with its name


@dataclass(frozen=True)
class Decoded:
    """A picture: (height, width) or (height, width, 3) RGB, uint8 or uint16; `bits` is the depth in use."""

    pixels: Pixels
    bits: int


@dataclass(frozen=True)
class Format:
    """A picture format: how its files begin, the suffixes they carry, and the reader of its header."""

    name: str
    starts: tuple[bytes, ...]
    suffixes: frozenset[str]
    header: Callable[[bytes], Header]


FORMATS = (
    Format("PNG", (PNG_MAGIC,), frozenset({".png"}), png),
    Format("JPEG", (b"\xff\xd8\xff",), frozenset({".jpg", ".jpeg"}), jpeg),
    Format("BMP", (b"BM",), frozenset({".bmp"}), bmp),
    Format("TIFF", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), frozenset({".tif", ".tiff"}), tiff),
    Format("WebP", (b"RIFF",), frozenset({".webp"}), webp),
)


def decode(path: Path, bits: int | None = None) -> Decoded:
    """The native pixels of one picture file.

    bits: the depth the site says its camera has (8 to 16), or None to take the file's (8 or 16).
    Raises InputRefused naming the file and the fix: unreadable, truncated, damaged, too large, several pictures in
    one, CMYK, transparent, not of the site's depth, or content that is not what the suffix says.
    """
    try:
        data = read_bytes(path)
        header = check(data, path.suffix.lower())
        pixels = _pixels(data, header)
        return Decoded(pixels, _depth(pixels, bits))
    except Refusal as refusal:
        raise InputRefused(refusal.what, file=str(path), mend=refusal.mend) from refusal


def read_header(path: Path) -> Header:
    """Size and depth of a picture file that is complete, without decoding it. Raises InputRefused as `decode` does."""
    try:
        return check(read_bytes(path), path.suffix.lower())
    except Refusal as refusal:
        raise InputRefused(refusal.what, file=str(path), mend=refusal.mend) from refusal


def check(data: bytes, suffix: str) -> Header:
    """The header of a picture file, once it is complete and of a size that can be held. Raises Refusal."""
    if not data:
        raise Refusal("0 bytes", COPY_AGAIN)
    form = next((form for form in FORMATS if data.startswith(form.starts)), None)
    if form is None or (form.name == "WebP" and data[8:12] != b"WEBP"):
        raise Refusal("not a BMP, PNG, JPEG, TIFF or WebP picture", "export it as one of them")
    if suffix not in form.suffixes:
        raise Refusal(f"its content is {form.name}, its name ends in {suffix}", "rename it to what it is")
    header = form.header(data)
    _check_size(header)
    return header


def _check_size(header: Header) -> None:
    if header.width < 1 or header.height < 1:
        raise Refusal(f"{header.width} x {header.height} pixels")
    if header.width * header.height > MAX_PIXELS or max(header.width, header.height) > MAX_SIDE:
        size = f"{header.width} x {header.height} pixels"
        raise Refusal(f"{size} is over the limit of {MAX_PIXELS // 10**6} megapixels", "cut or scale it")


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file; never waits on a fifo or a device. Raises Refusal."""
    try:
        with io.FileIO(path, "rb", opener=_never_wait) as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise Refusal("not a regular file", "move it out of the parts folder")
            if facts.st_size > MAX_BYTES:
                what = f"{facts.st_size >> 20} MiB is over the limit of {MAX_BYTES >> 20} MiB"
                raise Refusal(what, "export it again")
            return file.readall()
    except OSError as error:
        raise Refusal(f"cannot be read: {error.strerror}", "check the file and the disk") from error


def _never_wait(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _pixels(data: bytes, header: Header) -> Pixels:
    import cv2

    flags = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise Refusal(f"cannot be decoded: {' '.join(str(error.err).split())}") from error
    if decoded is None:
        raise Refusal("damaged: cannot be decoded", COPY_AGAIN)
    if decoded.shape[:2] != (header.height, header.width):
        raise Refusal("damaged: decodes to another size than its header says")
    if decoded.dtype not in (np.uint8, np.uint16):
        raise Refusal(f"pixels of type {decoded.dtype}", "export it as 8 or 16 bit unsigned")
    return _channels(cast(Pixels, decoded), header)


def _channels(decoded: Pixels, header: Header) -> Pixels:
    """Mono as (h, w), colour as contiguous (h, w, 3) RGB."""
    import cv2

    if decoded.ndim == 2:
        return decoded
    if decoded.shape[2] not in (3, 4):
        raise Refusal(f"{decoded.shape[2]} channels", "export it as grey or RGB")
    if decoded.shape[2] == 4 and header.alpha and bool((decoded[..., 3] != np.iinfo(decoded.dtype).max).any()):
        raise Refusal("transparent pixels", "flatten it onto its background")
    if header.channels == 1:
        return cast(Pixels, np.ascontiguousarray(decoded[..., 0]))
    if decoded.shape[2] == 4:
        return cast(Pixels, cv2.cvtColor(decoded, cv2.COLOR_BGRA2RGB))
    return cast(Pixels, cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB, dst=decoded))


def _depth(pixels: Pixels, bits: int | None) -> int:
    """The depth in use. Raises Refusal where the picture is not of the depth asked for."""
    stored = 8 * pixels.itemsize
    if bits is None or bits == stored:
        return stored
    if (bits > 8) != (stored > 8):
        raise Refusal(f"{stored} bit where the site has {bits} bit", "export it at the camera's own depth")
    if int(pixels.max()) >> bits:
        raise Refusal(f"brighter than {bits} bit can hold", "correct [camera] bits in site.toml")
    return bits
