"""Curves and their fits, against scipy, lmfit, statsmodels and finite differences."""

import lmfit
import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import approx_fprime, brute

from appliance.errors import UsageError
from appliance.law.fit import fit, fit_rows, lift, log_weights
from appliance.law.forms import FORMS, allowed, jacobian, log_error, starts

OCTAVES = np.array([0.0, 1.0, 2.2, 3.0, 4.1, 5.0, 6.3, 7.0])
Z = OCTAVES / OCTAVES[-1]


def thetas(name: str, count: int, rng: np.random.Generator) -> np.ndarray:
    form = FORMS[name]
    bounds = form.bounds(Z)
    q = rng.uniform(bounds[:, 0] * 0.8, bounds[:, 1] * 0.8, (count, len(form.grid)))
    linear = form.design(q, Z).shape[-1]
    return np.concatenate([q, np.full((count, 1), -1.5), rng.uniform(0.2, 1.5, (count, linear - 1))], axis=1)


@pytest.mark.parametrize("name", FORMS)
def test_jacobian_is_the_derivative(name: str) -> None:
    form = FORMS[name]
    for theta in thetas(name, 5, np.random.default_rng(1)):
        numeric = np.array([approx_fprime(theta, lambda t, i=i: log_error(form, t, Z)[i], 1e-7) for i in range(len(Z))])
        np.testing.assert_allclose(jacobian(form, theta, Z), numeric, atol=2e-5)


@pytest.mark.parametrize("name", FORMS)
def test_exact_data_give_the_form_back(name: str) -> None:
    for theta in thetas(name, 4, np.random.default_rng(2)):
        errors = np.exp(log_error(FORMS[name], theta, Z))
        answer = fit(FORMS[name], OCTAVES, errors)
        assert answer.loss < 1e-10
        np.testing.assert_allclose(answer.predict(OCTAVES), errors, rtol=1e-5)


def test_parameters_are_in_natural_units() -> None:
    errors = 0.02 + 0.3 * 2.0 ** (-0.8 * OCTAVES)
    found = fit(FORMS["power+floor"], OCTAVES, errors).parameters
    assert found["b"] == pytest.approx(0.8, rel=1e-4)
    assert found["c"] == pytest.approx(0.02, rel=1e-4)
    assert found["a"] == pytest.approx(0.3, rel=1e-4)
    straight = fit(FORMS["log-linear"], OCTAVES, 0.5 - 0.05 * OCTAVES).parameters
    assert (straight["a"], straight["per_doubling"]) == pytest.approx((0.5, 0.05), rel=1e-4)
    kinked = fit(FORMS["hinge"], OCTAVES, 0.4 * 2.0 ** (-0.5 * np.minimum(OCTAVES, 4.5))).parameters
    assert (kinked["b"], kinked["kink_doublings"]) == pytest.approx((0.5, 4.5), rel=1e-3)


def test_power_is_weighted_least_squares_on_logs() -> None:
    rng = np.random.default_rng(3)
    errors, weights = np.exp(rng.normal(-2, 0.4, 8)), rng.uniform(0.2, 3, 8)
    line = sm.WLS(np.log(errors), sm.add_constant(-OCTAVES * np.log(2.0)), weights=weights).fit()
    found = fit(FORMS["power"], OCTAVES, errors, weights)
    assert (np.log(found.parameters["a"]), found.parameters["b"]) == pytest.approx(tuple(line.params), rel=1e-6)
    assert found.loss == pytest.approx(line.ssr if not hasattr(line, "wresid") else float((line.wresid**2).sum()))


def test_power_with_floor_against_lmfit() -> None:
    rng = np.random.default_rng(4)
    errors = (0.03 + 0.25 * 2.0 ** (-0.9 * OCTAVES)) * np.exp(rng.normal(0, 0.03, 8))

    def residual(p: lmfit.Parameters) -> np.ndarray:
        return np.log(p["c"] + p["a"] * 2.0 ** (-p["b"] * OCTAVES)) - np.log(errors)

    start = lmfit.create_params(a={"value": 0.2, "min": 1e-6}, b={"value": 0.5, "min": 0}, c={"value": 0.01, "min": 0})
    theirs = lmfit.minimize(residual, start, xtol=1e-12, ftol=1e-12)
    ours = fit(FORMS["power+floor"], OCTAVES, errors)
    assert ours.loss <= theirs.chisqr * (1 + 1e-9)
    for key in "abc":
        assert ours.parameters[key] == pytest.approx(theirs.params[key].value, rel=1e-4)


def test_hinge_against_brute_force() -> None:
    rng = np.random.default_rng(5)
    errors = 0.4 * 2.0 ** (-0.5 * np.minimum(OCTAVES, 3.6)) * np.exp(rng.normal(0, 0.05, 8))

    def loss(k: np.ndarray) -> float:
        design = sm.add_constant(-np.minimum(OCTAVES, float(np.squeeze(k))))
        return float(sm.OLS(np.log(errors), design).fit().ssr)

    best = brute(loss, ((OCTAVES[1], OCTAVES[-2]),), Ns=400)
    ours = fit(FORMS["hinge"], OCTAVES, errors)
    assert ours.loss <= loss(best) * (1 + 1e-6)


def test_huber_shrugs_off_an_outlier_and_needs_eight_sizes() -> None:
    errors = 0.3 * 2.0 ** (-0.5 * OCTAVES)
    errors[3] *= 2.0
    plain, robust = (fit(FORMS["power"], OCTAVES, errors, huber=h).parameters["a"] for h in (False, True))
    assert abs(robust - 0.3) < abs(plain - 0.3) / 2
    with pytest.raises(UsageError, match="Huber"):
        fit(FORMS["power"], OCTAVES[:5], errors[:5], huber=True)


@pytest.mark.parametrize(("name", "sizes"), [(f.name, n) for n in (5, 6, 8) for f in allowed(n)])
def test_fast_fit_is_within_its_stated_error(name: str, sizes: int) -> None:
    """Predictions of the fast path on noisy rows: 95 % within 0.002 pp of the exact fit, all within 0.3 pp."""
    form = FORMS[name]
    rng = np.random.default_rng(sizes)
    octaves, weights = np.arange(sizes, dtype=float), rng.uniform(0.5, 2, sizes)
    z = octaves / octaves[-1]
    rows = np.log((0.05 + 0.25 * 2.0 ** (-0.7 * octaves)) * np.exp(rng.normal(0, 0.06, (30, sizes))))
    fast = np.exp(log_error(form, fit_rows(form, z, rows, weights), z))
    exact = np.stack([fit(form, octaves, np.exp(r), weights).predict(octaves) for r in rows])
    losses = [(((np.log(p) - rows) ** 2) * weights).sum(1) for p in (fast, exact)]
    assert np.mean(losses[0] <= losses[1] * (1 + 1e-3) + 1e-9) >= 0.95
    assert np.quantile(np.abs(fast - exact), 0.95) < 2e-5
    assert np.abs(fast - exact).max() < 3e-3


def test_forms_wait_for_their_sizes() -> None:
    assert [f.name for f in allowed(3)] == ["constant", "log-linear", "power"]
    assert "power+floor" in {f.name for f in allowed(5)}
    assert "hinge" not in {f.name for f in allowed(5)}
    assert allowed(8)[-1].name == "break"
    with pytest.raises(UsageError, match="needs 6 sizes"):
        fit(FORMS["hinge"], OCTAVES[:5], np.full(5, 0.1))


def test_zero_error_is_refused_with_the_mend_and_lifted_with_parts() -> None:
    with pytest.raises(UsageError, match="zero"):
        fit(FORMS["power"], OCTAVES[:3], np.array([0.1, 0.0, 0.1]))
    assert lift(np.array([0.0, 0.5]), np.array([9.0, np.nan])).tolist() == [0.05, 0.5]


def test_log_weights_are_inverse_variances() -> None:
    e = np.array([0.5, 0.1])
    w = log_weights(e, e * (1 - e) / 100, 0.0)
    assert w[0] / w[1] == pytest.approx((0.5**2 / 0.0025) / (0.1**2 / 0.0009))
    assert log_weights(e, np.zeros(2), 0.0).tolist() == [1.0, 1.0]
    assert log_weights(e, np.zeros(2), 0.3)[0] / log_weights(e, np.zeros(2), 0.3)[1] == pytest.approx(25.0)


def test_the_grid_covers_the_bounds() -> None:
    q = starts(FORMS["power+floor"], Z)
    assert q.shape == (625, 2)
    assert q.min(0).tolist() == FORMS["power+floor"].bounds(Z)[:, 0].tolist()
