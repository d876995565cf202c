"""A part as perturbations take it: its picture with all that is known of its defect."""

import numpy as np

from appliance.parts.decode import decode
from appliance.parts.masks import read_mask
from appliance.parts.types import Part
from perturb.types import Boxes, Scene


def read_scene(part: Part, bits: int | None = None) -> Scene:
    """Decode a part with its mask and boxes, so that no perturbation hides the defect. Raises InputRefused."""
    decoded = decode(part.path, bits=bits)
    height, width = decoded.pixels.shape[:2]
    mask = read_mask(part, (height, width)) if part.mask else None
    return Scene(decoded.pixels, decoded.bits, mask, _boxes(part, height, width))


def _boxes(part: Part, height: int, width: int) -> Boxes | None:
    """(n, 4) float32, cut to the picture; None where there is none."""
    boxes = np.array(part.boxes, np.float32).reshape(-1, 4)
    boxes = np.clip(boxes, 0, np.array([width - 1, height - 1] * 2, np.float32))
    boxes = boxes[(boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])]
    return boxes if len(boxes) else None
