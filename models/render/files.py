"""Rendered parts as a folder that any reader of labelled parts understands."""

from pathlib import Path

import cv2
import numpy as np

from models.errors import ModelError
from models.render.part import render_part
from models.render.types import RenderedPart


def write_parts(folder: Path, seed: int, count: int) -> None:
    """Write parts 0 to `count` - 1 of the line `seed` as OK/NNNN.png, NG/NNNN.png and, for NG, masks/NNNN.png.

    A mask is 8-bit, white where the defect is. Raises ModelError where `count` is below 1.
    """
    if count < 1:
        raise ModelError(f"cannot render {count} parts", file=str(folder), mend="ask for at least one part")
    make_folders(folder)
    for index in range(count):
        write_part(folder, index, render_part(seed, index))


def make_folders(folder: Path) -> None:
    """The folders that `write_part` writes into."""
    for name in ("OK", "NG", "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)


def write_part(folder: Path, index: int, part: RenderedPart) -> None:
    """Write one part's picture, and its mask where it is NG; the folders must exist."""
    _write(folder / part.label / f"{index:04d}.png", cv2.cvtColor(part.pixels, cv2.COLOR_RGB2BGR))
    if part.label == "NG":
        _write(folder / "masks" / f"{index:04d}.png", part.mask.astype(np.uint8) * np.uint8(255))


def _write(path: Path, picture: cv2.typing.MatLike) -> None:
    done, data = cv2.imencode(".png", picture)
    if not done:
        raise ModelError("the picture could not be encoded as PNG", file=str(path), mend="render it again")
    path.write_bytes(data.tobytes())
