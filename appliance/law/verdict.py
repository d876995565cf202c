"""Improving, plateau, regressing or undetermined: the slope of accuracy per doubling over the top three sizes."""

import math
from dataclasses import replace

import numpy as np
from scipy.optimize import isotonic_regression

from appliance.language.tongue import mark, w
from appliance.law.bootstrap import scatter
from appliance.law.types import DELTA, LEVEL, Floats, Measured, Needs, Regime, Slope, Span, Verdict

_SURE = 0.99  # how sure a fall of the last step must be to outvote the slope of the top three
_FALLING = 1 / 3  # how likely a fall of more than delta may be where a plateau is still called: two to one against
_NOTHING = 1e-6  # pp: what no measurement tells from 0
_Z = 1.6448536269514722  # two-sided 90 %
_Z_FALLING = 0.4307272992954576  # standard errors above -delta where a fall of more than delta is as likely as _FALLING


STATES = {
    Regime.IMPROVING: mark("improving"),
    Regime.PLATEAU: mark("plateau"),
    Regime.REGRESSING: mark("regressing"),
    Regime.UNDETERMINED: mark("undetermined"),
}


def judge(low: float, high: float, delta: float = DELTA, falling: float = 0.0) -> Regime:
    """The rule, in this order: upper < 0; upper < delta (too small to matter, even if > 0); lower > 0; else open.

    falling: probability that the slope is below -delta. Unless the odds are two to one against such a fall, what is
    not yet shown to regress is not called a plateau either: the rule alone is wrong in 5.2 % of the simulated families
    at 2,000 parts and tau 0.3 pp, and half of that are falls called plateaus (tests/records/law-simulation.md).
    """
    if math.isnan(low) or math.isnan(high):
        return Regime.UNDETERMINED
    if high < 0:
        return Regime.REGRESSING
    if high < delta:
        return Regime.PLATEAU if falling <= _FALLING else Regime.UNDETERMINED
    return Regime.IMPROVING if low > 0 else Regime.UNDETERMINED


def slope_weights(octaves: Floats, variance: Floats) -> Floats:
    """Weights c (k,) with slope = c @ accuracy: weighted least squares of a line over log2 size (Aitken 1936)."""
    w = 1.0 / variance
    centred = octaves - np.average(octaves, weights=w)
    return np.asarray(w * centred / (w * centred**2).sum())


def central(draws: Floats, estimate: float, level: float = LEVEL) -> Span:
    """The central interval of draws (B,): the percentile interval (Efron 1979)."""
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return Span(estimate, float(low), float(high))


def _variances(m: Measured, tau: float) -> Floats:
    """Variance of each rate: that of its draws plus tau; equal where nothing is known."""
    total = m.variance + (tau / 100.0) ** 2
    return np.asarray(total if np.all(total > 0) else np.ones_like(total))


def _noisy(m: Measured, tau: float, seed: int) -> Floats | None:
    """Draws of accuracy in pp with tau in them, (B, m); None where neither parts nor tau give any width."""
    if m.draws is None and tau == 0.0:
        return None
    draws = np.repeat(m.errors[None], 4000, axis=0) if m.draws is None else m.draws
    return np.asarray(100.0 * (1.0 - draws + scatter((draws.shape[0], draws.shape[1]), tau, seed)))


def _slope(m: Measured, noisy: Floats | None, top: int, tau: float, delta: float) -> Slope:
    c = slope_weights(m.octaves[-top:], _variances(m, tau)[-top:])
    estimate = float(100.0 * c @ (1.0 - m.errors[-top:]))
    if noisy is None:
        return Slope(m.names[-top:], Span(estimate, math.nan, math.nan), Regime.UNDETERMINED)
    slopes = noisy[:, -top:] @ c
    span = central(slopes, estimate)
    return Slope(m.names[-top:], span, judge(span.low, span.high, delta, float(np.mean(slopes < -delta))))


def _fell(m: Measured, noisy: Floats | None) -> bool:
    """Whether the largest size is below the one before it with 99 % confidence."""
    return noisy is not None and float(np.mean(noisy[:, -1] < noisy[:, -2])) > _SURE


def isotonic(errors: Floats, parts: Floats) -> Floats:
    """Non-decreasing accuracy 0..1 over the sizes, (m,): pool adjacent violators (Barlow 1972), weighted by parts."""
    weights = np.where(np.isfinite(parts), parts, 1.0)
    return np.asarray(isotonic_regression(1.0 - errors, weights=weights).x)


def verdict(m: Measured, *, tau: float, delta: float = DELTA, seed: int = 0) -> Verdict:
    """The regime of one quantity.

    tau in pp (0 asks of these exported models, else of the next training); delta in pp per doubling. Needs three
    sizes; with two only the last step is given, and the state is undetermined. A fall of the last step that is 99 %
    sure is not averaged away: it then decides. Raises nothing: one size gives NaN slopes and says so. How often it is
    right: tests/records/law-simulation.md.
    """
    monotone = tuple(float(a) for a in isotonic(m.errors, m.parts))
    if len(m.sizes) < 2:
        none = Slope(m.names, Span(math.nan, math.nan, math.nan), Regime.UNDETERMINED)
        return _few(Verdict(Regime.UNDETERMINED, tau, delta, none, none, none, monotone, ""), len(m.sizes))
    noisy = _noisy(m, tau, seed)
    last = _slope(m, noisy, 2, tau, delta)
    if len(m.sizes) < 3:
        return _few(Verdict(Regime.UNDETERMINED, tau, delta, last, last, last, monotone, ""), 2)
    three = _slope(m, noisy, 3, tau, delta)
    deciding = last if _fell(m, noisy) and three.state is not Regime.REGRESSING else three
    needs = _needs(m, three.span, tau, delta) if deciding.state is Regime.UNDETERMINED else None
    answer = Verdict(deciding.state, tau, delta, deciding, three, last, monotone, "", needs)
    return replace(answer, sentence=short(answer) + (w("; ") + needs.sentence if needs else ""))


def _few(answer: Verdict, sizes: int) -> Verdict:
    one = sizes == 1
    form = (
        mark("a verdict needs three sizes and there is {sizes}: add {more}")
        if one
        else mark("a verdict needs three sizes and there are {sizes}: add {more}")
    )
    text = form.format(sizes=sizes, more=3 - sizes)
    return replace(answer, sentence=w("undetermined: {text}", text=text), needs=Needs(None, None, text))


def _allowed(slope: float, delta: float) -> float:
    """The largest standard error (pp) at which this slope is settled: as a gain or a fall, or as a plateau."""
    plateau = min((delta - slope) / _Z, (delta + slope) / _Z_FALLING)
    return max(abs(slope) / _Z, plateau)


def _needs(m: Measured, span: Span, tau: float, delta: float) -> Needs:
    """Parts that would settle it at this estimate, or trainings per size where tau alone is too wide for any number."""
    allowed = _allowed(span.estimate, delta)
    total = ((span.high - span.low) / (2 * _Z)) ** 2
    c = slope_weights(m.octaves[-3:], _variances(m, tau)[-3:])
    design = float((c**2).sum()) * tau**2
    sampling = max(total - design, 0.0)
    if not math.isfinite(total):
        return Needs(None, None, w("give the number of parts behind each rate, or tau"))
    if allowed < _NOTHING:
        return Needs(None, None, w("nothing settles it at a gain of exactly 0: set a delta above 0"))
    have = float(np.nanmin(m.parts)) if np.isfinite(m.parts).any() else math.nan
    if design < 0.8 * allowed**2 and math.isfinite(have):
        parts = math.ceil(have * sampling / (allowed**2 - design))
        text = w(
            "about {parts} parts would settle it if the slope stays at {slope} pp",
            parts=f"{parts:,}",
            slope=f"{span.estimate:+.2f}",
        )
        return Needs(parts, None, text)
    trainings = max(2, math.ceil(design / (0.5 * allowed**2)))
    parts = math.ceil(have * sampling / (0.5 * allowed**2)) if math.isfinite(have) else 0
    more = w(" on about {parts} parts", parts=f"{parts:,}") if parts > have else ""
    text = w(
        "no number of parts settles it: "
        "train each of the top three sizes {trainings} times{more}, or add a larger size",
        trainings=trainings,
        more=more,
    )
    return Needs(parts or None, trainings, text)


def short(v: Verdict) -> str:
    """The verdict with its slope and the sizes it is over, without what would settle it."""
    if v.sentence and len(v.isotonic) < 3:
        return v.sentence
    s = v.slope.span
    whom = w("these models") if v.tau == 0 else w("the next training (tau {tau} pp)", tau=f"{v.tau:g}")
    slope = f"{s.estimate:+.2f}"
    if math.isnan(s.low):
        return w(
            "undetermined for {whom}: {slope} pp per doubling, without an interval (number of parts unknown)",
            whom=whom,
            slope=slope,
        )
    return w(
        "{state} for {whom}: {slope} pp per doubling ({low} to {high}) over {sizes}",
        state=w(STATES[v.state]),
        whom=whom,
        slope=slope,
        low=f"{s.low:+.2f}",
        high=f"{s.high:+.2f}",
        sizes=w(", ").join(v.slope.over),
    )
