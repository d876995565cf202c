"""A gate that may be looked at after every part: is a rate shown to be below its limit, or above it?

The test is Robbins' mixture of likelihood ratios (Annals of Mathematical Statistics 41 (1970) 1397-1409; for
Bernoulli data Howard, Ramdas, McAuliffe and Sekhon, Annals of Statistics 49 (2021) 1055-1080): after k failures in n
parts the evidence that the rate is below p0 is

    M = integral over q < p0 of  q^k (1-q)^(n-k) / (p0^k (1-p0)^(n-k))  d Beta(q; a, b) truncated to q < p0.

At any rate of p0 or more M is a nonnegative supermartingale that begins at 1, so by Ville's inequality it ever reaches
1 / alpha with probability alpha at most, however often one looks and whenever one stops. The evidence that the rate is
above p0 is the same integral over q > p0. Parts must be independent: of grouped parts count groups.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from math import inf, log

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaincc, betaln, xlog1py, xlogy

from appliance.advice.types import Floats

ALPHA = 0.05
PRIOR = 0.5
WALKS, LONGEST = 2000, 400  # simulated sequences, and the failures each is followed for


class Gate(StrEnum):
    """How a gate stands."""

    PASSED = "passed"
    FAILED = "failed"
    OPEN = "go on"


@dataclass(frozen=True)
class Standing:
    """A gate after `failures` of `parts`: its state, and how many further parts without a failure would pass it."""

    rate: str
    limit: float
    failures: int
    parts: int
    gate: Gate
    further: int | None


def evidence_below(k: ArrayLike, n: ArrayLike, limit: float) -> Floats:
    """log M that the rate is below `limit` (0..1) after `k` failures in `n` parts; pass at log(1 / alpha)."""
    return _evidence(k, n, limit, betainc)


def evidence_above(k: ArrayLike, n: ArrayLike, limit: float) -> Floats:
    """log M that the rate is above `limit`; fail at log(1 / alpha)."""
    return _evidence(k, n, limit, betaincc)


def _evidence(k: ArrayLike, n: ArrayLike, limit: float, side: np.ufunc) -> Floats:
    hits, misses = np.asarray(k, np.float64), np.asarray(n, np.float64) - np.asarray(k, np.float64)
    a, b = PRIOR, PRIOR / limit
    prior = betaln(a, b) + np.log(side(a, b, limit))
    with np.errstate(divide="ignore"):  # a side that holds no probability left is no evidence: log 0
        after = betaln(hits + a, misses + b) + np.log(side(hits + a, misses + b, limit))
    return np.asarray(after - prior - xlogy(hits, limit) - xlog1py(misses, -limit))


def gate(k: int, n: int, limit: float, alpha: float = ALPHA) -> Gate:
    """The state of a gate after `k` failures in `n` parts; either error has probability `alpha` at most, ever."""
    if evidence_below(k, n, limit) >= log(1.0 / alpha):
        return Gate.PASSED
    return Gate.FAILED if evidence_above(k, n, limit) >= log(1.0 / alpha) else Gate.OPEN


def standing(rate: str, k: int, n: int, limit: float, alpha: float = ALPHA) -> Standing:
    """The gate on one rate as it stands."""
    state = gate(k, n, limit, alpha)
    further = passes_at(k, limit, alpha) - n if state is Gate.OPEN else None
    return Standing(rate, limit, k, n, state, further)


def passes_at(k: int, limit: float, alpha: float = ALPHA) -> int:
    """The fewest parts at which `k` failures pass the gate."""
    low, high = k, max(2 * k, 64)
    while evidence_below(k, high, limit) < log(1.0 / alpha):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        reached = evidence_below(k, middle, limit) >= log(1.0 / alpha)
        low, high = (low, middle) if reached else (middle, high)
    return high


@cache
def _boundary(limit: float, alpha: float) -> tuple[int, ...]:
    return tuple(passes_at(k, limit, alpha) for k in range(LONGEST))


def stopping(rate: float, limit: float, seed: int = 0, alpha: float = ALPHA) -> Floats:
    """(WALKS,) parts at which the gate is passed in simulated sequences of the failure rate `rate`; inf: never.

    Sequences are followed for LONGEST failures.
    """
    ends = np.array(_boundary(limit, alpha), np.float64)
    if rate <= 0:
        return np.full(WALKS, ends[0])
    rng = np.random.default_rng(np.random.SeedSequence([seed, 0x5E9]))
    at: NDArray[np.int64] = np.cumsum(rng.geometric(rate, (WALKS, LONGEST)), axis=1)
    begins = np.concatenate([np.zeros((WALKS, 1), np.int64), at[:, :-1]], axis=1)
    passed = at > ends  # the next failure comes after the gate was passed with k of them
    first = np.argmax(passed, axis=1)
    stop = np.maximum(np.take_along_axis(begins, first[:, None], 1)[:, 0], ends[first])
    return np.where(passed.any(axis=1), stop, inf)
