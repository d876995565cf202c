"""Read a TIFF's first directory before the decoder does: size, depth, one page, all strips (TIFF 6.0, BigTIFF)."""

import struct
from dataclasses import dataclass

from appliance.parts.header import Header, Refusal, truncated

WIDTH, HEIGHT, BITS, PHOTOMETRIC, SAMPLES, EXTRA, FORMAT = 256, 257, 258, 262, 277, 338, 339
STRIPS, STRIP_BYTES, TILES, TILE_BYTES = 273, 279, 324, 325
WANTED = frozenset({WIDTH, HEIGHT, BITS, PHOTOMETRIC, SAMPLES, EXTRA, FORMAT, STRIPS, STRIP_BYTES, TILES, TILE_BYTES})
TYPES = {1: "B", 3: "H", 4: "I", 16: "Q"}  # the integer types a directory uses for these tags
MAX_COUNT = 1 << 20
PALETTE, CMYK = 3, 5


@dataclass(frozen=True)
class Shape:
    """How the numbers of a TIFF are laid out: classic or BigTIFF, and its byte order."""

    order: str
    big: bool

    @property
    def offset(self) -> str:
        """struct code of an offset."""
        return "Q" if self.big else "I"


def tiff(data: bytes) -> Header:
    """TIFF: one page of 8 or 16 bit unsigned grey or RGB, with all of its strips or tiles."""
    try:
        return _tiff(data)
    except struct.error as error:
        raise truncated() from error


def _tiff(data: bytes) -> Header:
    shape, first = _start(data)
    tags, following = _directory(data, shape, first)
    if following:
        raise Refusal("several pages", "export each page as a picture of its own")
    _check_samples(tags)
    _check_strips(tags, len(data))
    samples, extra = _one(tags, SAMPLES, 1), len(tags.get(EXTRA, ()))
    colours = 3 if _one(tags, PHOTOMETRIC, 1) == PALETTE else samples - extra
    if colours not in (1, 3) or extra > 1:
        raise Refusal(f"{samples} samples a pixel", "export it as grey or RGB")
    return Header(_one(tags, WIDTH), _one(tags, HEIGHT), colours, _one(tags, BITS, 1), alpha=extra == 1)


def _start(data: bytes) -> tuple[Shape, int]:
    order = "<" if data[:2] == b"II" else ">"
    version = struct.unpack_from(order + "H", data, 2)[0]
    big = version == 43
    return Shape(order, big), struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)[0]


def _directory(data: bytes, shape: Shape, at: int) -> tuple[dict[int, tuple[int, ...]], int]:
    """The wanted tags of the directory at `at`, and the offset of the next directory."""
    counter, entry = ("Q", 20) if shape.big else ("H", 12)
    count = struct.unpack_from(shape.order + counter, data, at)[0]
    if count > 4096:
        raise Refusal("damaged: the TIFF directory is not valid")
    at += struct.calcsize(shape.order + counter)
    tags = dict(filter(None, (_tag(data, shape, at + n * entry) for n in range(count))))
    return tags, struct.unpack_from(shape.order + shape.offset, data, at + count * entry)[0]


def _tag(data: bytes, shape: Shape, at: int) -> tuple[int, tuple[int, ...]] | None:
    tag, kind, count = struct.unpack_from(f"{shape.order}HH{shape.offset}", data, at)
    if tag not in WANTED or kind not in TYPES:
        return None
    if count > MAX_COUNT:
        raise Refusal("damaged: the TIFF directory is not valid")
    code = f"{shape.order}{count}{TYPES[kind]}"
    value = at + 4 + struct.calcsize(shape.order + shape.offset)
    if struct.calcsize(code) > struct.calcsize(shape.order + shape.offset):
        value = struct.unpack_from(shape.order + shape.offset, data, value)[0]
    return tag, struct.unpack_from(code, data, value)


def _one(tags: dict[int, tuple[int, ...]], tag: int, default: int | None = None) -> int:
    values = tags.get(tag, ())
    if values:
        return values[0]
    if default is None:
        raise Refusal("damaged: the TIFF does not give its size")
    return default


def _check_samples(tags: dict[int, tuple[int, ...]]) -> None:
    bits = set(tags.get(BITS, (1,)))
    if _one(tags, PHOTOMETRIC, 1) == CMYK:
        raise Refusal("CMYK", "export it as grey or RGB")
    if any(kind != 1 for kind in tags.get(FORMAT, (1,))):
        raise Refusal("signed or floating-point pixels", "export it as 8 or 16 bit unsigned")
    if bits not in ({8}, {16}):
        raise Refusal(f"{'/'.join(map(str, sorted(bits)))} bit a sample", "export it as 8 or 16 bit")


def _check_strips(tags: dict[int, tuple[int, ...]], size: int) -> None:
    where, lengths = tags.get(STRIPS) or tags.get(TILES, ()), tags.get(STRIP_BYTES) or tags.get(TILE_BYTES, ())
    if not where or len(where) != len(lengths):
        raise Refusal("damaged: the TIFF has no picture")
    if any(start + length > size for start, length in zip(where, lengths, strict=True)):
        raise truncated()
