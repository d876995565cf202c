"""Leave-one-size-out weights, the band, and the size that was left out."""

import numpy as np
import pytest

from appliance.errors import UsageError
from appliance.law.band import _lack, _scatter_squares, band, ground
from appliance.law.bootstrap import binomial_draws
from appliance.law.extrapolate import MISS_CLEAN, MISS_PERTURBED, left_out, predict_size, public_miss
from appliance.law.fit import fit, fit_rows
from appliance.law.forms import FORMS, log_error
from appliance.law.quantity import Setting, is_vague, law_of
from appliance.law.types import Measured
from appliance.law.weights import believe


def family(errors: list[float], parts: float = 20_000) -> Measured:
    e, n = np.array(errors), np.full(len(errors), parts)
    return Measured(2.0 ** np.arange(len(e)), e, n, tuple("abcdefgh"[: len(e)]), binomial_draws(e, n, 600))


def test_weights_are_inverse_to_the_left_out_error_done_by_hand() -> None:
    octaves = np.arange(6.0)
    errors = np.array([0.3, 0.22, 0.17, 0.14, 0.12, 0.11])
    believed = believe(octaves / 5, np.log(errors), np.ones(6))
    trust = {}
    for b in believed:
        misses = []
        for i in range(6):
            rest = np.delete(np.arange(6), i)
            if b.form.sizes > 5:  # the hinge is allowed with six sizes, and is refitted to five for the weight
                misses.append(np.log(errors[i]) - _brute_hinge(octaves[rest], errors[rest], octaves[i]))
                continue
            shifted = octaves[rest] - octaves[rest][0]
            refit = fit(b.form, shifted, errors[rest])
            misses.append(np.log(errors[i] / refit.predict(octaves[i : i + 1] - octaves[rest][0])[0]))
        trust[b.form.name] = 1 / np.mean(np.square(misses))
    for b in believed:
        if b.form.name != "power+floor":  # its bounds move with the span, so its refit may differ
            assert b.rms == pytest.approx(trust[b.form.name] ** -0.5, rel=2e-2)
    assert sum(b.weight for b in believed) == pytest.approx(1.0)


def _brute_hinge(octaves: np.ndarray, errors: np.ndarray, at: float) -> float:
    best = (np.inf, 0.0)
    for k in np.linspace(octaves[1], octaves[-2], 2001):
        design = np.column_stack([np.ones_like(octaves), -np.minimum(octaves, k)])
        beta, *_ = np.linalg.lstsq(design, np.log(errors), rcond=None)
        loss = float(((np.log(errors) - design @ beta) ** 2).sum())
        best = min(best, (loss, float(beta[0] - beta[1] * min(at, k))))
    return best[1]


def test_the_true_form_gets_the_weight() -> None:
    octaves = np.arange(6.0)
    power = believe(octaves / 5, np.log(0.3 * 2 ** (-0.4 * octaves)), np.ones(6))
    straight = believe(octaves / 5, np.log(0.4 - 0.05 * octaves), np.ones(6))
    assert max(straight, key=lambda b: b.weight).form.name == "log-linear"
    assert {b.form.name: b.weight for b in power}["constant"] < 1e-6


def test_fewer_than_three_sizes_believe_nothing() -> None:
    assert believe(np.array([0.0, 1.0]), np.log([0.2, 0.1]), np.ones(2)) == ()


def test_band_holds_the_law_and_widens_with_tau() -> None:
    m = family([0.3, 0.24, 0.19, 0.16, 0.13])
    narrow, wide = band(m, tau=0.0), band(m, tau=1.0)
    low, middle, high = (np.array(x) for x in (narrow.low, narrow.middle, narrow.high))
    assert np.all((low <= middle) & (middle <= high))
    assert np.mean(np.array(wide.high) - wide.low) > np.mean(high - low)
    assert set(m.sizes) <= set(np.round(narrow.sizes, 9))


def test_left_out_size_is_foretold_from_the_others() -> None:
    m = family([0.32, 0.24, 0.18, 0.135, 0.10125])
    told = left_out(m, tau=0.2)
    assert told is not None
    assert (told.name, told.actual) == ("e", 0.10125)
    assert told.span.holds(0.10125)
    assert told.span.estimate == pytest.approx(0.101, abs=0.01)


def test_prediction_is_never_narrower_than_the_public_misses() -> None:
    m = family([0.32, 0.24, 0.18, 0.135, 0.10125], 1e9)
    for condition, miss in (("clean", MISS_CLEAN), ("fog@1", MISS_PERTURBED)):
        told = predict_size(m, 32.0, tau=0.0, miss=public_miss(condition)).span
        assert told.high - told.estimate >= miss / 100 - 1e-12
        assert told.estimate - told.low >= min(miss / 100, told.estimate) - 1e-12


def test_beyond_one_doubling_is_refused() -> None:
    m = family([0.32, 0.24, 0.18, 0.135, 0.1])
    with pytest.raises(UsageError, match="within one doubling"):
        predict_size(m, 33.0, tau=0.2)
    with pytest.raises(UsageError, match="three sizes"):
        predict_size(family([0.3, 0.2]), 4.0, tau=0.2)
    assert left_out(family([0.3, 0.2, 0.15]), tau=0.2) is None


def test_a_parameter_with_a_wide_jackknife_range_is_undetermined() -> None:
    assert is_vague(0.1, 0.21)
    assert not is_vague(0.1, 0.19)
    assert is_vague(-0.1, 0.1)
    assert is_vague(float("nan"), 1.0)
    law = law_of(family([0.30, 0.27, 0.239, 0.226, 0.217]))
    floor = next(f for f in law.forms if f.name == "power+floor")
    assert "b" in floor.undetermined


def test_no_failures_at_all_still_have_a_law() -> None:
    """Zero errors of 480 are lifted by half a failure: forms and verdict exist, and nothing is certain."""
    law = law_of(family([10 / 480, 2 / 480, 0, 0, 0], 480))
    assert law.band is not None
    assert min(law.band.low) >= 0
    slope = law.verdict.slope.span
    assert slope.high - slope.low > 0.2


def test_notes_say_what_cannot_be_said() -> None:
    e = np.array([0.3, 0.2, 0.1])
    bare = law_of(Measured(np.array([1.0, 2.0, 4.0]), e, np.full(3, np.nan), ("a", "b", "c")))
    assert bare.models is None
    assert any("no number of parts" in n for n in bare.notes)
    two = law_of(family([0.3, 0.2]))
    assert any("three sizes" in n for n in two.notes)
    assert not two.forms
    below = law_of(
        Measured(np.array([1.0, 2.0, 4.0]), np.array([0.1, 0.0, -0.01]), np.full(3, np.nan), ("a", "b", "c"))
    )
    assert any("logarithm" in n for n in below.notes)
    assert ground(family([0.3, 0.2, 0.1]), 0.2).rows.shape == (600, 3)


def test_tied_sizes_are_one_size_trained_twice_and_tell_tau() -> None:
    rng = np.random.default_rng(2)
    sizes = np.repeat([1.0, 2.0, 4.0], 8)
    errors = np.repeat([0.3, 0.25, 0.2], 8) + rng.normal(0, 0.005, 24)
    n = np.full(24, 1e7)
    m = Measured(sizes, errors, n, tuple(f"m{i}" for i in range(24)), binomial_draws(errors, n, 500))
    law = law_of(m, setting=Setting(tau_clean=0.2))
    assert len(law.measured.sizes) == 3
    assert law.verdict.tau == pytest.approx(0.5, rel=0.3)
    assert any("same size" in x for x in law.notes)
    pair = law_of(m.keep(np.array([0, 1, 8, 16])))
    assert pair.verdict.tau == 0.2
    assert any("too few to replace" in x for x in pair.notes)


def test_a_size_must_be_positive() -> None:
    with pytest.raises(UsageError, match="size of b is not a positive"):
        law_of(Measured(np.array([1.0, 0.0, 2.0]), np.full(3, 0.1), np.full(3, np.nan), ("a", "b", "c")))


def test_form_names_are_those_of_the_registry() -> None:
    assert {f.name for f in law_of(family([0.3, 0.24, 0.19, 0.16, 0.13, 0.12, 0.115, 0.11])).forms} == set(FORMS)


@pytest.mark.parametrize("name", ["constant", "power", "power+floor"])
def test_what_the_draws_leave_about_a_form_is_what_refitting_them_leaves(name: str) -> None:
    """Scatter the draws about the form's own curve and refit each: the mean sum of squares is the one reckoned with."""
    g = ground(family([0.3, 0.22, 0.17, 0.14, 0.12]), tau=0.1)
    b = next(x for x in g.forms if x.form.name == name)
    rows = log_error(b.form, b.theta, g.z) + g.rows - g.rows.mean(axis=0)
    left = rows - log_error(b.form, fit_rows(b.form, g.z, rows, g.weights), g.z)
    assert _scatter_squares(g, b) == pytest.approx(float((g.weights * left**2).sum(axis=1).mean()), rel=0.05)


def test_lack_of_fit_is_what_parts_and_tau_do_not_explain() -> None:
    bent = [0.30, 0.20, 0.10, 0.10, 0.10]
    few, many = (ground(family(bent, parts), tau=0.0) for parts in (60, 200_000))
    constant = [next(b for b in g.forms if b.form.name == "constant") for g in (few, many)]
    power = next(b for b in few.forms if b.form.name == "power")
    assert _lack(few, power) == 0.0
    assert _lack(many, constant[1]) > 0.3
    assert _lack(few, constant[0]) < _lack(many, constant[1])
