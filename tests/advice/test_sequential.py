"""The gates hold their error rate however often one looks, and end early where the answer is clear."""

from math import exp, log

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import beta, binom

from appliance.advice.sequential import (
    ALPHA,
    PRIOR,
    Gate,
    evidence_above,
    evidence_below,
    gate,
    passes_at,
    standing,
    stopping,
)
from appliance.score.intervals import parts_needed


def test_the_evidence_is_its_integral() -> None:
    k, n, limit = 3, 80, 0.1
    prior = beta(PRIOR, PRIOR / limit)

    def ratio(q: float) -> float:
        return (q / limit) ** k * ((1 - q) / (1 - limit)) ** (n - k) * prior.pdf(q)

    below = quad(ratio, 0, limit)[0] / prior.cdf(limit)
    above = quad(ratio, limit, 1)[0] / prior.sf(limit)
    assert exp(evidence_below(k, n, limit)) == pytest.approx(below, rel=1e-5)
    assert exp(evidence_above(k, n, limit)) == pytest.approx(above, rel=1e-5)


@pytest.mark.parametrize("limit", [0.02, 0.1, 0.3])
@pytest.mark.parametrize("side", ["pass", "fail"])
def test_either_error_stays_below_five_percent_over_all_looks(limit: float, side: str) -> None:
    """600 sequences at exactly the limit, looked at after every one of 1500 parts."""
    rng = np.random.default_rng(11)
    parts = np.arange(1, 1501)
    wrong = 0
    for _ in range(600):
        k = np.cumsum(rng.random(1500) < limit)
        evidence = evidence_below(k, parts, limit) if side == "pass" else evidence_above(k, parts, limit)
        wrong += bool((evidence >= log(1 / ALPHA)).any())
    assert wrong / 600 <= ALPHA + 2 * np.sqrt(ALPHA * (1 - ALPHA) / 600)


def test_the_fixed_test_looked_at_every_time_would_not_hold_it() -> None:
    """Or the test above is blind: Clopper-Pearson after every part errs far more often."""
    rng = np.random.default_rng(11)
    parts = np.arange(1, 4001)
    wrong = sum(bool((binom.cdf(np.cumsum(rng.random(4000) < 0.1), parts, 0.1) <= ALPHA).any()) for _ in range(300))
    assert wrong / 300 > 3 * ALPHA


def test_a_clear_answer_comes_early() -> None:
    """At a quarter of the limit: the fixed number of parts that passes four times in five, and the mean needed here."""
    limit, rate = 0.02, 0.005
    allowed = next(k for k in range(100) if binom.cdf(k, parts_needed(limit, k), rate) >= 0.8)
    fixed = parts_needed(limit, allowed)
    ends = stopping(rate, limit)
    assert np.median(ends) < 0.95 * fixed
    assert np.isfinite(ends).mean() > 0.99


def test_a_bad_size_is_stopped_early() -> None:
    assert gate(12, 100, 0.02) is Gate.FAILED
    assert gate(0, 100, 0.02) is Gate.OPEN
    assert gate(0, passes_at(0, 0.02), 0.02) is Gate.PASSED
    assert gate(0, passes_at(0, 0.02) - 1, 0.02) is Gate.OPEN


def test_how_many_more_parts_would_pass() -> None:
    found = standing("escape", 2, 100, 0.05)
    assert found.further is not None
    assert gate(2, 100 + found.further, 0.05) is Gate.PASSED
    assert gate(2, 99 + found.further, 0.05) is Gate.OPEN


def test_at_the_limit_itself_a_gate_is_hardly_ever_passed() -> None:
    assert np.isfinite(stopping(0.1, 0.1)).mean() <= ALPHA + 0.01
