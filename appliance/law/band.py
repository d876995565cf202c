"""The band of a law: parts resampled, one size left out at a time, forms mixed by weight, and the training scatter."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.law.bootstrap import scatter
from appliance.law.fit import fit_rows, lift, log_weights, octave_scale
from appliance.law.forms import jacobian, log_error
from appliance.law.types import LEVEL, Band, Floats, Measured
from appliance.law.weights import Believed, believe, without

_STEPS = 6  # of the fast fit for one resample: its 90th percentile is then within 0.1 pp of the exact fit
_PULL, _LACK = 0.35, 0.7
_ROWS = 2000  # draws made where the parts are unknown


@dataclass(frozen=True)
class Foretold:
    """Error rates at some sizes: `middle` (k,) is the forms' weighted average, `draws` (B, k) what else it may be."""

    middle: Floats
    draws: Floats

    def interval(self, level: float = LEVEL) -> tuple[Floats, Floats]:
        """Central interval of the draws, (k,) each, within 0..1."""
        low, high = np.quantile(self.draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


@dataclass(frozen=True)
class Ground:
    """What every fit of one law shares."""

    z: Floats
    logs: Floats  # (n,) natural log of the rates
    weights: Floats  # (n,)
    rows: Floats  # (B, n) natural log of the resampled rates
    forms: tuple[Believed, ...]


def ground(m: Measured, tau: float, seed: int = 0) -> Ground:
    """Logs, weights, resampled logs and forms of one law; rates are lifted off zero by half a failure.

    The resampled rates hold tau (pp) too: another training of every size would have moved the fit.
    """
    errors = lift(m.errors, m.parts)
    floor = np.where(np.isfinite(m.parts), 0.5 / (m.parts + 1.0), 0.25 * errors)
    draws = np.repeat(errors[None], _ROWS, axis=0) if m.draws is None else m.draws
    moved = np.maximum(draws + scatter((draws.shape[0], draws.shape[1]), tau, seed), floor)
    z = m.octaves / octave_scale(m.octaves)
    logs, weights = np.log(errors), log_weights(errors, m.variance, tau)
    return Ground(z, logs, weights, np.log(moved), believe(z, logs, weights))


def _strata(total: int, sizes: int, shares: Floats) -> list[tuple[int, int, NDArray[np.int_]]]:
    """Split draws 0..total-1 over (left-out size, form), in proportion to the form's share."""
    edges = np.round(np.cumsum(np.tile(shares / sizes, sizes)) * total).astype(int)
    starts = np.concatenate([[0], edges[:-1]])
    pairs = [(i, f) for i in range(sizes) for f in range(len(shares))]
    blocks = zip(pairs, starts, edges, strict=True)
    return [(i, f, np.arange(low, high)) for (i, f), low, high in blocks if high > low]


def _scatter_squares(g: Ground, b: Believed) -> float:
    """Sum of squares about the form that the draws alone would leave: parts and tau, the fit taken as linear."""
    root = np.sqrt(g.weights)
    slope = jacobian(b.form, b.theta, g.z) * root[:, None]
    rest = np.eye(len(g.z)) - slope @ np.linalg.pinv(slope)
    return float(np.trace(rest @ (np.cov(g.rows.T) * np.outer(root, root)) @ rest))


def _lack(g: Ground, b: Believed) -> float:
    """Lack of fit: residual standard deviation of log error about the form beyond what parts and tau explain.

    They are in the draws already and would count twice. n - p degrees of freedom (at least one); 0 where they explain
    all of it.
    """
    squares = (g.weights * (g.logs - log_error(b.form, b.theta, g.z)) ** 2).sum() - _scatter_squares(g, b)
    return float(np.sqrt(max(squares, 0.0) / max(len(g.z) - len(b.theta), 1)))


def foretell(g: Ground, z: Floats, *, tau: float, seed: int = 0) -> Foretold:
    """What error one more training would have at z (k,): octaves over those of the largest size.

    Each draw resamples the parts, leaves out one size in turn and takes one form with its weight, moved by 0.35 of
    the way to the forms' average; it then scatters by 0.7 of that form's lack of fit and by tau (pp). The two constants
    were set so that the 90 % band covers 86 to 95 % in simulation (tests/records/law-simulation.md). Needs three sizes.
    """
    share = np.array([b.weight for b in g.forms])
    whole = np.stack([np.exp(log_error(b.form, b.theta, z)) for b in g.forms])
    middle, lack = share @ whole, [_lack(g, b) for b in g.forms]
    rng = np.random.default_rng(np.random.SeedSequence([seed, 17]))
    draws = np.empty((len(g.rows), len(z)))
    for i, f, rows in _strata(len(g.rows), len(g.z), share):
        form, rest = g.forms[f].form, without(len(g.z), i)
        theta = fit_rows(form, g.z[rest], g.rows[np.ix_(rows, rest)], g.weights[rest], _STEPS)
        noise = rng.standard_normal((len(rows), len(z))) * (_LACK * lack[f])
        draws[rows] = np.exp(log_error(form, theta, z) + noise) - _PULL * (whole[f] - middle)
    draws += scatter((draws.shape[0], draws.shape[1]), tau, seed + 1)
    return Foretold(middle, draws)


def grid(m: Measured, points: int = 25) -> Floats:
    """Octaves at which a band is drawn: `points` evenly spread over the span, and the measured sizes."""
    return np.union1d(np.linspace(0.0, m.octaves[-1], points), m.octaves)


def band(m: Measured, *, tau: float, seed: int = 0, shared: Ground | None = None) -> Band:
    """The law with its 90 % band over the measured span."""
    octaves = grid(m)
    told = foretell(shared or ground(m, tau, seed), octaves / octave_scale(m.octaves), tau=tau, seed=seed)
    low, high = told.interval()
    lists = (tuple(map(float, x)) for x in (m.sizes[0] * 2.0**octaves, told.middle, low, high))
    return Band(*lists)
