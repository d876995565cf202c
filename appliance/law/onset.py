"""Where the plateau begins: a set of sizes with probabilities, never one number."""

import numpy as np

from appliance.law.bootstrap import scatter
from appliance.law.types import DELTA, Floats, Measured, Onset

_CONFIDENCE = 0.95


def remaining(accuracy: Floats) -> Floats:
    """Gain still to be had from each size: the best accuracy among it and all larger sizes, minus its own; (..., m)."""
    best = np.flip(np.maximum.accumulate(np.flip(accuracy, axis=-1), axis=-1), axis=-1)
    return np.asarray(best - accuracy)


def smallest_set(probability: Floats, confidence: float = _CONFIDENCE) -> list[int]:
    """Indices of the fewest entries whose probabilities reach `confidence` together, rising."""
    order = np.argsort(-probability, kind="stable")
    enough = int(np.searchsorted(np.cumsum(probability[order]), confidence - 1e-12)) + 1
    return sorted(int(i) for i in order[:enough])


def onset(m: Measured, *, tau: float, delta: float = DELTA, seed: int = 0) -> Onset | None:
    """The smallest size whose remaining gain to the best is < delta (pp), over the draws of m with tau (pp) in them.

    A size with nothing left at all counts for a delta of 0 too. None where no draws are known (a table without numbers
    of parts).
    """
    if m.draws is None:
        return None
    noise = scatter((m.draws.shape[0], m.draws.shape[1]), tau, seed)
    gain = remaining(100.0 * (1.0 - m.draws + noise))
    left = (gain < delta) | (gain == 0.0)
    first = np.bincount(np.argmax(left, axis=1), minlength=len(m.sizes)) / len(left)
    within = left.mean(axis=0)
    certain = next((n for n, p in zip(m.names, within, strict=True) if p >= _CONFIDENCE), None)
    chosen = tuple(m.names[i] for i in smallest_set(first))
    return Onset(m.names, tuple(map(float, first)), tuple(map(float, within)), chosen, certain)
