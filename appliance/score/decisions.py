"""Scores of decisions and of the NG scores behind them. NG is the positive class throughout.

All arguments of one call are over the same parts, and only over parts that were scored: the caller leaves NaN out.
A score that one class, or no part, leaves undefined is NaN.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Truth = NDArray[np.bool_]
Scores = NDArray[np.floating]

NAN = float("nan")
ECE_BINS = 15


@dataclass(frozen=True)
class Counts:
    """Parts by truth and decision. `escapes` are NG parts passed as OK, `overkills` OK parts rejected."""

    ok: int
    ng: int
    escapes: int
    overkills: int

    @property
    def right(self) -> int:
        """Parts decided rightly."""
        return self.ok + self.ng - self.escapes - self.overkills


def counts(truth: Truth, ng: Truth) -> Counts:
    """truth: (n,) bool, True = NG; ng: (n,) bool decisions."""
    bad = int(np.count_nonzero(truth))
    escapes = int(np.count_nonzero(truth & ~ng))
    overkills = int(np.count_nonzero(ng & ~truth))
    return Counts(len(truth) - bad, bad, escapes, overkills)


def accuracy(c: Counts) -> float:
    """Share of parts decided rightly, 0..1; NaN without parts."""
    return _ratio(c.right, c.ok + c.ng)


def balanced_accuracy(c: Counts) -> float:
    """Mean of the shares of OK and of NG parts decided rightly, 0..1; NaN where either class has no part."""
    return 1.0 - (_ratio(c.escapes, c.ng) + _ratio(c.overkills, c.ok)) / 2.0


def f1(c: Counts) -> float:
    """F1 of NG at the deployed threshold, 0..1; NaN where there is no NG part and no NG decision."""
    caught = c.ng - c.escapes
    return _ratio(2 * caught, 2 * caught + c.escapes + c.overkills)


def auroc(truth: Truth, score: Scores) -> float:
    """Chance that an NG part scores over an OK part, ties counting half (Mann-Whitney); 0..1."""
    from scipy.stats import rankdata  # late: scipy.stats takes half a second to load

    bad = int(np.count_nonzero(truth))
    good = len(truth) - bad
    if not bad or not good:
        return NAN
    ranks = rankdata(score)[truth].sum()
    return float((ranks - bad * (bad + 1) / 2) / (bad * good))


def average_precision(truth: Truth, score: Scores) -> float:
    """Sum over thresholds of precision times the gain in recall (no interpolation), 0..1; NaN without NG parts."""
    bad = np.count_nonzero(truth)
    if not bad:
        return NAN
    order = np.argsort(-score, kind="stable")
    last_of_tie = np.append(np.diff(score[order]) != 0, True)
    caught = np.cumsum(truth[order])[last_of_tie]
    taken = np.flatnonzero(last_of_tie) + 1
    return float(np.sum(caught / taken * np.diff(caught, prepend=0)) / bad)


def calibration_error(truth: Truth, logit: Scores, bins: int = ECE_BINS) -> float:
    """Expected calibration error of the NG probability sigmoid(logit), 0..1.

    Over `bins` equal bins of the probability: the mean, weighted by parts, of |mean probability - share of NG| (Naeini
    et al. 2015; 15 bins as in Guo et al. 2017). NaN without parts.
    """
    if not len(truth):
        return NAN
    probability = expit(logit.astype(np.float64))
    which = np.minimum((probability * bins).astype(np.intp), bins - 1)
    gap = np.bincount(which, weights=probability - truth, minlength=bins)
    return float(np.abs(gap).sum() / len(truth))


def confusion(actual: NDArray[np.integer], predicted: NDArray[np.integer], classes: int) -> NDArray[np.intp]:
    """(classes, classes) counts: rows the labelled class, columns the decided one.

    actual, predicted: (n,) class indices; parts with an index outside 0..classes-1 (unknown class) are left out.
    """
    known = (actual >= 0) & (actual < classes) & (predicted >= 0) & (predicted < classes)
    cell = actual[known].astype(np.intp) * classes + predicted[known]
    return np.bincount(cell, minlength=classes * classes).reshape(classes, classes)


def _ratio(k: int, n: int) -> float:
    return k / n if n else NAN
