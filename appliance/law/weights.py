"""How much each form is believed: by how well it predicts a size that was left out."""

import numpy as np

from appliance.law.fit import fit_rows
from appliance.law.forms import Form, allowed, log_error
from appliance.law.types import Floats

_EXACT = 1e-12  # a form that misses by less than 1e-6 in log error is exact


def without(n: int, i: int) -> np.ndarray[tuple[int], np.dtype[np.int_]]:
    """Indices 0..n-1 but i."""
    return np.delete(np.arange(n), i)


def left_out_misses(form: Form, z: Floats, logs: Floats, weights: Floats) -> Floats:
    """Log error of each size minus what the form says when fitted to all others, (n,); NaN where too few are left."""
    misses = np.full(len(z), np.nan)
    for i in range(len(z)):
        rest = without(len(z), i)
        if len(rest) >= max(form.sizes - 1, 1):
            theta = fit_rows(form, z[rest], logs[None, rest], weights[rest])
            misses[i] = logs[i] - log_error(form, theta[0], z[i : i + 1])[0]
    return misses


def form_weights(z: Floats, logs: Floats, weights: Floats) -> dict[str, tuple[float, float]]:
    """Per allowed form its weight (they sum to 1) and its leave-one-size-out RMS in log error.

    Weights are inverse to the mean square of the misses (Bates & Granger 1969), not to AICc, which is undefined here.
    """
    if len(z) < 3:
        return {}
    forms = allowed(len(z))
    squares = [float(np.average(left_out_misses(f, z, logs, weights) ** 2, weights=weights)) for f in forms]
    trust = 1.0 / (np.array(squares) + _EXACT)
    shares = trust / trust.sum()
    return {f.name: (float(w), float(np.sqrt(s))) for f, w, s in zip(forms, shares, squares, strict=True)}
