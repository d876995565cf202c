"""The nouns of this package: what a perturbation receives, what it returns, and how one is asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
"""A picture: (height, width) mono or (height, width, 3) RGB; uint8, or uint16 holding 9 to 16 bits."""

Mask = NDArray[np.bool_]
"""Where the defect is: (height, width), True on defect pixels."""

Boxes = NDArray[np.float32]
"""Defect boxes: (n, 4), x1 y1 x2 y2 in pixels, pixel centres at integer coordinates."""


ROSE = 4.0
"""Below about this contrast-to-noise ratio nobody can tell a spot from noise (Rose, J. Opt. Soc. Am. 38, 1948)."""


class Group(StrEnum):
    """Where in the chain from part to file a perturbation acts; also the order of the chain."""

    PART = "part"
    LIGHTING = "lighting"
    OPTICS = "optics"
    MOTION = "motion"
    SENSOR = "sensor"
    TRANSPORT = "transport"
    COMPOSITE = "composite"


@dataclass(frozen=True)
class Scene:
    """One picture of one part with what is known of its defect.

    `bits` is the depth in use: 8 for uint8; 9 to 16 for uint16. White is 2**bits - 1.
    """

    pixels: Pixels
    bits: int = 8
    mask: Mask | None = None
    boxes: Boxes | None = None


@dataclass(frozen=True)
class Condition:
    """One perturbation (or composite) at one severity with one repeat; `clean` is the identity.

    `severity` is in the perturbation's own `unit`; `level` is 1..5 where it is one of the five named levels.
    """

    name: str
    severity: float
    unit: str = ""
    level: int | None = None
    repeat: int = 0
    group: str = ""

    @property
    def key(self) -> str:
        """The stable id in logs and seeds: `defocus@0.5`, `shot-noise@2000#1`, `clean`."""
        if self.name == "clean":
            return "clean"
        repeat = f"#{self.repeat}" if self.repeat else ""
        return f"{self.name}@{self.severity:g}{repeat}"


CLEAN = Condition("clean", 0.0)


@dataclass(frozen=True)
class Seed:
    """What every random draw of one cell and part comes from (METHODS: run seed, sample id, name, repeat)."""

    run: int
    sample: str
    repeat: int = 0
    camera: int = 0


@dataclass(frozen=True)
class Perturbation:
    """A physical disturbance with one severity parameter in a physical unit.

    `levels` are five severities, weakest first; `neutral` is the severity at which it is the identity to the bit;
    `needs` names what a picture must have ("colour"); `render` is the pure function.
    `summary` is what it is, with its formula, `source` where that comes from.
    `limits` are the severities that make sense, ends included; `reasons` says why the five levels are these.
    `act` is the disturbance in linear light, which composites chain; a transport perturbation has none.
    `point` says that `act` changes each pixel by its own value alone, `drawn` that it makes random draws; `own` that
    a site's file defines it.
    """

    name: str
    group: Group
    unit: str
    levels: tuple[float, float, float, float, float]
    neutral: float
    render: Callable[..., Scene] = field(repr=False)
    needs: frozenset[str] = frozenset()
    summary: str = ""
    limits: tuple[float, float] = (0.0, float("inf"))
    reasons: str = ""
    act: Callable[..., Any] | None = field(default=None, repr=False)
    point: bool = False
    drawn: bool = True
    own: bool = False
    source: str = ""
