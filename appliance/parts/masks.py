"""Read the defect mask of a part: a picture (white or black on the defect) or a labelme outline."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from appliance.errors import InputRefused
from appliance.parts.annotations import outline_mask
from appliance.parts.decode import decode
from appliance.parts.types import Part
from perturb.types import Pixels


def read_mask(part: Part, shape: tuple[int, int]) -> NDArray[np.bool_] | None:
    """(height, width) bool, True on the defect; None where the part has no mask.

    Raises InputRefused where the mask cannot be read or is not of the picture's `shape`.
    """
    if part.mask is None:
        return None
    if part.mask.suffix.lower() == ".json":
        return outline_mask(part.mask, shape)
    lit = bright(decode(part.mask).pixels)
    if lit.shape != shape:
        what = f"a mask of {lit.shape[1]} x {lit.shape[0]} for a picture of {shape[1]} x {shape[0]}"
        raise InputRefused(what, file=str(part.mask), mend=f"export the mask at the size of {part.id}")
    return ~lit if part.dark_mask else lit


def bright(pixels: Pixels) -> NDArray[np.bool_]:
    """Where a mask is bright: from half of white up, or not 0 where it only numbers its classes (1, 2, ...)."""
    level = pixels if pixels.ndim == 2 else pixels.max(axis=2)
    half = 1 << (8 * pixels.itemsize - 1)
    return np.asarray(level >= (half if int(level.max()) >= half else 1))


def without_mask(part: Part) -> Part:
    """The part as one without a mask."""
    return replace(part, mask=None, dark_mask=False)
