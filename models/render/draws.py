"""Seeded streams and the noise textures made from them."""

from enum import IntEnum

import cv2
import numpy as np

from models.render.arrays import resize
from models.render.types import Field

BATCH = 40  # parts that share material, tool and lamp


class Stream(IntEnum):
    """One independent stream for each thing drawn, so that a defect never changes the part that carries it."""

    LABEL = 0
    POSE = 1
    SURFACE = 2
    LIGHT = 3
    CAMERA = 4
    DEFECT = 5
    BATCH = 6


def stream(seed: int, index: int, which: Stream) -> np.random.Generator:
    """The generator of one part and purpose; a batch of `BATCH` parts in a row shares `Stream.BATCH`."""
    at = index // BATCH if which is Stream.BATCH else index
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(int(which), at))))


def white(rng: np.random.Generator, height: int, width: int) -> Field:
    """Normal noise (height, width), float32, mean 0 and deviation 1."""
    return rng.standard_normal((height, width), dtype=np.float32)


def cloud(rng: np.random.Generator, size: int, cells: int) -> Field:
    """Smooth noise (size, size): `cells` x `cells` normal draws, cubic between them."""
    return resize(white(rng, cells, cells), size, size, cv2.INTER_CUBIC)


def streaks(rng: np.random.Generator, rows: int, columns: int, length: int) -> Field:
    """Noise (rows, columns) that changes at each row and slowly, over `length` columns, along it."""
    coarse = white(rng, rows, max(2, columns // length + 1))
    return resize(coarse, columns, rows)


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """One draw, uniform from `low` to `high`."""
    return float(rng.uniform(low, high))


def log_between(rng: np.random.Generator, low: float, high: float) -> float:
    """One draw, uniform in the logarithm, from `low` to `high`."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
