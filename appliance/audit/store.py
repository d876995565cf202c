"""Decode once: decoded pictures kept as raw bytes in the site's cache, read back without the decoder.

Files are read, never mapped, so they live in the system's page cache and not in this process's memory.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturb.types import Scene


@dataclass(frozen=True)
class PixelStore:
    """One file a picture in `folder`, at most `limit` bytes in all (split evenly over `parts`)."""

    folder: Path
    limit: int
    parts: int

    def get(self, index: int) -> Scene | None:
        """The decoded picture of part `index`, or None where it is not kept."""
        try:
            data = self._path(index).read_bytes()
        except FileNotFoundError:
            return None
        head, _, body = data.partition(b"\n")
        return _unpack(json.loads(head), body)

    def put(self, index: int, scene: Scene) -> None:
        """Keep a picture where its share of the limit allows; atomic, and harmless when two workers do it."""
        size = scene.pixels.nbytes + (scene.mask.size if scene.mask is not None else 0)
        if size > self.limit // max(self.parts, 1):
            return
        path = self._path(index)
        half = path.with_suffix(f".{os.getpid()}")
        half.write_bytes(_pack(scene))
        half.replace(path)

    def _path(self, index: int) -> Path:
        return self.folder / f"{index:07d}.raw"


def _pack(scene: Scene) -> bytes:
    mask = scene.mask.tobytes() if scene.mask is not None else b""
    head = {
        "shape": scene.pixels.shape,
        "dtype": scene.pixels.dtype.str,
        "bits": scene.bits,
        "mask": scene.mask is not None,
        "boxes": None if scene.boxes is None else scene.boxes.tolist(),
    }
    return json.dumps(head).encode() + b"\n" + scene.pixels.tobytes() + mask


def _unpack(head: dict[str, Any], body: bytes) -> Scene:
    dtype = np.dtype(head["dtype"])
    shape: tuple[int, ...] = tuple(head["shape"])
    count = int(np.prod(shape))
    pixels = np.frombuffer(body, dtype, count).reshape(shape)
    mask: NDArray[np.bool_] | None = None
    if head["mask"]:
        mask = np.frombuffer(body, np.bool_, offset=count * dtype.itemsize).reshape(shape[:2])
    boxes = None if head["boxes"] is None else np.array(head["boxes"], np.float32).reshape(-1, 4)
    return Scene(pixels, head["bits"], mask, boxes)
