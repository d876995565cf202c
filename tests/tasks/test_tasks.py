"""Outputs become NG scores and decisions: worked by hand and against scipy."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logsumexp

from appliance.errors import InputRefused
from appliance.tasks import TASKS
from models.types import Card, Output

TWO = Card("image", "logits", 8, 8)
FOUR = replace(TWO, classes=("good", "fine", "scratch", "dent"), ok_classes=("good", "fine"))
RNG = np.random.default_rng(1)


def decide(raw: list[list[float]] | np.ndarray, card: Card, task: str = "classification"):
    return TASKS[task].outcomes(np.asarray(raw, np.float32), card)


def test_two_logits_by_hand() -> None:
    got = decide([[1.0, 3.0], [3.0, 1.0], [2.0, 2.0]], TWO)
    assert got.score.tolist() == [2.0, -2.0, 0.0]
    assert got.ng.tolist() == [True, False, False]  # a tie is the first class, as argmax decides
    assert got.cls is None
    assert got.score.dtype == np.float32


def test_two_probabilities_give_the_same_as_their_logits() -> None:
    logits = RNG.normal(0, 3, (50, 2))
    p = np.exp(logits - logsumexp(logits, axis=1, keepdims=True))
    a, b = decide(logits, TWO), decide(p, replace(TWO, output=Output.PROBABILITIES))
    np.testing.assert_allclose(a.score, b.score, rtol=1e-4, atol=1e-4)
    assert (a.ng == b.ng).all()


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.9])
def test_the_threshold_is_on_the_probability_of_ng(threshold: float) -> None:
    logits = RNG.normal(0, 3, (200, 4))
    got = decide(logits, replace(FOUR, threshold=threshold))
    p = np.exp(logits - logsumexp(logits, axis=1, keepdims=True))[:, 2:].sum(axis=1)
    assert (got.ng == (p > threshold)).all()
    np.testing.assert_allclose(expit(got.score), p, atol=1e-5)
    assert got.cls is not None
    assert (got.cls == logits.argmax(axis=1)).all()


def test_one_column_is_the_logit_or_the_probability_of_ng() -> None:
    assert decide([[1.5], [-1.5]], TWO).ng.tolist() == [True, False]
    got = decide([[0.8], [0.2]], replace(TWO, output=Output.PROBABILITIES))
    np.testing.assert_allclose(got.score, [np.log(4), -np.log(4)], rtol=1e-5)


def test_trailing_axes_of_one_are_dropped() -> None:
    assert decide(np.zeros((3, 2, 1, 1)), TWO).score.shape == (3,)


def test_a_certain_probability_stays_finite() -> None:
    got = decide([[0.0, 1.0], [1.0, 0.0]], replace(TWO, output=Output.PROBABILITIES))
    assert np.isfinite(got.score).all()
    assert got.ng.tolist() == [True, False]


def test_an_output_that_is_not_finite_counts_as_not_scored() -> None:
    got = decide([[np.nan, 1.0], [0.0, np.inf], [0.0, 1.0]], TWO)
    assert np.isnan(got.score).tolist() == [True, True, False]
    assert got.ng.tolist() == [False, False, True]


def test_an_output_that_does_not_fit_is_refused_with_both_counts() -> None:
    with pytest.raises(InputRefused, match="gives 3 values a part, the card names 2 classes"):
        decide(np.zeros((2, 3)), TWO)
    with pytest.raises(InputRefused, match="an anomaly score is one"):
        decide(np.zeros((2, 3)), TWO, "anomaly")


def test_anomaly_score_and_map() -> None:
    card = replace(TWO, output=Output.ANOMALY, threshold=0.7)
    assert decide([[0.6], [0.8]], card, "anomaly").ng.tolist() == [False, True]
    maps = np.zeros((2, 1, 4, 4))
    maps[1, 0, 2, 2] = 0.9
    got = decide(maps, card, "anomaly")
    np.testing.assert_allclose(got.score, [0.0, 0.9])
