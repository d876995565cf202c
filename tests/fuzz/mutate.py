"""Damage to bytes: what a bad disk, a bad cable or a bad person makes of a file."""

import random
import struct
import zlib
from collections.abc import Callable, Sequence

INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
WORDS = (
    b"-1",
    b"0",
    b"1e999",
    b"nan",
    b"inf",
    b"true",
    b"null",
    b"[[[[",
    b"{",
    b'"',
    b"\n",
    b"\0",
    b"../../",
    b"9" * 40,
)
MOST = 1 << 20

Step = Callable[[random.Random, bytearray, bytes], None]


def mutate(draw: random.Random, data: bytes, other: bytes) -> bytes:
    """`data` after one to six random steps; `other` is another valid file, whose pieces may be spliced in."""
    damaged = bytearray(data)
    for _ in range(draw.randint(1, 6)):
        if damaged:
            draw.choice(STEPS)(draw, damaged, other)
    return repaired(bytes(damaged[:MOST])) if draw.random() < 0.5 else bytes(damaged[:MOST])


def repaired(data: bytes) -> bytes:
    """A PNG with the checksums of its chunks made right again, so that damage gets past them; others as they are."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    at, whole = 8, bytearray(data)
    while at + 12 <= len(whole):
        size = struct.unpack(">I", whole[at : at + 4])[0]
        end = at + 8 + size
        if end + 4 > len(whole):
            break
        whole[end : end + 4] = struct.pack(">I", zlib.crc32(whole[at + 4 : end]))
        at = end + 4
    return bytes(whole)


def _place(draw: random.Random, data: Sequence[int]) -> int:
    """Anywhere, but half the time in the first 200 bytes, where headers are."""
    return draw.randrange(min(len(data), 200) if draw.random() < 0.5 else len(data))


def flip(draw: random.Random, data: bytearray, _other: bytes) -> None:
    """One bit."""
    data[_place(draw, data)] ^= 1 << draw.randrange(8)


def number(draw: random.Random, data: bytearray, _other: bytes) -> None:
    """A number of one, two or four bytes becomes one at an edge."""
    at, size = _place(draw, data), draw.choice((1, 2, 4))
    value = draw.choice(INTERESTING) & ((1 << 8 * size) - 1)
    data[at : at + size] = value.to_bytes(size, draw.choice(("little", "big")))


def cut(draw: random.Random, data: bytearray, _other: bytes) -> None:
    """The end is missing."""
    del data[_place(draw, data) :]


def lose(draw: random.Random, data: bytearray, _other: bytes) -> None:
    """A piece is missing."""
    at = _place(draw, data)
    del data[at : at + draw.randint(1, 64)]


def double(draw: random.Random, data: bytearray, _other: bytes) -> None:
    """A piece comes again, up to a hundred times."""
    at = _place(draw, data)
    data[at:at] = bytes(data[at : at + draw.randint(1, 64)]) * draw.choice((1, 2, 100))


def splice(draw: random.Random, data: bytearray, other: bytes) -> None:
    """A piece of another file stands in its place."""
    at, start, size = _place(draw, data), draw.randrange(len(other) or 1), draw.randint(1, 256)
    data[at : at + size] = other[start : start + size]


def word(draw: random.Random, data: bytearray, _other: bytes) -> None:
    """A word that readers of text stumble over."""
    at = _place(draw, data)
    data[at : at + draw.randint(0, 8)] = draw.choice(WORDS)


STEPS: tuple[Step, ...] = (flip, flip, number, number, cut, lose, double, splice, word)
