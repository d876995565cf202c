"""The rule, its interval, and the families whose answer is known."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, bootstrap, norm
from sklearn.isotonic import IsotonicRegression

from appliance.errors import UsageError
from appliance.law.bootstrap import binomial_draws, rate_draws, resample_counts, scatter, soften
from appliance.law.types import Measured, Regime
from appliance.law.verdict import _allowed, isotonic, judge, slope_weights, verdict
from tests.law.simulate import SIZES, TRUTHS, accuracy, outcomes, train


def measured(wrong: np.ndarray, counts: np.ndarray, seed: int = 0) -> Measured:
    parts = np.full(wrong.shape[1], float(len(wrong)))
    draws = soften(rate_draws(wrong, counts), parts, seed)
    return Measured(SIZES[: wrong.shape[1]], wrong.mean(0), parts, tuple("abcde"[: wrong.shape[1]]), draws, True)


def published(sizes: list[float], errors: list[float], parts: float = 50_000) -> Measured:
    e, n = np.array(errors) / 100, np.full(len(errors), parts)
    draws = binomial_draws(e, n) if np.isfinite(parts) else None
    return Measured(np.array(sizes), e, n, tuple(f"s{i}" for i in range(len(sizes))), draws)


@pytest.mark.parametrize(
    ("low", "high", "state"),
    [
        (-2.0, -0.1, Regime.REGRESSING),
        (-2.0, 0.4, Regime.PLATEAU),
        (0.1, 0.4, Regime.PLATEAU),
        (0.1, 0.5, Regime.IMPROVING),
        (0.0, 0.5, Regime.UNDETERMINED),
        (-0.1, 0.6, Regime.UNDETERMINED),
        (float("nan"), 1.0, Regime.UNDETERMINED),
    ],
)
def test_the_rule_in_its_order(low: float, high: float, state: Regime) -> None:
    assert judge(low, high, 0.5) is state


def test_no_plateau_is_called_where_a_fall_is_nearly_as_likely() -> None:
    assert judge(-0.9, 0.1, 0.5, falling=0.33) is Regime.PLATEAU
    assert judge(-0.9, 0.1, 0.5, falling=0.34) is Regime.UNDETERMINED
    assert judge(-0.9, -0.1, 0.5, falling=0.9) is Regime.REGRESSING


def test_what_may_be_a_fall_says_how_many_parts_would_settle_it() -> None:
    rng = np.random.default_rng(3)
    errors = np.array([0.080, 0.0845, 0.089])
    draws = errors + rng.normal(0.0, 0.0042, (4000, 3))
    found = verdict(Measured(SIZES[:3], errors, np.full(3, 1000.0), tuple("abc"), draws, True), tau=0.0)
    assert -0.5 < found.slope.span.estimate < -0.4
    assert 0.0 < found.slope.span.high < 0.5
    assert found.state is Regime.UNDETERMINED
    assert found.needs is not None
    assert found.needs.parts is not None
    half = (found.slope.span.high - found.slope.span.low) / 2
    assert found.needs.parts == pytest.approx(1000 * (half / 0.45) ** 2, rel=0.05)


@given(
    x=st.lists(st.floats(0, 10), min_size=3, max_size=6, unique_by=lambda v: round(v, 2)),
    seed=st.integers(0, 2**16),
)
def test_slope_is_weighted_least_squares(x: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    octaves = np.sort(np.array(x))
    y, v = rng.normal(size=len(x)), rng.uniform(0.5, 2, len(x))
    theirs = sm.WLS(y, sm.add_constant(octaves, has_constant="add"), weights=1 / v).fit().params[1]
    assert slope_weights(octaves, v) @ y == pytest.approx(theirs, rel=1e-5, abs=1e-5)


def test_isotonic_against_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    errors, parts = rng.uniform(0, 0.5, 9), rng.integers(50, 500, 9).astype(float)
    theirs = IsotonicRegression().fit_transform(np.arange(9), 1 - errors, sample_weight=parts)
    np.testing.assert_allclose(isotonic(errors, parts), theirs, atol=1e-12)


def test_interval_agrees_with_scipy_bootstrap() -> None:
    rng = np.random.default_rng(2)
    wrong = outcomes(accuracy(Regime.IMPROVING), 800, rng)
    ours = verdict(measured(wrong, resample_counts(800, 4000, 3)), tau=0.0).slope.span
    e = wrong[:, -3:].mean(0)
    c = slope_weights(np.log2(SIZES[-3:]), e * (1 - e) + 1 / 800)
    per_part = -100.0 * wrong[:, -3:] @ c
    theirs = bootstrap((per_part,), np.mean, confidence_level=0.9, n_resamples=4000, method="percentile", rng=rng)
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.06)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.06)


def test_resamples_are_paired_and_counted() -> None:
    counts = resample_counts(50, 200, 1)
    assert counts.sum(1).tolist() == [50] * 200
    assert np.array_equal(counts, resample_counts(50, 200, 1))
    wrong = np.random.default_rng(0).random((50, 1)) < 0.3
    twice = rate_draws(np.hstack([wrong, wrong]), counts)
    assert np.array_equal(twice[:, 0], twice[:, 1])
    by_hand = [(c[:, None] * wrong).sum() / 50 for c in counts[:5]]
    np.testing.assert_allclose(twice[:5, 0], by_hand, rtol=1e-6)


def test_unscored_parts_are_left_out_for_all_sizes() -> None:
    wrong = np.array([[1.0, 0.0], [np.nan, 1.0], [0.0, 0.0]])
    draws = rate_draws(wrong, np.array([[1, 5, 1]], dtype=np.uint8))
    assert draws.tolist() == [[0.5, 0.0]]


def test_no_parts_is_a_clear_line() -> None:
    with pytest.raises(UsageError, match="no part was scored"):
        resample_counts(0)


def test_softened_zero_failures_have_the_jeffreys_bound() -> None:
    draws = soften(np.zeros((20_000, 1)), np.array([299.0]), 1)
    assert np.quantile(draws, 0.95) == pytest.approx(beta.ppf(0.95, 0.5, 299.5), rel=0.05)


def test_scatter_has_its_tau() -> None:
    assert scatter((20_000, 2), 0.3, 1).std() == pytest.approx(0.003, rel=0.02)
    assert not scatter((5, 2), 0.0, 1).any()


@pytest.mark.parametrize("regime", TRUTHS)
@pytest.mark.parametrize("tau", [0.0, 0.3])
def test_known_families_are_recognised(regime: Regime, tau: float) -> None:
    """10,000 parts: of 12 families of each truth at least 40 % are named, and at most two misnamed."""
    counts, rng = resample_counts(10_000, 500, 1), np.random.default_rng(7)
    states = [
        verdict(measured(outcomes(train(accuracy(regime), tau, rng), 10_000, rng), counts, i), tau=tau, seed=i).state
        for i in range(12)
    ]
    assert states.count(regime) >= 5
    assert sum(s not in {regime, Regime.UNDETERMINED} for s in states) <= 2


def test_resnet_is_improving_clean_and_on_imagenet_c() -> None:
    """torchvision ResNet-18 to 152; sizes in million parameters, errors in percent (SCALING)."""
    sizes = [11.69, 21.80, 25.56, 44.55, 60.19]
    clean, shifted = [30.2, 26.7, 23.9, 22.6, 21.7], [68.3, 62.8, 61.9, 57.4, 55.6]
    for errors, tau in ((clean, 0.2), (shifted, 0.8)):
        for t in (0.0, tau):
            assert verdict(published(sizes, errors), tau=t).state is Regime.IMPROVING


def test_the_fall_at_the_largest_resnext_is_not_averaged_away() -> None:
    """Semi-weakly supervised ResNeXt: 82.16, 83.27, 84.28, 83.34 % at 25, 44, 89, 194 million parameters."""
    m = published([25.03, 44.18, 88.79, 194.03], [17.838, 16.732, 15.724, 16.660])
    of_models = verdict(m, tau=0.0)
    assert of_models.state is Regime.REGRESSING
    assert of_models.slope is of_models.last
    assert of_models.three.state is Regime.PLATEAU
    assert of_models.slope.span.high < 0


def test_without_parts_only_tau_gives_width() -> None:
    m = published([1, 2, 4], [10, 8, 7], float("nan"))
    assert verdict(m, tau=0.2).slope.span.low < 1.5 < verdict(m, tau=0.2).slope.span.high
    bare = verdict(m, tau=0.0)
    assert bare.state is Regime.UNDETERMINED
    assert "number of parts" in bare.sentence


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_sizes_say_how_many_to_add(count: int) -> None:
    v = verdict(published([1.0, 2.0][:count], [10.0, 8.0][:count]), tau=0.2)
    assert v.state is Regime.UNDETERMINED
    assert f"add {3 - count}" in v.sentence
    assert np.isfinite(v.last.span.low) == (count == 2)


def test_needed_parts_do_settle_it() -> None:
    """An open verdict names a number of parts; at that number and the same rates it is settled."""
    sizes, errors = [1, 2, 4], [10.0, 9.4, 9.0]
    small = verdict(published(sizes, errors, 400), tau=0.0)
    assert small.state is Regime.UNDETERMINED
    assert small.needs is not None
    assert small.needs.parts is not None
    assert verdict(published(sizes, errors, small.needs.parts * 1.1), tau=0.0).state is not Regime.UNDETERMINED
    assert verdict(published(sizes, errors, small.needs.parts * 0.8), tau=0.0).state is Regime.UNDETERMINED


@pytest.mark.parametrize("slope", [-0.45, -0.30, -0.1, 0.2, 0.4, 0.7])
def test_the_needed_standard_error_is_where_the_rule_settles(slope: float) -> None:
    """Just below it the rule has an answer, just above it has none, for a normal slope."""
    allowed = _allowed(slope, 0.5)

    def said(error: float) -> Regime:
        half = norm.ppf(0.95) * error
        return judge(slope - half, slope + half, 0.5, float(norm.cdf((-0.5 - slope) / error)))

    assert said(0.999 * allowed) is not Regime.UNDETERMINED
    assert said(1.001 * allowed) is Regime.UNDETERMINED


def test_a_gain_of_exactly_nothing_asks_for_a_delta() -> None:
    v = verdict(published([1, 2, 4], [10.0, 10.0, 10.0], float("nan")), tau=0.2, delta=0.0)
    assert v.state is Regime.UNDETERMINED
    assert v.needs is not None
    assert "delta above 0" in v.needs.sentence


def test_a_wide_tau_asks_for_trainings_not_parts() -> None:
    v = verdict(published([1, 2, 4], [10.0, 9.4, 9.0], 1e6), tau=1.0)
    assert v.needs is not None
    assert v.needs.trainings is not None
    assert v.needs.trainings >= 2
    assert "no number of parts" in v.sentence
