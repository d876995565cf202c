"""Read what a picture file says of itself before any decoder sees it: size, depth, channels, completeness.

OpenCV decodes truncated files silently, allocates whatever a header asks for, and turns several pictures into one.
So the header is read here first; each reader raises `Refusal` with what is wrong and how to mend it. Specifications:
PNG (ISO/IEC 15948), JPEG (ITU-T T.81 annex B), BMP (Microsoft's BITMAPINFOHEADER), WebP (RFC 9649).
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Header:
    """What a picture file says of itself. `channels` (1 or 3) and `bits` (8 or 16) are what a decoder will give."""

    width: int
    height: int
    channels: int
    bits: int
    alpha: bool = False


class Refusal(ValueError):
    """A picture file that cannot be a part: what is wrong and how to mend it."""

    def __init__(self, what: str, mend: str = "export the picture again") -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


COPY_AGAIN = "copy the picture again from its source"


def truncated() -> Refusal:
    """The file ends before its picture does."""
    return Refusal("truncated", COPY_AGAIN)


PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
PNG_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 1, 6: 3}  # colour type -> channels; 3 is a palette of colours


def png(data: bytes) -> Header:
    """PNG: every chunk complete with its checksum, one frame, IEND at the end."""
    head: Header | None = None
    kind = b""
    for kind, body in _png_chunks(data):
        if head is None:
            head = _png_head(kind, body)
        elif kind == b"acTL":
            raise Refusal("animated", "export a single still picture")
        elif kind == b"tRNS":
            head = Header(head.width, head.height, head.channels, head.bits, alpha=True)
    if head is None or kind != b"IEND":
        raise truncated()
    return head


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG_MAGIC)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise truncated()
        if zlib.crc32(memoryview(data)[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            raise Refusal("damaged: a checksum differs", COPY_AGAIN)
        yield kind, data[at + 8 : end - 4] if kind == b"IHDR" else b""
        if kind == b"IEND":
            return
        at = end


def _png_head(kind: bytes, body: bytes) -> Header:
    if kind != b"IHDR" or len(body) != 13:
        raise Refusal("damaged: the PNG does not start with its header")
    width, height, depth, colour = struct.unpack_from(">IIBB", body)
    if colour not in PNG_CHANNELS:
        raise Refusal(f"damaged: PNG colour type {colour} does not exist")
    return Header(width, height, PNG_CHANNELS[colour], 16 if depth == 16 else 8, alpha=colour in (4, 6))


SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # start of frame, less DHT, JPG and DAC
SOS = 0xDA
STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})


def jpeg(data: bytes) -> Header:
    """JPEG: 8 bit, one or three components, and an end marker behind the scan."""
    head: Header | None = None
    for marker, start, end in _jpeg_segments(data):
        if marker in SOF:
            head = _jpeg_frame(data[start:end])
        if marker == SOS:
            if head is None:
                raise Refusal("damaged: the JPEG has no frame header")
            if data.find(b"\xff\xd9", end) < 0:
                raise truncated()
            return head
    raise truncated()


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, first byte, end) of each segment up to the scan."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise Refusal("damaged: a JPEG marker is missing", COPY_AGAIN)
        marker = data[at + 1]
        if marker == 0xFF or marker in STANDALONE:
            at += 1 if marker == 0xFF else 2
            continue
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if end > len(data):
            raise truncated()
        yield marker, at + 4, end
        at = end


def _jpeg_frame(body: bytes) -> Header:
    if len(body) < 6:
        raise truncated()
    bits, height, width, components = struct.unpack_from(">BHHB", body)
    if components == 4:
        raise Refusal("CMYK", "export it as grey or RGB")
    if bits != 8 or components not in (1, 3):
        raise Refusal(f"a JPEG of {bits} bit and {components} components", "export it as 8-bit grey or RGB")
    return Header(width, height, components, 8)


def bmp(data: bytes) -> Header:
    """BMP: uncompressed, with all of its rows."""
    if len(data) < 54:
        raise truncated()
    offset, size, width, height, _, depth, packing = struct.unpack_from("<IIiiHHI", data, 10)
    if size < 40 or depth not in (1, 4, 8, 16, 24, 32) or width <= 0:
        raise Refusal("damaged: the BMP header is not valid")
    if packing not in (0, 3):
        raise Refusal("a compressed BMP", "export it uncompressed, or as PNG")
    row = (width * depth + 31) // 32 * 4
    if offset + row * abs(height) > len(data):
        raise truncated()
    palette = data[14 + size : min(offset, 14 + size + (4 << depth))] if depth <= 8 else b""
    grey = depth <= 8 and palette[0::4] == palette[1::4] == palette[2::4]
    return Header(width, abs(height), 1 if grey else 3, 8)


def webp(data: bytes) -> Header:
    """WebP: one frame, as long as its header says."""
    if len(data) < 30 or struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
        raise truncated()
    kind = data[12:16]
    if kind not in WEBP_HEADS:
        raise Refusal("damaged: the WebP has no picture")
    return WEBP_HEADS[kind](data)


def _vp8(data: bytes) -> Header:
    width, height = struct.unpack_from("<HH", data, 26)
    return Header(width & 0x3FFF, height & 0x3FFF, 3, 8)


def _vp8l(data: bytes) -> Header:
    packed = struct.unpack_from("<I", data, 21)[0]
    return Header((packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1, 3, 8, alpha=bool(packed >> 28 & 1))


def _vp8x(data: bytes) -> Header:
    if data[20] & 0x02:
        raise Refusal("animated", "export a single still picture")
    width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    return Header(width, height, 3, 8, alpha=bool(data[20] & 0x10))


WEBP_HEADS: dict[bytes, Callable[[bytes], Header]] = {b"VP8 ": _vp8, b"VP8L": _vp8l, b"VP8X": _vp8x}
