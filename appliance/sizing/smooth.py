"""A smooth function of a few features, fitted so that the RELATIVE error of what it predicts is small and robust.

Linear terms plus a Gaussian-kernel ridge written with random Fourier features (Rahimi and Recht 2007, "Random features
for large-scale kernel machines"), so that a fit is a few hundred numbers of its own and needs no row of its table.
"""

from dataclasses import dataclass

import numpy as np

from appliance.sizing.work import Floats

WAVES = 200
STEPS = 12
SETTLED = 1e-3  # a change of every prediction by less ends the fit
LINEAR = 1e-3  # share of the ridge that linear terms carry
HUBER = 1.2  # in median absolute errors: beyond it an error counts by its size, not by its square
WEIGHTS = (0.02, 6.0)


@dataclass(frozen=True)
class Smooth:
    """A fitted function: `centre`, `scale` (d,) of the features, kernel's `reach`, `seed` of its waves, `weights`."""

    centre: tuple[float, ...]
    scale: tuple[float, ...]
    reach: float
    seed: int
    weights: tuple[float, ...]

    def __call__(self, x: Floats) -> Floats:
        """(n,) values at (n, d) features."""
        z = (x - np.array(self.centre)) / np.array(self.scale)
        return np.asarray(_terms(z, self.reach, self.seed) @ np.array(self.weights))


def fit(x: Floats, y: Floats, *, reach: float, ridge: float, seed: int = 0) -> Smooth:
    """The function of (n, d) `x` whose exponential comes nearest to exp(`y`), (n,), in relative terms.

    Minimises Huber's loss of exp(f) / exp(y) - 1 by reweighted least squares: the error a reader sees is relative.
    """
    centre, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    terms = _terms((x - centre) / scale, reach, seed)
    penalty = np.full(terms.shape[1], ridge)
    penalty[: 1 + x.shape[1]] *= LINEAR
    weight = np.ones(len(y))
    solution: Floats = np.zeros(terms.shape[1])
    for _ in range(STEPS):
        before = solution
        solution = _solve((terms.T * weight) @ terms + np.diag(penalty), terms.T @ (weight * y))
        weight = _weights(terms @ solution - y)
        if np.abs(terms @ (solution - before)).max() < SETTLED:
            break
    return Smooth(_floats(centre), _floats(scale), reach, seed, _floats(solution))


def _solve(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.linalg.solve(a, b), np.float64)


def _terms(z: Floats, reach: float, seed: int) -> Floats:
    """(n, 1 + d + WAVES): one, the features, and the waves."""
    rng = np.random.default_rng(seed)
    waves = rng.standard_normal((z.shape[1], WAVES)) / reach
    phase = rng.uniform(0.0, 2.0 * np.pi, WAVES)
    return np.hstack([np.ones((len(z), 1)), z, np.sqrt(2.0 / WAVES) * np.cos(z @ waves + phase)])


def _weights(error: Floats) -> Floats:
    """Weights that make least squares in `error` (a log ratio) a Huber fit of the relative error."""
    safe = np.where(np.abs(error) < 1e-6, 1e-6, error)
    relative = np.expm1(np.clip(safe, -5.0, 5.0))
    limit = HUBER * float(np.median(np.abs(relative)))
    weight = np.minimum(1.0, limit / np.abs(relative)) * (relative / safe) * (1.0 + relative)
    return np.asarray(np.clip(weight, *WEIGHTS), np.float64)


def _floats(values: Floats) -> tuple[float, ...]:
    """Seven digits are more than any table holds, and keep a shipped fit small."""
    return tuple(float(f"{value:.7g}") for value in values)
