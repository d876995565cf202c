"""What a model asks of a machine: multiply-accumulates, activations, parameters, and the size of its picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NAMES = ("MACs per activation", "parameters per activation", "activations per pixel", "activations")
"""What the columns of `features` mean, for a person."""


@dataclass(frozen=True)
class Work:
    """One picture through one model: MACs, activation and parameter elements, pixels of its input; 0: not known."""

    macs: float
    activations: float
    params: float
    pixels: float

    def within(self, other: "Work") -> bool:
        """Whether this is no more than `other` in MACs and parameters, and in activations where both are known."""
        known = min(self.macs, self.params, other.macs, other.params) > 0
        lighter = self.activations <= other.activations or other.activations <= 0
        return known and self.macs <= other.macs and self.params <= other.params and lighter


def features(works: Floats) -> Floats:
    """(n, 4) logarithms of ratios of the (n, 4) columns MACs, activations, parameters, pixels; see NAMES.

    Ratios rather than sizes: what a machine makes of a model depends on how much it computes per value it moves.
    """
    macs, activations, params, pixels = np.log(works.T)
    return np.stack([macs - activations, params - activations, activations - pixels, activations], axis=1)


def as_row(work: Work) -> Floats:
    """(1, 4) MACs, activations, parameters, pixels."""
    return np.array([[work.macs, work.activations, work.params, work.pixels]], np.float64)
