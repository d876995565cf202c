"""More size or better training: what one family's training bought against another's, size by size.

Both families are seen on the same parts under the same conditions. Robustness is the mean accuracy over the perturbed
conditions. For a size of the better-trained family `b` the question is how many times its MACs the plainly trained
family `a` needs for the same robustness: read off the isotonic regression of a's accuracies on size, joined by straight
lines over log2 MACs; its interval by the paired bootstrap over parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.score.compare import Scored, common_parts
from appliance.score.drift import scored
from appliance.score.grid import CLEAN
from appliance.score.resample import Array, Ratios, percentile_intervals
from appliance.score.types import Interval

TAILS = (0.025, 0.975)
NEAR = 1e-9
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Bought:
    """One size in both families. Accuracies 0..1 over the perturbed conditions, gains in pp (b less a, paired).

    factor: times its MACs that `a` needs for b's robustness; infinite where a's largest size does not reach it, and
    then `beyond` is the factor up to which it was looked for. equal: the smallest size of `a` that is not shown to be
    less robust, None where every one is.
    """

    name: str
    macs: int
    robust_a: Interval
    robust_b: Interval
    gain: Interval
    clean_gain: Interval
    factor: Interval
    beyond: float
    equal: str | None


@dataclass(frozen=True)
class Trade:
    """Every size that both families have, smallest first; `parts` and `conditions` that both were shown."""

    family_a: str
    family_b: str
    parts: int
    conditions: int
    bought: tuple[Bought, ...]

    @property
    def cheaper(self) -> tuple[str, ...]:
        """Sizes at which training is shown to be worth more than size: the factor's lower bound is over 1."""
        return tuple(one.name for one in self.bought if one.factor.low > 1.0)

    @property
    def dearer(self) -> tuple[str, ...]:
        """Sizes at which the training is shown to have cost robustness."""
        return tuple(one.name for one in self.bought if one.gain.high < 0.0)


def trade(a: Scored, b: Scored) -> Trade | None:
    """What b's training bought against a's; None where they share no two sizes or no perturbed condition.

    Raises InputRefused where the runs share no part.
    """
    common = common_parts(a.record, b.record)
    sizes = {row.name: row.macs for row in a.record.members}
    names = sorted((row.name for row in b.record.members if row.name in sizes), key=lambda name: sizes[name])
    conditions = [row.key for row in a.record.conditions if row.key in {other.key for other in b.record.conditions}]
    done = [set(side.record.cells) for side in (a, b)]
    whole = [key for key in conditions if all((name, key) in cells for name in names for cells in done)]
    perturbed = [key for key in whole if key != CLEAN]
    if len(names) < 2 or not perturbed:
        return None
    right, seen = _tables(((a, common.at_a), (b, common.at_b)), names, whole, common.truth)
    ratios = common.resamples.ratios(right, seen)
    macs = np.array([float(sizes[name]) for name in names])
    columns = _Columns(ratios, len(names), len(whole), [whole.index(key) for key in perturbed])
    clean = whole.index(CLEAN) if CLEAN in whole else None
    found = [_bought(columns, macs, names, place, clean) for place in range(len(names))]
    return Trade(a.record.head.family, b.record.head.family, len(common.truth), len(perturbed), tuple(found))


@dataclass(frozen=True, eq=False)
class _Columns:
    """Accuracies of (family, size, condition) as columns of `ratios`, in that order."""

    ratios: Ratios
    sizes: int
    conditions: int
    perturbed: list[int]

    def robust(self, family: int, size: int) -> Ratios:
        """The mean over the perturbed conditions."""
        return self.ratios.mean([self._at(family, size, condition) for condition in self.perturbed])

    def one(self, family: int, size: int, condition: int) -> Ratios:
        """One cell."""
        return self.ratios.mean([self._at(family, size, condition)])

    def _at(self, family: int, size: int, condition: int) -> int:
        return (family * self.sizes + size) * self.conditions + condition


def _tables(
    sides: Sequence[tuple[Scored, NDArray[np.intp]]],
    names: Sequence[str],
    keys: Sequence[str],
    truth: NDArray[np.bool_],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(n, families x sizes x conditions) whether a part was decided rightly, and whether it was scored."""
    right, seen = [], []
    for side, at in sides:
        for name in names:
            for key in keys:
                cell = side.outcomes(name, key)
                there = scored(cell)[at]
                seen.append(there)
                right.append(there & (cell.ng[at] == truth))
    return np.stack(right, axis=1), np.stack(seen, axis=1)


def _bought(columns: _Columns, macs: Array, names: Sequence[str], place: int, clean: int | None) -> Bought:
    a, b = columns.robust(0, place), columns.robust(1, place)
    nan = Interval(float("nan"), float("nan"), float("nan"))
    plain = nan if clean is None else _difference(columns.one(1, place, clean), columns.one(0, place, clean))
    equal = next(
        (name for size, name in enumerate(names) if not _difference(b, columns.robust(0, size)).low > 0.0), None
    )
    return Bought(
        name=names[place],
        macs=int(macs[place]),
        robust_a=_interval(a, 1.0),
        robust_b=_interval(b, 1.0),
        gain=_difference(b, a),
        clean_gain=plain,
        factor=_factor(columns, b, macs, place),
        beyond=float(macs[-1] / macs[place]),
        equal=equal,
    )


def _interval(ratios: Ratios, scale: float) -> Interval:
    low, high = percentile_intervals(ratios)
    return Interval(float(ratios.estimate[0]) * scale, float(low[0]) * scale, float(high[0]) * scale)


def _difference(first: Ratios, second: Ratios) -> Interval:
    """`first` less `second` in pp, on the same resamples."""
    pairs = zip(
        (first.estimate, first.replicates, first.jackknife),
        (second.estimate, second.replicates, second.jackknife),
        strict=True,
    )
    return _interval(Ratios(*(one - other for one, other in pairs)), 100.0)


def _factor(columns: _Columns, b: Ratios, macs: Array, place: int) -> Interval:
    plain = [columns.robust(0, size) for size in range(len(macs))]
    octaves = np.log2(macs / macs[place])
    estimate = _needed(np.array([[one.estimate[0] for one in plain]]), b.estimate, octaves)
    draws = _needed(np.stack([one.replicates[:, 0] for one in plain], axis=1), b.replicates[:, 0], octaves)
    low, high = (float(np.quantile(draws, tail, method="nearest")) for tail in TAILS)
    return Interval(float(estimate[0]), low, high)


def _needed(accuracy: Array, wanted: Array, octaves: Array) -> Array:
    """(B,) factor at which (B, sizes) `accuracy`, made non-decreasing, reaches (B,) `wanted`.

    Infinite where it does not; at the smallest size where that already reaches it.
    """
    rising = non_decreasing(accuracy)
    reached = rising >= wanted[:, None] - NEAR
    upper = np.argmax(reached, axis=1)
    lower = np.maximum(upper - 1, 0)
    rows = np.arange(len(rising))
    low, high = rising[rows, lower], rising[rows, upper]
    share = np.divide(wanted - low, high - low, out=np.ones_like(wanted), where=high > low)
    at = octaves[lower] + np.clip(share, 0.0, 1.0) * (octaves[upper] - octaves[lower])
    return np.where(reached.any(axis=1), 2.0 ** np.where(upper == 0, octaves[0], at), np.inf)


def non_decreasing(values: Array) -> Array:
    """Isotonic fit of each row of (B, k): at i the largest over j <= i of the least over m >= i of mean(j..m)."""
    sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    k = values.shape[1]
    fitted = np.empty_like(values)
    for i in range(k):
        means = np.stack(
            [np.min([(sums[:, m + 1] - sums[:, j]) / (m + 1 - j) for m in range(i, k)], axis=0) for j in range(i + 1)]
        )
        fitted[:, i] = means.max(axis=0)
    return fitted
