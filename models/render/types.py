"""The nouns of the renderer: the finished picture, and the surface that light falls on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""One number per pixel, (height, width), or a small table of the like."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class RenderedPart:
    """One picture of one part.

    `pixels` is (height, width, 3) uint8 RGB, linear in light. `mask` is (height, width), True where the defect lies,
    all False for an OK part. `defect` is "none" for an OK part.
    """

    pixels: NDArray[np.uint8]
    mask: Mask
    label: str
    defect: str
    kind: str


@dataclass(frozen=True)
class Pose:
    """Where the part lies: centre in pixels, turn in radians, scale (1 is nominal)."""

    x: float
    y: float
    turn: float
    scale: float


@dataclass(frozen=True)
class Rim:
    """Points along one edge: `at` (n, 2) x y in pixels, `out` (n, 2) unit vectors that leave the material."""

    at: Field
    out: Field


@dataclass(frozen=True)
class Fault:
    """A feature made wrong: hole number `pick` is drawn at `share` of its diameter, with or without its countersink."""

    pick: int
    share: float
    countersunk: bool


@dataclass
class Surface:
    """The part as light meets it. The arrays belong to this one part, and defects write into them.

    `slope_x`, `slope_y`: tilt of the surface normal, which is along (slope_x, slope_y, 1), image axes.
    `gain`: share of the light that arrives and leaves. `cover`: 1 on the part, 0 where the fixture is seen.
    `rough`: True where light scatters as from a cast or broken surface. `lay_x`, `lay_y`: unit vector across the
    tool marks. `inside`: px to the nearest edge, negative beyond it. `face`: where a defect may lie. `footprint`: the
    pixels of a feature made wrong. `stain`: share of each colour that is left, (height, width, 3).
    """

    slope_x: Field
    slope_y: Field
    gain: Field
    cover: Field
    rough: Mask
    lay_x: Field
    lay_y: Field
    inside: Field
    face: Mask
    rims: tuple[Rim, ...]
    footprint: Mask
    stain: NDArray[np.float32] | None = None
