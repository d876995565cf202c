"""Decision metrics against scikit-learn, against figures worked by hand, and where they are undefined."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.calibration import calibration_curve

from appliance.score import decisions as d

TRUTH = np.array([True, True, True, False, False, False, False, False])
NG = np.array([True, True, False, True, False, False, False, False])
SCORE = np.array([2.0, 1.0, -1.0, 1.5, -1.0, -2.0, -3.0, -0.5], np.float32)


def test_counts_by_hand() -> None:
    assert d.counts(TRUTH, NG) == d.Counts(ok=5, ng=3, escapes=1, overkills=1)


def test_decision_metrics_by_hand() -> None:
    c = d.counts(TRUTH, NG)
    assert d.accuracy(c) == 6 / 8
    assert d.balanced_accuracy(c) == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert d.f1(c) == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))


def test_auroc_by_hand() -> None:
    # 15 pairs: NG 2.0 beats five, 1.0 beats four, -1.0 beats two and ties with one
    assert d.auroc(TRUTH, SCORE) == pytest.approx((5 + 4 + 2.5) / 15)


def test_average_precision_by_hand() -> None:
    # thresholds 2.0 and 1.0 gain a third each at precision 1/1 and 2/3, -1.0 (tied with an OK part) at 3/6
    assert d.average_precision(TRUTH, SCORE) == pytest.approx((1 + 2 / 3 + 3 / 6) / 3)


def test_calibration_error_by_hand() -> None:
    logit = np.array([np.log(0.9 / 0.1)] * 2 + [np.log(0.2 / 0.8)] * 2)
    truth = np.array([True, False, False, False])
    assert d.calibration_error(truth, logit) == pytest.approx((2 * abs(0.9 - 0.5) + 2 * 0.2) / 4)


cases = st.integers(0, 2**32 - 1).map(lambda seed: _drawn(np.random.default_rng(seed)))


def _drawn(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n = int(rng.integers(2, 60))
    truth = rng.random(n) < 0.4
    truth[:2] = (True, False)
    score = rng.choice([rng.normal(size=n), rng.integers(-3, 4, n).astype(float)]).astype(np.float32)  # with ties
    return truth, score, score > 0


@given(cases)
def test_agrees_with_scikit_learn(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    truth, score, ng = case
    c = d.counts(truth, ng)
    assert d.accuracy(c) == pytest.approx(metrics.accuracy_score(truth, ng))
    assert d.balanced_accuracy(c) == pytest.approx(metrics.balanced_accuracy_score(truth, ng))
    assert d.f1(c) == pytest.approx(metrics.f1_score(truth, ng))
    assert d.auroc(truth, score) == pytest.approx(metrics.roc_auc_score(truth, score))
    assert d.average_precision(truth, score) == pytest.approx(metrics.average_precision_score(truth, score))


@given(cases)
def test_calibration_error_agrees_with_the_calibration_curve(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    truth, score, _ = case
    probability = 1 / (1 + np.exp(-score.astype(np.float64)))
    true, mean = calibration_curve(truth, probability, n_bins=d.ECE_BINS)
    weights = np.bincount(np.minimum((probability * d.ECE_BINS).astype(int), d.ECE_BINS - 1))
    expected = np.abs(true - mean) @ weights[weights > 0] / len(truth)
    assert d.calibration_error(truth, score) == pytest.approx(expected, abs=1e-9)


@given(cases)
def test_confusion_agrees_with_scikit_learn(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    truth, score, _ = case
    actual, predicted = truth.astype(int) * 2, np.clip(np.rint(score), 0, 2).astype(int)
    assert (d.confusion(actual, predicted, 3) == metrics.confusion_matrix(actual, predicted, labels=[0, 1, 2])).all()


def test_confusion_leaves_unknown_classes_out() -> None:
    assert d.confusion(np.array([-1, 0, 1]), np.array([0, 1, 5]), 2).tolist() == [[0, 1], [0, 0]]


@pytest.mark.parametrize("truth", [np.zeros(4, bool), np.zeros(0, bool)], ids=["only OK", "no parts"])
def test_undefined_without_ng_parts(truth: np.ndarray) -> None:
    score = np.zeros(len(truth))
    assert np.isnan([d.auroc(truth, score), d.average_precision(truth, score)]).all()
    assert np.isnan(d.balanced_accuracy(d.counts(truth, truth)))
    assert np.isnan(d.f1(d.counts(truth, truth)))


def test_undefined_without_ok_parts() -> None:
    truth = np.ones(3, bool)
    assert np.isnan(d.auroc(truth, np.zeros(3)))
    assert np.isnan(d.balanced_accuracy(d.counts(truth, truth)))
    assert d.average_precision(truth, np.zeros(3)) == 1.0


def test_undefined_without_parts() -> None:
    none = np.zeros(0, bool)
    assert np.isnan([d.accuracy(d.counts(none, none)), d.calibration_error(none, np.zeros(0))]).all()


def test_all_scores_tied_rank_nothing() -> None:
    assert d.auroc(TRUTH, np.zeros(8)) == 0.5
    assert d.average_precision(TRUTH, np.zeros(8)) == pytest.approx(3 / 8)
