"""Training parts: rendered once, in parallel, kept in a cache outside the repository."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.render import RenderedPart, render_part

INPUT = 160  # px, height and width of every member's input
GRID = 10  # cells a side in which the members are told where the defect lies
TRAIN_SEED, VALIDATION_SEED, REFERENCE_SEED = 910_001, 910_002, 910_003
CHUNK = 50

Mask = NDArray[np.bool_]
Native = NDArray[np.uint8]
"""One picture, (height, width, 3) RGB."""

Seen = tuple[Native, Mask]
"""A native picture and where its defect lies, (height, width)."""

Views = Callable[[RenderedPart, int], list[Seen]]
"""What is shown of one part (it alone, or perturbed copies), given its number."""


@dataclass(frozen=True)
class Parts:
    """Pictures (n, INPUT, INPUT, 3) in 0..255, labels (n,), 1 for NG, and defect cells (n, GRID, GRID), 0 or 1."""

    pictures: NDArray[np.uint8]
    labels: NDArray[np.int64]
    cells: NDArray[np.uint8]


def shrink(pixels: Native) -> Native:
    """A native picture at the input size, as the product resizes it: by area, in 8 bits."""
    return np.asarray(cv2.resize(pixels, (INPUT, INPUT), interpolation=cv2.INTER_AREA), np.uint8)


def cells(mask: Mask) -> NDArray[np.uint8]:
    """The cells (GRID, GRID) that the defect touches."""
    return (cv2.resize(mask.astype(np.float32), (GRID, GRID), interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)


def as_rendered(part: RenderedPart, index: int) -> list[Seen]:
    """The part as it is: the only view of the `standard` family."""
    return [(part.pixels, part.mask)]


def parts(cache: Path, seed: int, count: int, views: Views, name: str, workers: int) -> Parts:
    """Parts 0 to count - 1 of a seed, from the cache where it has them, else rendered into it."""
    kept = cache / f"{name}-{seed}-{count}-{_fingerprint(seed)}.npz"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        made = list(_rendered(seed, count, views, workers))
        columns = [np.concatenate(column) for column in zip(*made, strict=True)]
        np.savez(kept, pictures=columns[0], labels=columns[1], cells=columns[2])
    with np.load(kept) as found:
        return Parts(found["pictures"], found["labels"], found["cells"])


def _fingerprint(seed: int) -> str:
    """Changes when the renderer does, so that no stale picture is trained on; 16 parts show every kind of defect."""
    seen = hashlib.sha256()
    for index in range(16):
        seen.update(render_part(seed, index).pixels.tobytes())
    return seen.hexdigest()[:8]


Chunk = tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint8]]


def _rendered(seed: int, count: int, views: Views, workers: int) -> Iterator[Chunk]:
    chunks = [range(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(_chunk, seed, views), chunks)


def _chunk(seed: int, views: Views, numbers: range) -> Chunk:
    cv2.setNumThreads(1)
    rows: list[tuple[Native, int, NDArray[np.uint8]]] = []
    for index in numbers:
        part = render_part(seed, index)
        label = int(part.label == "NG")
        rows += [(shrink(pixels), label, cells(mask)) for pixels, mask in views(part, index)]
    pictures, labels, touched = zip(*rows, strict=True)
    return np.stack(pictures), np.array(labels, np.int64), np.stack(touched)
