"""Families whose truth is known; outcomes per part share their difficulty over the sizes (SCALING)."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from appliance.law.types import Regime

SIZES = 2.0 ** np.arange(5)
END, CORRELATION = 0.92, 0.9
TRUTHS: dict[Regime, tuple[float, ...]] = {
    Regime.IMPROVING: (2.6, 2.6 - 1.4 / 3, 2.6 - 2.8 / 3, 1.2),
    Regime.PLATEAU: (3.0, 3.0, 0.0, 0.0),
    Regime.REGRESSING: (3.0, 3.0, -1.0, -1.0),
}
"""Gain of each doubling in pp."""


def accuracy(regime: Regime) -> NDArray[np.float64]:
    """True accuracy 0..1 of the five sizes; the largest has 0.92."""
    gains = np.concatenate([[0.0], np.cumsum(TRUTHS[regime])]) / 100.0
    return END + gains - gains[-1]


def train(truth: NDArray[np.float64], tau: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """What one training of each size comes to: truth plus N(0, tau pp)."""
    return np.clip(truth + rng.normal(0.0, tau / 100.0, truth.shape) if tau else truth, 0.0, 1.0)


def outcomes(
    accuracies: NDArray[np.float64], parts: int, rng: np.random.Generator, correlation: float = CORRELATION
) -> NDArray[np.bool_]:
    """Failures (parts, sizes): a latent Gaussian per part, correlated between the sizes."""
    shared = rng.standard_normal((parts, 1)) * np.sqrt(correlation)
    own = rng.standard_normal((parts, len(accuracies))) * np.sqrt(1.0 - correlation)
    return shared + own > ndtri(accuracies)
