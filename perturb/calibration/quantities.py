"""The quantities measured on every picture, with the smallest difference that can be told from its own error."""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Quantity:
    """One measured quantity: its unit, what it is in plain words, and its resolution.

    `resolution` is twice the rms error found on pictures rendered with known truth (tests/records/calibrate.md):
    a difference below it means nothing.
    """

    name: str
    unit: str
    meaning: str
    resolution: float


QUANTITIES: dict[str, Quantity] = {
    q.name: q
    for q in (
        Quantity("light", "EV", "mean light, in stops below white", 0.02),
        Quantity("tone-low", "%", "light that 5 % of the picture is below, of white", 0.5),
        Quantity("tone-high", "%", "light that 95 % of the picture is below, of white", 1.0),
        Quantity("clipped", "%", "share of the picture at white", 0.5),
        Quantity("gain", "EV", "brightness of the aligned picture against the reference picture", 0.02),
        Quantity("offset", "%", "light on top of the aligned picture, of white, against the reference picture", 0.5),
        Quantity("gradient-x", "%", "rise of the light from left to right, of its mean", 2.0),
        Quantity("gradient-y", "%", "rise of the light from top to bottom, of its mean", 2.0),
        Quantity("falloff", "%", "light missing in the corners against the centre", 3.0),
        Quantity("red", "%", "red against green", 0.5),
        Quantity("blue", "%", "blue against green", 0.5),
        Quantity("blur-x", "px^2", "blur from left to right, as a variance: blurs add up", 0.15),
        Quantity("blur-y", "px^2", "blur from top to bottom, as a variance", 0.15),
        Quantity("noise", "%", "noise at the picture's median light, of white: an upper bound", 0.1),
        Quantity("shift-x", "px", "place against the reference picture, to the right", 0.5),
        Quantity("shift-y", "px", "place against the reference picture, downwards", 0.5),
        Quantity("turn", "deg", "rotation against the reference picture, from +x towards +y", 0.15),
        Quantity("size", "%", "size against the reference picture, more is larger", 0.3),
    )
}
"""Every quantity by name, in the order pages show them."""

POSE = ("shift-x", "shift-y", "turn", "size")

LIGHTING = ("gain", "offset", "gradient-x", "gradient-y", "falloff")

OF_CONTENT = ("tone-low", "tone-high", "blur-x", "blur-y", "noise")
"""Quantities that tell of the camera only where pictures show the same scene: elsewhere they tell of the part."""

BETTER_BELOW = ("clipped", "offset", "falloff", "blur-x", "blur-y", "noise")
"""Quantities of which less than usual is a better picture, not a disturbance."""

Features = Mapping[str, float]
"""What was measured on one picture: a value for each of QUANTITIES; NaN where this picture does not show it."""


def measured(features: Features) -> dict[str, float]:
    """The features that hold a value."""
    return {name: value for name, value in features.items() if math.isfinite(value)}
