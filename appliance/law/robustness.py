"""More robust, or only more accurate? Residual from the line that clean accuracy foretells (Taori 2020)."""

import numpy as np
from scipy.special import expit, logit

from appliance.errors import UsageError
from appliance.law.types import Effective, Floats
from appliance.law.verdict import central

MIN_R2, MIN_MEMBERS = 0.8, 4
_NO_LINE = 1e-9


def _logits(accuracy: Floats, parts: int) -> Floats:
    edge = 0.5 / (parts + 1.0)
    return np.asarray(logit(np.clip(accuracy, edge, 1.0 - edge)))


def _residuals(x: Floats, y: Floats) -> Floats:
    """Leave-one-out residuals y - (a + b x) of a straight line, (..., m): residual / (1 - leverage).

    Where the other members are all equally accurate no line is defined, and their mean stands in for it.
    """
    m = x.shape[-1]
    centred, level = x - x.mean(-1, keepdims=True), y - y.mean(-1, keepdims=True)
    spread = (centred**2).sum(-1, keepdims=True)
    slope = (centred * level).sum(-1, keepdims=True) / np.where(spread > 0, spread, 1.0)
    left = 1.0 - 1.0 / m - centred**2 / np.where(spread > 0, spread, 1.0)
    lined = (level - slope * centred) / np.where(left > _NO_LINE, left, 1.0)
    return np.asarray(np.where((left > _NO_LINE) & (spread > 0), lined, level * m / (m - 1)))


def r_squared(x: Floats, y: Floats) -> float:
    """Share of the variance of y (m,) that a straight line in x explains; 0 where y or x does not vary."""
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1] ** 2)


def effective_robustness(clean: Floats, shifted: Floats, parts: int) -> Floats:
    """acc_shifted minus what logit(acc_shifted) = a + b logit(acc_clean), fitted to the OTHER members, foretells; pp.

    clean, shifted: (..., m) accuracy 0..1 of m >= 3 members on the same parts. Source: Taori 2020.
    """
    x, y = _logits(clean, parts), _logits(shifted, parts)
    foretold = expit(y - _residuals(x, y))
    return np.asarray(100.0 * (expit(y) - foretold))


def effective(
    condition: str, names: tuple[str, ...], clean: Floats, shifted: Floats, draws: tuple[Floats, Floats], parts: int
) -> Effective:
    """Effective robustness of every member with its paired 90 % interval, or why it is suppressed.

    clean, shifted: (m,) accuracy 0..1; draws: the same resampled, (B, m) each, same parts in both.
    """
    if not len(names) == len(clean) == len(shifted):
        raise UsageError("clean and shifted accuracy differ in length", mend="give one of each per member")
    if len(names) < MIN_MEMBERS:
        return Effective(condition, 0.0, suppressed=f"needs {MIN_MEMBERS} members, there are {len(names)}")
    fit = r_squared(_logits(clean, parts), _logits(shifted, parts))
    if fit < MIN_R2:
        why = f"clean accuracy foretells too little of accuracy here (R2 {fit:.3f}, below {MIN_R2:g})"
        return Effective(condition, fit, suppressed=why)
    points = effective_robustness(clean, shifted, parts)
    many = effective_robustness(draws[0], draws[1], parts)
    spans = tuple(central(many[:, i], float(p)) for i, p in enumerate(points))
    return Effective(condition, fit, names, spans)
