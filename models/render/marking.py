"""The dot-peened mark that every part carries: lot and number, a row of small dimples per stroke."""

import numpy as np

from models.render.arrays import blur, sample
from models.render.shapes import gradient, part_frame, to_image
from models.render.types import Field, Pose, Surface

FINE = 4  # samples of the stencil per px
DOT = 2.3  # px from dimple to dimple

GLYPHS = {
    "0": (14, 17, 17, 17, 17, 17, 14),
    "1": (4, 12, 4, 4, 4, 4, 14),
    "2": (14, 17, 1, 2, 4, 8, 31),
    "3": (14, 17, 1, 6, 1, 17, 14),
    "4": (2, 6, 10, 18, 31, 2, 2),
    "5": (31, 16, 30, 1, 1, 17, 14),
    "6": (6, 8, 16, 30, 17, 17, 14),
    "7": (31, 1, 2, 4, 4, 8, 8),
    "8": (14, 17, 17, 14, 17, 17, 14),
    "9": (14, 17, 17, 15, 1, 2, 12),
    "-": (0, 0, 0, 14, 0, 0, 0),
}
"""Rows of 5 dots from the top, the highest bit at the left."""


def etch(surface: Surface, pose: Pose, at: tuple[float, float], text: str) -> None:
    """Peen `text` (digits and "-") centred at `at` (part frame, px) into the surface."""
    stencil = _stencil(text)
    centre = to_image(pose, np.array([at], np.float32))[0]
    reach = stencil.shape[1] // (2 * FINE) + 4
    x0, y0 = int(centre[0]) - reach, int(centre[1]) - reach
    window = np.s_[y0 : y0 + 2 * reach, x0 : x0 + 2 * reach]
    x, y = part_frame(pose, surface.gain.shape[0], window)
    column = (x - np.float32(at[0])) * FINE + np.float32(stencil.shape[1] / 2)
    row = (y - np.float32(at[1])) * FINE + np.float32(stencil.shape[0] / 2)
    ink = sample(stencil, column, row)
    gx, gy = gradient(ink)
    surface.slope_x[window] += np.float32(0.9) * gx
    surface.slope_y[window] += np.float32(0.9) * gy
    surface.gain[window] *= 1 - np.float32(0.5) * ink


def _stencil(text: str) -> Field:
    """The mark's depth, 0 to 1, at FINE samples per px."""
    pitch = round(DOT * FINE)
    dots = np.zeros((9 * pitch, (6 * len(text) + 2) * pitch), np.float32)
    for number, letter in enumerate(text):
        for line, bits in enumerate(GLYPHS[letter]):
            for place in range(5):
                if bits >> (4 - place) & 1:
                    dots[(line + 1) * pitch, (6 * number + place + 1) * pitch] = 1
    spread = blur(dots, 0.7 * FINE)
    return np.asarray(spread / spread.max(), np.float32)
