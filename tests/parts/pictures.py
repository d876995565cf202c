"""Small pictures for tests, and every kind of picture that must cost one named row."""

import os
import socket
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.parts.header import PNG_MAGIC


def pixels(seed: int = 0, height: int = 24, width: int = 32, channels: int = 3, bits: int = 8) -> NDArray[np.generic]:
    """A random picture, (height, width) or (height, width, 3) RGB."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    values = np.random.default_rng(seed).integers(0, 1 << bits, shape)
    return values.astype(np.uint8 if bits <= 8 else np.uint16)


def encode(picture: NDArray[np.generic], suffix: str) -> bytes:
    """The bytes of a picture file; WebP without loss."""
    stored = picture[..., ::-1] if picture.ndim == 3 else picture
    options = [cv2.IMWRITE_WEBP_QUALITY, 101] if suffix == ".webp" else []
    return bytes(cv2.imencode(suffix, np.ascontiguousarray(stored), options)[1])


def save(path: Path, picture: NDArray[np.generic] | None = None) -> Path:
    """Write a picture (a random one by default) under any folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(pixels() if picture is None else picture, path.suffix.lower()))
    return path


def chunk(kind: bytes, body: bytes) -> bytes:
    """One PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, depth: int, colour: int, rows: bytes, extra: bytes = b"") -> bytes:
    """A PNG put together by hand."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return PNG_MAGIC + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff(tags: dict[int, tuple[int, int]], body: bytes, following: int = 0) -> bytes:
    """A little-endian TIFF with SHORT or LONG tags; tag 273 (strip offset) is filled in."""
    tags = dict(sorted({**tags, 273: (4, 0), 279: (4, len(body))}.items()))
    start = 8 + 2 + 12 * len(tags) + 4
    tags[273] = (4, start)
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, (kind, value) in tags.items())
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", following) + body


GREY = {256: (3, 4), 257: (3, 4), 258: (3, 8), 259: (3, 1), 262: (3, 1), 277: (3, 1)}


def _write(data: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(data) and None


def _cut(suffix: str) -> Callable[[Path], None]:
    data = encode(pixels(), suffix)
    return _write(data[: len(data) * 2 // 3])


def _flipped(path: Path) -> None:
    data = bytearray(encode(pixels(), ".png"))
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the path of a socket is at most 108 bytes long
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    finally:
        os.chdir(here)


def _animated_webp(path: Path) -> None:
    animation = cv2.Animation()
    animation.frames = [np.ascontiguousarray(pixels(seed)) for seed in range(2)]
    animation.durations = [100, 100]
    cv2.imwriteanimation(str(path), animation)


def _pages(path: Path) -> None:
    cv2.imwritemulti(str(path), [pixels(0), pixels(1)])


def _outside(path: Path) -> None:
    target = save(path.parents[2] / "elsewhere.png")
    path.symlink_to(target)


def _bomb() -> bytes:
    """A megabyte that asks for 3 GB: every row of 32000 x 32000 RGB pixels is there."""
    packer = zlib.compressobj(9)
    row = bytes(1 + 3 * 32000)
    body = b"".join(packer.compress(row) for _ in range(200)) + packer.flush()
    head = struct.pack(">IIBBBBB", 32000, 32000, 8, 2, 0, 0, 0)
    return PNG_MAGIC + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


CMYK_JPEG = (
    b"\xff\xd8\xff\xc0\x00\x14\x08\x00\x10\x00\x10\x04" + b"\x01\x11\0\x02\x11\0\x03\x11\0\x04\x11\0" + b"\xff\xd9"
)
JPEG_12_BIT = b"\xff\xd8\xff\xc1\x00\x0b\x0c\x00\x10\x00\x10\x01\x01\x11\0" + b"\xff\xd9"
BMP_BOMB = b"BM" + struct.pack("<IIIIiiHHIIIIII", 54, 0, 54, 40, 60000, 60000, 1, 24, 0, 0, 0, 0, 0, 0)
ANIMATED = png(8, 8, 8, 0, bytes(9 * 8), chunk(b"acTL", struct.pack(">II", 2, 0)))
SHORT_ROWS = png(8, 8, 8, 0, bytes(9 * 3))

Maker = Callable[[Path], object]

BAD: dict[str, tuple[str, Maker, str]] = {
    "truncated-jpeg": (".jpg", _cut(".jpg"), "truncated"),
    "truncated-png": (".png", _cut(".png"), "truncated"),
    "truncated-bmp": (".bmp", _cut(".bmp"), "truncated"),
    "truncated-tiff": (".tif", _cut(".tif"), "truncated"),
    "truncated-webp": (".webp", _cut(".webp"), "truncated"),
    "no-bytes": (".png", _write(b""), "0 bytes"),
    "png-bomb": (".png", _write(_bomb()), "megapixels"),
    "bmp-bomb": (".bmp", _write(BMP_BOMB), "truncated"),
    "fifo": (".png", os.mkfifo, "a fifo"),
    "socket": (".png", _socket, "a socket"),
    "folder": (".png", Path.mkdir, "a folder"),
    "link-loop": (".png", lambda path: path.symlink_to(path.name), "link"),
    "link-outside": (".png", _outside, "leaves the parts folder"),
    "link-to-nothing": (".png", lambda path: path.symlink_to("nothing.png"), "cannot be followed"),
    "link-to-device": (".png", lambda path: path.symlink_to("/dev/zero"), "leaves the parts folder"),
    "cmyk-jpeg": (".jpg", _write(CMYK_JPEG), "CMYK"),
    "cmyk-tiff": (".tif", _write(tiff({**GREY, 262: (3, 5), 277: (3, 4)}, bytes(64))), "CMYK"),
    "12-bit-jpeg": (".jpg", _write(JPEG_12_BIT), "12 bit"),
    "16-bit": (".png", lambda path: save(path, pixels(bits=16)), "16 bit where the site has 8 bit"),
    "float-tiff": (".tif", _write(tiff({**GREY, 258: (3, 32), 339: (3, 3)}, bytes(64))), "floating-point"),
    "12-bit-packed-tiff": (".tif", _write(tiff({**GREY, 258: (3, 12)}, bytes(24))), "12 bit a sample"),
    "animated-png": (".png", _write(ANIMATED), "animated"),
    "animated-webp": (".webp", _animated_webp, "animated"),
    "pages": (".tif", _pages, "several pages"),
    "wrong-suffix": (".png", _write(encode(pixels(), ".jpg")), "its content is JPEG"),
    "text": (".bmp", _write(b"this is no picture"), "not a BMP"),
    "transparent": (".png", lambda path: path.write_bytes(_transparent()), "transparent"),
    "flipped-bit": (".png", _flipped, "checksum"),
    "rows-missing": (".png", _write(SHORT_ROWS), "damaged"),
    "no-pixels": (".png", _write(png(0, 8, 8, 0, b"")), "0 x 8 pixels"),
}


def _transparent() -> bytes:
    return bytes(cv2.imencode(".png", pixels(channels=4))[1])
