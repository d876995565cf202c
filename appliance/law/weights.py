"""How much each form is believed: by how well it predicts a size that was left out."""

from dataclasses import dataclass

import numpy as np

from appliance.law.fit import fit_rows
from appliance.law.forms import Form, allowed, log_error
from appliance.law.types import Floats

_EXACT = 1e-12  # a form that misses by less than 1e-6 in log error is exact


def without(n: int, i: int) -> np.ndarray[tuple[int], np.dtype[np.int_]]:
    """Indices 0..n-1 but i."""
    return np.delete(np.arange(n), i)


def left_out_fits(form: Form, z: Floats, logs: Floats, weights: Floats) -> Floats:
    """theta (n, p) of the form fitted without each size in turn: the jackknife (Quenouille 1956)."""
    rows: list[Floats] = []
    for i in range(len(z)):
        rest = without(len(z), i)
        rows.append(fit_rows(form, z[rest], logs[None, rest], weights[rest])[0])
    return np.stack(rows)


@dataclass(frozen=True)
class Believed:
    """One form over one set of sizes: its weight, and what leaving out each size told.

    theta: (p,) fitted to all; left_out: (n, p) fitted without each size; rms: of the misses, in log error.
    """

    form: Form
    weight: float
    theta: Floats
    left_out: Floats
    rms: float


def left_out_misses(form: Form, fits: Floats, z: Floats, logs: Floats) -> Floats:
    """Log error of each size minus what `fits` (n, p), made without it, say of it, (n,)."""
    return logs - np.diagonal(log_error(form, fits, z))


def believe(z: Floats, logs: Floats, weights: Floats) -> tuple[Believed, ...]:
    """Every allowed form with its weight (they sum to 1); none with fewer than three sizes.

    Weights are inverse to the mean square of the misses (Bates & Granger 1969), not to AICc, which is undefined here.
    """
    if len(z) < 3:
        return ()
    forms = allowed(len(z))
    fits = [left_out_fits(f, z, logs, weights) for f in forms]
    misses = [left_out_misses(f, t, z, logs) for f, t in zip(forms, fits, strict=True)]
    squares = np.array([np.average(x**2, weights=weights) for x in misses])
    shares = 1.0 / (squares + _EXACT)
    shares = shares / shares.sum()
    whole = [fit_rows(f, z, logs[None], weights)[0] for f in forms]
    rows = zip(forms, shares, whole, fits, np.sqrt(squares), strict=True)
    return tuple(Believed(f, float(w), t, left, float(r)) for f, w, t, left, r in rows)
