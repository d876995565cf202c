"""Drift worked by hand, and against scipy."""

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from appliance.log.types import Outcomes
from appliance.score.drift import drifts, wasserstein
from appliance.score.resample import Resamples

TRUTH = np.array([True, True, False, False])


def _outcomes(*scores: float) -> Outcomes:
    score = np.array(scores, np.float32)
    return Outcomes(score, score > 0)


def test_drift_by_hand() -> None:
    clean, cell = _outcomes(3, 1, -2, -1), _outcomes(2, -1, -2, 2)
    (found,) = drifts(TRUTH, clean, [cell], Resamples.of(1, 4))
    assert found is not None
    assert (found.flip_rate.k, found.flip_rate.n) == (2, 4)
    assert (found.ok_to_ng, found.ng_to_ok) == (1, 1)
    assert found.mean_shift == pytest.approx((1 + 2 + 0 + 3) / 4)
    assert found.signed_shift == pytest.approx((-1 - 2 + 0 + 3) / 4)
    assert found.p95_shift == pytest.approx(np.quantile([0, 1, 2, 3], 0.95))
    assert found.wasserstein == pytest.approx((0 + 0 + 1 + 1) / 4)  # -2 -1 1 3 against -2 -1 2 2
    assert found.drop.estimate == pytest.approx(50.0)
    assert found.relative_drop == pytest.approx(0.5)
    assert found.mcnemar_p == pytest.approx(0.25)  # 2 against 0: exact 0.5, less its own 0.25


def test_the_clean_cell_does_not_drift() -> None:
    clean = _outcomes(3, 1, -2, -1)
    (found,) = drifts(TRUTH, clean, [clean], Resamples.of(1, 4))
    assert found is not None
    assert (found.flip_rate.k, found.mean_shift, found.wasserstein, found.drop.estimate) == (0, 0.0, 0.0, 0.0)
    assert found.mcnemar_p == 1.0


def test_parts_that_either_cell_did_not_score_are_left_out() -> None:
    nan = float("nan")
    clean, cell = _outcomes(3, nan, -2, -1), _outcomes(2, 5, nan, 2)
    (found,) = drifts(TRUTH, clean, [cell], Resamples.of(1, 4))
    assert found is not None
    assert (found.flip_rate.k, found.flip_rate.n) == (1, 2)
    assert found.drop.estimate == pytest.approx(50.0)


def test_a_failed_cell_has_no_drift() -> None:
    failed = _outcomes(*[float("nan")] * 4)
    assert drifts(TRUTH, _outcomes(3, 1, -2, -1), [failed], Resamples.of(1, 4)) == [None]
    assert drifts(TRUTH, failed, [], Resamples.of(1, 4)) == []


def test_many_cells_at_once_equal_each_alone() -> None:
    rng = np.random.default_rng(5)
    truth, resamples = rng.random(80) < 0.5, Resamples.of(2, 80)
    clean, *cells = (_outcomes(*(truth * 2 - 1 + rng.normal(0, 1, 80))) for _ in range(6))
    together = drifts(truth, clean, cells, resamples)
    assert together == [drifts(truth, clean, [cell], resamples)[0] for cell in cells]


@pytest.mark.parametrize("seed", range(5))
def test_wasserstein_agrees_with_scipy(seed: int) -> None:
    a, b = np.random.default_rng(seed).normal(size=(2, 50)).astype(np.float32)
    assert wasserstein(a, b) == pytest.approx(wasserstein_distance(a, b), rel=1e-5)


def test_no_clean_accuracy_has_no_relative_drop() -> None:
    (found,) = drifts(TRUTH, _outcomes(-3, -1, 2, 1), [_outcomes(1, 1, 1, 1)], Resamples.of(1, 4))
    assert found is not None
    assert np.isnan(found.relative_drop)
