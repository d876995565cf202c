"""Onset, value, hard limits, effective robustness: against brute force, statsmodels and scikit-learn."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull
from scipy.special import expit, logit
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from appliance.errors import UsageError
from appliance.law.onset import onset, remaining, smallest_set
from appliance.law.robustness import effective, effective_robustness, r_squared
from appliance.law.types import Measured
from appliance.law.value import acceptability, concave_hull, dominated, feasible, net_benefit, net_money, value

SIZES = np.array([1.0, 2.0, 4.0, 8.0, 16.0])


def family(accuracy: list[float], noise: float = 0.1, seed: int = 0) -> Measured:
    e = 1 - np.array(accuracy) / 100
    draws = e + np.random.default_rng(seed).normal(0, noise / 100, (4000, len(e)))
    return Measured(SIZES[: len(e)], e, np.full(len(e), 1e4), tuple("abcde"[: len(e)]), draws, True)


def test_remaining_is_the_best_of_the_larger_less_its_own() -> None:
    accuracy = np.random.default_rng(1).uniform(80, 95, (20, 5))
    brute = [[max(row[i:]) - row[i] for i in range(5)] for row in accuracy]
    np.testing.assert_allclose(remaining(accuracy), brute)


def test_onset_of_a_clear_plateau() -> None:
    found = onset(family([80, 86, 91.9, 92, 92]), tau=0.0)
    assert found is not None
    assert found.certain == "c"
    assert found.sizes == ("c",)
    assert sum(found.probability) == pytest.approx(1.0)


def test_onset_is_a_set_where_the_data_cannot_say() -> None:
    found = onset(family([80, 86, 91.5, 92, 92], 0.3), tau=0.3)
    assert found is not None
    assert {"c", "d"} <= set(found.sizes)


def test_without_a_delta_the_gain_ends_at_the_best_size() -> None:
    found = onset(family([80, 86, 91, 90, 89]), tau=0.0, delta=0.0)
    assert found is not None
    assert found.sizes == ("c",)


def test_smallest_set_takes_the_likeliest_first() -> None:
    assert smallest_set(np.array([0.02, 0.5, 0.48])) == [1, 2]
    assert smallest_set(np.array([0.5, 0.3, 0.2])) == [0, 1, 2]
    assert smallest_set(np.array([0.0, 1.0])) == [1]


def test_onset_needs_draws() -> None:
    m = family([80, 86])
    assert onset(Measured(m.sizes, m.errors, m.parts, m.names), tau=0.2) is None


@given(st.lists(st.floats(0, 100), min_size=3, max_size=8, unique=True))
def test_hull_is_the_best_at_some_price(y: list[float]) -> None:
    accuracy, x = np.array(y), np.arange(len(y), dtype=float)
    hull = set(concave_hull(x, accuracy))
    for price in np.linspace(0, 120, 200):
        benefit = net_benefit(accuracy, x, price)
        best = set(np.flatnonzero(benefit >= benefit.max() - 1e-9).tolist())
        assert best & hull


def test_hull_against_scipy() -> None:
    rng = np.random.default_rng(3)
    x, y = np.sort(rng.uniform(0, 10, 30)), rng.uniform(0, 10, 30)
    theirs = set(ConvexHull(np.column_stack([x, y])).vertices.tolist())
    assert set(concave_hull(x, y)) <= theirs


def test_dominated_and_acceptability_by_hand() -> None:
    draws = np.array([[1.0, 0.5, 2.0], [1.0, 0.9, 2.0], [1.0, 0.8, 0.0]])
    assert dominated(draws) == [1]
    assert acceptability(draws).tolist() == pytest.approx([1 / 3, 0, 2 / 3])


def test_value_names_sets() -> None:
    v = value(family([80, 86, 90, 89, 90.5]), tau=0.0, delta=0.5)
    assert v.dominated == ("d",)
    assert v.hull == ("a", "b", "c", "e")
    assert v.sizes == ("c",)
    dear = v.acceptability[v.prices.index(5.0)]
    assert np.argmax(dear) == 1
    assert [sum(r) for r in v.acceptability] == pytest.approx([1.0] * len(v.prices))


def test_money_counts_errors_and_running() -> None:
    assert net_money(np.array([0.1, 0.01]), np.array([0.001, 0.02]), 2.0).tolist() == pytest.approx([0.201, 0.04])


def test_feasible_set_and_its_best() -> None:
    answer = feasible(
        ("a", "b", "c", "d"),
        np.array([0.8, 0.9, 0.95, 0.99]),
        p99_ms=np.array([1.0, 2.0, 3.0, 99.0]),
        takt_ms=10.0,
        escape_upper=np.array([0.05, 0.01, np.nan, 0.001]),
        escape_limit=0.02,
    )
    assert (answer.names, answer.best) == (("b",), "b")
    with pytest.raises(UsageError, match="differ in length"):
        feasible(("a",), np.ones(2), p99_ms=np.ones(2), takt_ms=1, escape_upper=np.ones(2), escape_limit=1)


def test_effective_robustness_is_the_leave_one_out_residual() -> None:
    rng = np.random.default_rng(4)
    clean = expit(np.linspace(1, 4, 6))
    shifted = expit(0.8 * logit(clean) - 0.5 + rng.normal(0, 0.1, 6))
    x, y = logit(clean)[:, None], logit(shifted)
    foretold = expit(cross_val_predict(LinearRegression(), x, y, cv=LeaveOneOut()))
    np.testing.assert_allclose(effective_robustness(clean, shifted, 10**9), 100 * (shifted - foretold), atol=1e-6)
    assert r_squared(x[:, 0], y) == pytest.approx(sm.OLS(y, sm.add_constant(x)).fit().rsquared)


def test_effective_robustness_is_suppressed_where_clean_explains_little() -> None:
    clean, shifted = np.array([0.8, 0.85, 0.9, 0.95]), np.array([0.7, 0.5, 0.8, 0.6])
    draws = (np.tile(clean, (50, 1)), np.tile(shifted, (50, 1)))
    found = effective("fog@1", tuple("abcd"), clean, shifted, draws, 500)
    assert "R2" in found.suppressed
    assert not found.spans
    few = effective("fog@1", tuple("abc"), clean[:3], shifted[:3], draws, 500)
    assert "needs 4 members" in few.suppressed
    flat = effective("fog@1", tuple("abcd"), np.full(4, 0.9), shifted, draws, 500)
    assert flat.suppressed


def test_effective_robustness_where_the_others_are_equal_is_against_their_mean() -> None:
    """One member differs: leaving it out, no line is left; the mean of the others' logits stands in."""
    clean, shifted = np.array([0.9, 0.9, 0.9, 0.95]), np.array([0.6, 0.7, 0.8, 0.9])
    found = effective_robustness(clean, shifted, 10**9)
    assert found[3] == pytest.approx(100 * (0.9 - expit(logit(shifted[:3]).mean())))
    level = effective_robustness(np.full(4, 0.9), shifted, 10**9)
    assert level[0] == pytest.approx(100 * (0.6 - expit(logit(shifted[1:]).mean())))


def test_lengths_must_agree() -> None:
    with pytest.raises(UsageError, match="differ"):
        effective("fog@1", tuple("abcd"), np.ones(3), np.ones(4), (np.ones((2, 4)), np.ones((2, 4))), 10)
