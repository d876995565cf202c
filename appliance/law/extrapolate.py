"""What the law says of a size that was not used to fit it, with a band that public families have earned."""

import numpy as np

from appliance.errors import UsageError
from appliance.law.band import foretell, ground
from appliance.law.fit import octave_scale
from appliance.law.types import Measured, Predicted, Span

MISS_CLEAN, MISS_PERTURBED = 0.7, 4.0
"""90th percentile of what the same procedure missed on public families, pp: clean 0.7; perturbed 3 to 5."""


def public_miss(condition: str) -> float:
    """The miss of public families to reckon with, pp."""
    return MISS_CLEAN if condition == "clean" else MISS_PERTURBED


def predict_size(m: Measured, size: float, *, tau: float, miss: float = MISS_CLEAN, seed: int = 0) -> Predicted:
    """Error rate of one more training at `size`, with its 90 % band, never narrower than +-`miss` pp.

    Needs three sizes. Raises UsageError beyond one doubling above the largest, or with fewer sizes.
    """
    if len(m.sizes) < 3:
        raise UsageError(f"a prediction needs three sizes, there are {len(m.sizes)}", mend="audit another size")
    if size > 2.0 * m.sizes[-1] * (1 + 1e-9) or size <= 0:
        far = f"{size:g} is not within one doubling of the largest size, {m.sizes[-1]:g}"
        raise UsageError(far, mend=f"ask for at most {2 * m.sizes[-1]:g}")
    return _predict(m, size, tau, miss, seed)


def _predict(m: Measured, size: float, tau: float, miss: float, seed: int) -> Predicted:
    z = np.array([np.log2(size / m.sizes[0])]) / octave_scale(m.octaves)
    told = foretell(ground(m, tau, seed), z, tau=tau, seed=seed)
    middle = float(told.middle[0])
    low, high = (float(x[0]) for x in told.interval())
    least = miss / 100.0
    return Predicted("", size, Span(middle, max(min(low, middle - least), 0.0), min(max(high, middle + least), 1.0)))


def left_out(m: Measured, *, tau: float, miss: float = MISS_CLEAN, seed: int = 0) -> Predicted | None:
    """Refit without the largest size and foretell it, beside what was measured; None with fewer than four sizes.

    The band is for one more training of that size, as it was measured: the sampling error of `actual` is within it.
    """
    if len(m.sizes) < 4:
        return None
    rest = m.keep(np.arange(len(m.sizes) - 1))
    told = _predict(rest, float(m.sizes[-1]), tau, miss, seed)
    return Predicted(m.names[-1], told.size, told.span, float(m.errors[-1]))
