"""What grouped parts are worth: pictures of one part, or parts of one lot, fail together more than strangers do.

How strongly is a property of how the parts were taken, so it is estimated once over the whole run, as the intra-group
correlation of failures (Fleiss and Cuzick, "The reliability of dichotomous judgments: unequal numbers of judges per
subject", Applied Psychological Measurement 3 (1979) 537-542). The design effect of a rate follows from it (Kish,
"Survey Sampling", 1965) and is never less than what the rate's own failures show (Korn and Graubard, "Confidence
intervals for proportions with small expected number of positive counts estimated from survey data", Survey
Methodology 24 (1998) 193-201).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, stdtrit

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ONE = 1.0  # the correlation at which a group counts as one part
DOUBT = 0.16  # one chance in six that the correlation is higher than taken: one standard error


def correlation(hits: Bools, counted: Bools, groups: NDArray[np.intp]) -> float:
    """The intra-group correlation of `hits`, 0..1, pooled over cells and taken with caution.

    hits, counted: (n, cells) bool, whether the part was hit and whether it counts in that cell; groups: (n,) integers.
    Fleiss-Cuzick's 1 - sum x (m - x) / m / ((N - G) p (1 - p)), numerator and denominator summed over the cells before
    they are divided. What w groups with a hit show is no more certain than a share seen in w trials: what is returned
    is its one-sided 84 % Clopper-Pearson bound. Where hardly anything was hit it is nearly 1, where nothing was, 1.
    """
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    hit, there = np.asarray(hits & counted)[order], counted[order]
    x = np.add.reduceat(hit, starts, axis=0, dtype=np.float64)
    m = np.add.reduceat(there, starts, axis=0, dtype=np.float64)
    several = m.max(axis=1, initial=0.0) > 1.0
    shown = min(int(np.count_nonzero(several & present.any(axis=1))) for present in (x > 0, x < m))
    return ONE if not shown else _cautious(_fleiss_cuzick(x, m), shown)


def _fleiss_cuzick(x: Floats, m: Floats) -> float:
    """x, m: (groups, cells) hits and parts; 1 where no cell holds hits and misses among groups of several parts."""
    parts, present = m.sum(axis=0), (m > 0).sum(axis=0)
    p = x.sum(axis=0) / np.maximum(parts, 1.0)
    chance = float(((parts - present) * p * (1.0 - p)).sum())
    within = float((x * (m - x) / np.maximum(m, 1.0)).sum())
    return float(np.clip(1.0 - within / chance, 0.0, ONE)) if chance > 0 else ONE


def _cautious(icc: float, shown: int) -> float:
    """The bound that a share of `icc` seen in `shown` trials leaves."""
    return ONE if icc >= ONE else float(betaincinv(icc * shown + 1.0, (1.0 - icc) * shown, 1.0 - DOUBT))


def ladder(hits: ArrayLike, size: ArrayLike, icc: float) -> tuple[Floats, Floats]:
    """Numbers of hits, the rate's own last, each with the effective number of parts at which it is judged.

    hits, size: per group its hits and its parts, (groups,). The upper bound of the rate is the largest that any rung
    gives: then a hit more can never lower it, however the hits lie. Rungs before the last are fewer hits, laid as
    unluckily as the groups that were hit allow; those are left out that a rung of more hits and fewer effective
    parts outdoes.
    """
    x, m = (np.asarray(values, np.float64)[np.asarray(size) > 0] for values in (hits, size))
    k, parts = np.arange(x.sum() + 1.0), float(m.sum())
    if m.max(initial=0.0) <= 1.0:
        return k[-1:], np.array([parts])
    own = parts * _caution(parts, len(m)) / np.maximum(1.0, _own_effects(x, m))
    worth = np.clip(own, 1.0, _pooled_parts(m, icc))
    fewest = np.minimum.accumulate(worth[::-1])[::-1]  # over as many hits or more
    kept = np.append(worth[:-1] < fewest[1:], True)
    return k[kept], worth[kept]


def _pooled_parts(m: Floats, icc: float) -> float:
    """Parts over 1 + (sum m^2 / sum m - 1) * icc, less for few groups; a group is always worth one part."""
    parts, typical = float(m.sum()), float(np.square(m).sum() / m.sum())
    return max(1.0, parts / typical, parts / (1.0 + (typical - 1.0) * icc) * _caution(parts, len(m)))


def _own_effects(x: Floats, m: Floats) -> Floats:
    """(k + 1,) Korn-Graubard's design effect of 0..k hits: cluster variance over binomial variance.

    The last is that of the hits themselves; below it, the largest that as many of them can have.
    """
    groups, parts = len(m), float(m.sum())
    if groups < 2:
        return np.full(int(x.sum()) + 1, parts)
    k = np.arange(x.sum() + 1.0)
    p = k / parts
    squares = _most_squares(x, k) - 2.0 * p * _least_products(x, m, k) + p**2 * np.square(m).sum()
    binomial = np.maximum(parts * p * (1.0 - p), np.finfo(float).tiny)
    effects: Floats = np.where(p * (1.0 - p) > 0, groups / (groups - 1.0) * squares / binomial, 1.0)
    return effects


def _most_squares(x: Floats, k: Floats) -> Floats:
    """The largest sum of squares of k hits of those in `x`: the fullest groups first."""
    full = -np.sort(-x)
    ends = np.cumsum(full)
    at = np.minimum(np.searchsorted(ends, k), len(full) - 1)
    done: Floats = (k - (ends - full)[at]) ** 2 + (np.cumsum(full**2) - full**2)[at]
    return done


def _least_products(x: Floats, m: Floats, k: Floats) -> Floats:
    """The least sum of hits times group size of k hits of those in `x`: the smallest groups first."""
    order = np.argsort(m, kind="stable")
    ends = np.cumsum(x[order])
    done: Floats = np.interp(k, np.append(0.0, ends), np.append(0.0, np.cumsum((x * m)[order])))
    return done


def _caution(parts: float, groups: int) -> float:
    """(t_{n-1} / t_{G-1})^2 at 97.5 %: few groups make the variance itself uncertain (Korn and Graubard)."""
    if groups < 2:
        return 1.0
    return float((stdtrit(parts - 1.0, 0.975) / stdtrit(groups - 1.0, 0.975)) ** 2)
