"""The mix of conditions: stated, watched or assumed; refused where the run did not show it."""

import numpy as np
import pytest

from appliance.advice.mix import Watched, share_draws, site_mix, strange_draws, watched_by
from appliance.advice.types import Mix, Origin
from appliance.errors import UsageError
from appliance.sections.calibration import CalibrationSection, ShownSection
from appliance.sections.mix import MixSection
from tests.advice.build import ROWS


def test_assumed_is_half_clean_and_the_rest_even_over_perturbations() -> None:
    mix = site_mix(MixSection(), ROWS, None)
    assert mix.origin is Origin.ASSUMED
    assert mix.shares == pytest.approx(
        {"clean": 0.5, "defocus@2": 0.125, "defocus@4": 0.125, "jpeg@95": 0.125, "jpeg@85": 0.125}
    )


def test_stated_by_perturbation_and_by_condition() -> None:
    mix = site_mix(MixSection(shares={"clean": 0.6, "defocus": 0.3, "jpeg@85": 0.1}, days=60), ROWS, None)
    assert (mix.origin, mix.days) == (Origin.STATED, 60)
    assert mix.shares == pytest.approx({"clean": 0.6, "defocus@2": 0.15, "defocus@4": 0.15, "jpeg@85": 0.1})


def test_watched_within_its_ranges() -> None:
    watched = Watched({"clean": 0.9, "defocus": 0.1}, 12, {"defocus": (0.0, 3.0)})
    mix = site_mix(MixSection(), ROWS, watched)
    assert (mix.origin, mix.days) == (Origin.CALIBRATED, 12)
    assert mix.shares == pytest.approx({"clean": 0.9, "defocus@2": 0.1})


def test_calibration_gives_the_shares_and_what_the_run_missed() -> None:
    shown = (
        ShownSection(name="defocus", unit="mm", p50=2.0, p90=4.0, p99=8.0, shares=(0.2, 0.1, 0.05, 0.0)),
        ShownSection(name="glare", unit="%", p50=5.0, p90=10.0, p99=20.0, shares=(0.1, 0.0, 0.0, 0.0)),
    )
    found = CalibrationSection(pictures=5000, clean_share=0.55, shown=shown)
    watched = watched_by(found, ROWS, parts_per_day=500)
    assert watched is not None
    assert watched.shares == pytest.approx({"clean": 0.55, "defocus@2": 0.2, "defocus@4": 0.1})
    assert (watched.days, watched.missed) == (10.0, pytest.approx(0.15))  # defocus@8 and glare were not audited
    assert watched.ranges["defocus"] == (0.0, 8.0)
    mix = site_mix(MixSection(), ROWS, watched)
    assert (mix.origin, mix.untested) == (Origin.CALIBRATED, pytest.approx(0.15))
    assert mix.shares == pytest.approx({"clean": 55 / 85, "defocus@2": 20 / 85, "defocus@4": 10 / 85})
    assert watched_by(CalibrationSection(), ROWS, 500) is None


def test_a_condition_that_the_run_did_not_show_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="names glare, which the run did not show"):
        site_mix(MixSection(shares={"clean": 0.5, "glare": 0.5}), ROWS, None, "site.toml")


def test_shares_are_drawn_as_a_dirichlet_of_so_many_days() -> None:
    mix = Mix({"clean": 0.8, "defocus@2": 0.2}, 20.0, 0.05, Origin.STATED)
    drawn = share_draws(mix, 20_000, np.random.default_rng(0))
    assert drawn.sum(axis=1) == pytest.approx(1.0)
    assert drawn.mean(axis=0) == pytest.approx([0.8, 0.2], abs=0.005)
    assert drawn[:, 1].var() == pytest.approx(0.2 * 0.8 / 21, rel=0.05)  # p (1 - p) / (n + 1)


def test_an_untested_disturbance_is_like_any_of_the_tested() -> None:
    mix = site_mix(MixSection(), ROWS, None)
    drawn, names = strange_draws(mix, 4000, np.random.default_rng(0))
    assert names == ("defocus", "jpeg")
    assert set(map(tuple, drawn)) == {(0, 0.5, 0.5, 0, 0), (0, 0, 0, 0.5, 0.5)}
    assert drawn[:, 1].mean() == pytest.approx(0.25, abs=0.02)
