"""Normal noise by table: a random word picks a quantile; random words come from two fixed books of random bytes."""

from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from perturb import cv
from perturb.cv import Light

Bytes = NDArray[np.uint8]


def _quantiles(count: int) -> Light:
    """`count` midpoint quantiles of the normal law, scaled to unit variance, ascending float32."""
    law = NormalDist()
    upper = np.array([law.inv_cdf((i + 0.5) / count) for i in range(count // 2, count)])
    values = np.concatenate([-upper[::-1], upper])
    return np.asarray(values / values.std(), dtype=np.float32)


@lru_cache(maxsize=1)
def byte_quantiles() -> Light:
    """Noise of a random byte: float32 (256,), unit variance, up to 2.9 sigma; enough where the result has 8 bits."""
    return _quantiles(1 << 8)


@lru_cache(maxsize=1)
def word_quantiles() -> Light:
    """Noise of a random 16-bit word: float32 (65536,), unit variance, up to 4.3 sigma."""
    return _quantiles(1 << 16)


_BOOK, _BLOCK = 1 << 20, 1 << 16


@lru_cache(maxsize=1)
def _books() -> tuple[Bytes, Bytes]:
    """Two books of uniform random bytes, the same on every machine: (2^20,) uint8 each."""
    words = np.random.Generator(np.random.SFC64(np.random.SeedSequence(1288))).bit_generator.random_raw(_BOOK // 4)
    both = np.asarray(words, dtype="<u8").view(np.uint8)
    return both[:_BOOK], both[_BOOK:]


def random_bytes(rng: np.random.Generator, count: int) -> Bytes:
    """Uniform bytes: of every block of 65,536 the places in two fixed books are drawn, which are XORed there.

    Ten times as fast as drawing every byte. Two blocks agree only where both places do (1 in 10^12); blocks that
    share one place alone are independent, as by a one-time pad.
    """
    one, other = _books()
    done = np.empty(count, np.uint8)
    places = rng.integers(0, _BOOK - _BLOCK, (-(-count // _BLOCK), 2)).tolist()
    for start, (a, b) in zip(range(0, count, _BLOCK), places, strict=True):
        size = min(_BLOCK, count - start)
        np.bitwise_xor(one[a : a + size], other[b : b + size], out=done[start : start + size])
    return done


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Light:
    """Standard normal noise by 16-bit words, float32."""
    count = int(np.prod(shape))
    words = random_bytes(rng, 2 * count).view(np.uint16)
    return word_quantiles()[words].reshape(shape)


class Grain:
    """Noise for one picture, handed out strip by strip so that it is made in cache: bytes at 8 bits, else words."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, ...], bits: int) -> None:
        width = 1 if bits == 8 else 2
        self._bytes = bits == 8
        raw = random_bytes(rng, width * int(np.prod(shape)))
        self._raw = (raw if self._bytes else raw.view(np.uint16)).reshape(shape)

    def rows(self, rows: slice) -> Light:
        """Standard normal noise of the strip, float32, in memory that the next strip takes over."""
        if self._bytes:
            strip = self._raw[rows].astype(np.uint8, copy=False)
            return cv.lut(strip, byte_quantiles(), cv.scratch("noise", strip.shape))
        return word_quantiles()[self._raw[rows]]
