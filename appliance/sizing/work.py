"""What a model asks of a machine: multiply-accumulates, activations, parameters, and the size of its picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NAMES = ("MACs per activation", "parameters per activation", "activations per pixel", "activations")
"""What the columns of `features` mean, for a person."""


@dataclass(frozen=True)
class Work:
    """One picture through one model: MACs, activation elements, parameter elements, pixels of the model's input."""

    macs: float
    activations: float
    params: float
    pixels: float

    def within(self, other: "Work") -> bool:
        """Whether this is no more than `other` in MACs, activations and parameters, where both are known."""
        pairs = ((self.macs, other.macs), (self.activations, other.activations), (self.params, other.params))
        return all(mine <= theirs for mine, theirs in pairs if mine > 0 and theirs > 0)


def features(works: Floats) -> Floats:
    """(n, 4) logarithms of ratios of the (n, 4) columns MACs, activations, parameters, pixels; see NAMES.

    Ratios rather than sizes: what a machine makes of a model depends on how much it computes per value it moves.
    """
    macs, activations, params, pixels = np.log(works.T)
    return np.stack([macs - activations, params - activations, activations - pixels, activations], axis=1)


def as_row(work: Work) -> Floats:
    """(1, 4) MACs, activations, parameters, pixels."""
    return np.array([[work.macs, work.activations, work.params, work.pixels]], np.float64)
