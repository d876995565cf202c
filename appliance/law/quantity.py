"""Everything that can be said of one quantity over one axis, put together."""

import math
from dataclasses import dataclass

import numpy as np

from appliance.language.tongue import mark
from appliance.law.band import Ground, band, grid, ground
from appliance.law.extrapolate import left_out, public_miss
from appliance.law.fit import fit, lift, octave_scale
from appliance.law.onset import onset
from appliance.law.sizes import choose_tau, in_order
from appliance.law.types import DELTA, TAU_CLEAN, TAU_PERTURBED, Band, FormFit, Law, Measured, Predicted, Verdict
from appliance.law.value import value
from appliance.law.verdict import verdict
from appliance.law.weights import Believed

_FACTOR = 2.0  # a parameter whose jackknife range is wider than this is not identified


@dataclass(frozen=True)
class Setting:
    """What the site sets before it looks: delta (pp per doubling), tau clean and perturbed (pp), the seed of draws."""

    delta: float = DELTA
    tau_clean: float = TAU_CLEAN
    tau_perturbed: float = TAU_PERTURBED
    seed: int = 0

    def tau(self, condition: str) -> float:
        """tau for a condition."""
        return self.tau_clean if condition == "clean" else self.tau_perturbed


USUAL = Setting()


@dataclass(frozen=True)
class Curves:
    """What of a law is fitted: its forms, their band, and the largest size as the others foretell it."""

    forms: tuple[FormFit, ...]
    band: Band | None
    left_out: Predicted | None


def law_of(
    m: Measured,
    *,
    quantity: str = "error",
    condition: str = "clean",
    axis: str = "size",
    setting: Setting = USUAL,
    curves: bool = True,
    known: Curves | None = None,
) -> Law:
    """The law of one quantity.

    m: rates at any number of sizes, in any order; `curves` False leaves the forms, band and left-out size away;
    `known` are its curves where they have been fitted before.
    Says in `notes` what could not be said and why.
    """
    tau, notes = choose_tau(m, setting.tau(condition))
    m, ties = in_order(m)
    of_design = verdict(m, tau=tau, delta=setting.delta, seed=setting.seed)
    law = Law(
        quantity, condition, axis, m, of_design, _of_models(m, setting), notes=(*notes, *ties, *_gaps(m, quantity))
    )
    chosen = _with_choice(law, tau, setting)
    return _with_curves(chosen, tau, setting, known) if curves else chosen


def _of_models(m: Measured, setting: Setting) -> Verdict | None:
    known = m.draws is not None or len(m.sizes) < 3
    return verdict(m, tau=0.0, delta=setting.delta, seed=setting.seed) if known else None


COUNTED_OVER_NG = mark("counted over NG parts; the parts that would settle it are NG parts")
NO_PARTS = mark("no number of parts: intervals hold the scatter tau only, and say nothing of these very models")
UNPAIRED = mark("aggregates: rates are taken as unpaired, so intervals are wider than on the same parts")


def _gaps(m: Measured, quantity: str) -> tuple[str, ...]:
    notes: list[str] = [COUNTED_OVER_NG] if quantity == "escape" else []
    if m.draws is None:
        notes.append(NO_PARTS)
    elif not m.paired:
        notes.append(UNPAIRED)
    if len(m.sizes) < 4:
        notes.append(mark("fewer than four sizes: none can be left out and foretold"))
    return tuple(notes)


def _with_choice(law: Law, tau: float, setting: Setting) -> Law:
    m = law.measured
    if len(m.sizes) < 2:
        return law
    begins = onset(m, tau=tau, delta=setting.delta, seed=setting.seed)
    best = value(m, tau=tau, delta=setting.delta, seed=setting.seed)
    return _replace(law, onset=begins, value=best)


def _with_curves(law: Law, tau: float, setting: Setting, known: Curves | None) -> Law:
    m = law.measured
    if len(m.sizes) < 3:
        return _replace(law, notes=(*law.notes, mark("a law needs three sizes")))
    if np.any(lift(m.errors, m.parts) <= 0):
        return _replace(law, notes=(*law.notes, mark("a rate of zero or less has no logarithm: no curve is fitted")))
    found = known or _fitted(law, tau, setting)
    return _replace(law, forms=found.forms, band=found.band, left_out=found.left_out)


def _fitted(law: Law, tau: float, setting: Setting) -> Curves:
    m = law.measured
    shared = ground(m, tau, setting.seed)
    drawn = band(m, tau=tau, seed=setting.seed, shared=shared)
    foretold = left_out(m, tau=tau, miss=public_miss(law.condition), seed=setting.seed)
    return Curves(form_fits(m, shared), drawn, foretold)


def _replace(law: Law, **changes: object) -> Law:
    return Law(**{**law.__dict__, **changes})


def form_fits(m: Measured, shared: Ground) -> tuple[FormFit, ...]:
    """Every form the sizes can carry: exact fit, weight, jackknife ranges, and its curve (error 0..1) on `grid`."""
    return tuple(_one(m, shared, b) for b in shared.forms)


def _one(m: Measured, g: Ground, b: Believed) -> FormFit:
    scale = octave_scale(m.octaves)
    whole = fit(b.form, m.octaves, np.exp(g.logs), g.weights, start=b.theta)
    others = [b.form.natural(t, scale) for t in b.left_out]
    ranges = {k: _range([whole.parameters[k], *(o[k] for o in others)]) for k in whole.parameters}
    vague = tuple(k for k, (low, high) in ranges.items() if is_vague(low, high))
    curve = tuple(map(float, whole.predict(grid(m))))
    return FormFit(b.form.name, b.weight, whole.parameters, ranges, vague, whole.loss, b.rms, curve)


def _range(values: list[float]) -> tuple[float, float]:
    return min(values), max(values)


def is_vague(low: float, high: float) -> bool:
    """Whether a jackknife range exceeds a factor of two or changes sign."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return True
    if low <= 0.0 <= high:
        return low != high
    return max(abs(low), abs(high)) > _FACTOR * min(abs(low), abs(high))
