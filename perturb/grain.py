"""Normal noise by table: a random word picks a quantile."""

from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from perturb import cv
from perturb.cv import Light


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


def random_bytes(rng: np.random.Generator, count: int) -> NDArray[np.uint8]:
    """Uniform bytes, eight of each raw draw: several times faster than `Generator.bytes`."""
    words = rng.integers(0, 2**64 - 1, -(-count // 8), dtype=np.uint64, endpoint=True)
    return words.view(np.uint8)[:count]


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
