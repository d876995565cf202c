"""One more size that nobody has made yet: what the law of the others foretells of it, and what that would be worth."""

from dataclasses import dataclass

import numpy as np

from appliance.advice.types import Floats
from appliance.law.band import foretell, ground
from appliance.law.extrapolate import public_miss
from appliance.law.fit import octave_scale
from appliance.law.types import Measured

LEAST_SIZES = 3
HALF = 1.6448536269514722  # from a standard deviation to half of a 90 % band


@dataclass(frozen=True, eq=False)
class Sizes:
    """The measured sizes, smallest first: MACs (D,), and what passes and rejects under the mix, (B, D) draws.

    perturbed: the share of the year that is not clean; `tau` pp the scatter of one training under the mix.
    """

    names: tuple[str, ...]
    macs: Floats
    escape: Floats
    overkill: Floats
    parts: float
    perturbed: float
    tau: float


def candidates(sizes: Sizes, best: str) -> list[float]:
    """MACs of sizes worth asking for: one doubling above the largest, and half way between `best` and its neighbours.

    None where fewer than three sizes were measured: then nothing can be foretold.
    """
    if len(sizes.names) < LEAST_SIZES or not (sizes.macs > 0).all():
        return []
    at = sizes.names.index(best)
    between = [float(np.sqrt(sizes.macs[a] * sizes.macs[a + 1])) for a in (at - 1, at) if 0 <= a < len(sizes.macs) - 1]
    return [*between, float(2.0 * sizes.macs[-1])]


def foretold(sizes: Sizes, macs: float, seed: int) -> tuple[Floats, Floats]:
    """(B,) draws of the escape and the overkill rate of a new training of `macs`.

    The law's own draws, widened where their 90 % band is narrower than what the same procedure missed on public
    families (SCALING.md): 0.7 pp on clean parts, 4 pp on perturbed ones, by their share of the year.
    """
    miss = (1.0 - sizes.perturbed) * public_miss("clean") + sizes.perturbed * public_miss("perturbed")
    sides = (_side(sizes, rates, macs, (miss / 100.0, seed)) for rates in (sizes.escape, sizes.overkill))
    escape, overkill = sides
    return escape, overkill


def _side(sizes: Sizes, rates: Floats, macs: float, rest: tuple[float, int]) -> Floats:
    miss, seed = rest
    mean = rates.mean(axis=0)
    parts = np.full(len(mean), max(sizes.parts, 1.0))
    law = Measured(sizes.macs, mean, parts, sizes.names, rates, paired=True)
    z = np.array([np.log2(macs / sizes.macs[0])]) / octave_scale(law.octaves)
    told = foretell(ground(law, sizes.tau, seed), z, tau=sizes.tau, seed=seed)
    draws, middle = told.draws[:, 0], float(told.middle[0])
    widen = max(1.0, miss / max(HALF * float(draws.std()), 1e-12))
    return np.asarray(np.clip(middle + (draws - draws.mean()) * widen, 0.0, 1.0))


def like(sizes: Sizes, values: Floats, macs: float) -> Floats:
    """(B,) what a machine for `macs` costs, `values` (B, D) being the costs of the measured sizes: the next larger's.

    Above the largest it is the largest's.
    """
    place = min(int(np.searchsorted(sizes.macs, macs)), len(sizes.macs) - 1)
    return np.asarray(values[:, place])
