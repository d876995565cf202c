"""The box that a search may move in: one axis a perturbation, from neutral to the severity at its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perturb.applied import check_severity, find
from perturb.camera import Camera
from perturb.combine import combine
from perturb.errors import PerturbError
from perturb.types import Condition, Scene, Seed

Shares = NDArray[np.float64]
"""A point of the box, (axes,): 0 is neutral and 1 the end on every axis."""


@dataclass(frozen=True)
class Axis:
    """One perturbation, from its neutral severity to `end`."""

    name: str
    neutral: float
    end: float
    unit: str

    def severity(self, share: float) -> float:
        """The severity at a share of the way; exactly neutral at 0 and the end at 1."""
        return self.end if share == 1.0 else self.neutral + (self.end - self.neutral) * share


@dataclass(frozen=True)
class Box:
    """The axes, in the order of the chain."""

    axes: tuple[Axis, ...]

    def severities(self, shares: Shares) -> dict[str, float]:
        """Perturbation name -> severity of a point."""
        return {axis.name: axis.severity(float(share)) for axis, share in zip(self.axes, shares, strict=True)}

    def render(self, scene: Scene, shares: Shares, seed: Seed, camera: Camera) -> Scene:
        """The scene at a point of the box; directions are drawn once, for the whole box."""
        ends = {axis.name: axis.end for axis in self.axes}
        return combine(scene, self.severities(shares), seed, camera, ends)


def make_box(ends: Mapping[str, float], *, colour: bool = True) -> Box:
    """The box to these end severities. PerturbError for an unknown name, a composite, or an end out of range.

    Axes that end at neutral, and without colour those that need it, are left out.
    """
    axes = []
    for name, end in ends.items():
        item = find(Condition(name, end))
        check_severity(item, Condition(name, end))
        if item.group == "composite":
            raise PerturbError(f"{name} is a composite", mend="name single perturbations only")
        if end != item.neutral and (colour or "colour" not in item.needs):
            axes.append(Axis(name, item.neutral, end, item.unit))
    return Box(tuple(axes))


def norm(shares: Shares | Sequence[float]) -> float:
    """The distance from neutral: the root of the sum of squared shares; one axis at its end is 1."""
    return float(np.linalg.norm(np.asarray(shares)))
