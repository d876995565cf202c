"""What is found against what was put in, on pictures made by our own model; the table is tests/records/calibrate.md."""

from functools import cache

import numpy as np
import pytest

from perturb import Seed, load_camera
from perturb.calibration.coverage import Base, cover, envelope
from perturb.calibration.flats import check_flat, measure_flats
from perturb.calibration.profile import Sample
from perturb.calibration.shown import as_levels, clean_share
from perturb.combine import combine
from perturb.errors import PerturbError
from perturb.photon import Pair, render_flat
from perturb.registry import PERTURBATIONS
from perturb.types import Pixels, Scene
from tests.calibration.sequences import CAMERA, Made, base_picture, everything, only, sequence
from tests.perturb.conftest import make_scene

TOLERANCE = {
    "intensity": 0.01, "exposure": 0.02, "ambient": 0.4, "gradient": 2.0, "vignetting": 4.0,
    "colour-temperature": 40.0, "defocus": 1.0, "conveyor": 50.0, "shot-noise": 0.06,
    "rotation": 0.15, "shift": 0.02, "scale": 0.25,
}  # fmt: skip
"""How far the 90 % and 99 % severities may be off, each in its own unit."""


@pytest.mark.parametrize(
    ("name", "spread"),
    [("intensity", 0.15), ("ambient", 6.0), ("gradient", 25.0), ("colour-temperature", 500.0), ("defocus", 10.0),
     ("conveyor", 400.0), ("shot-noise", 0.6), ("rotation", 2.0), ("shift", 0.4)],
)  # fmt: skip
def test_one_disturbance_alone(name: str, spread: float) -> None:
    made = sequence(only(name, spread), count=24)
    item = PERTURBATIONS[name]
    away = np.quantile(np.abs(made.true(name) - item.neutral), (0.9, 0.99))
    side = 1.0 if item.levels[4] > item.neutral else -1.0
    assert made.shown[name].quantiles[1:] == pytest.approx(item.neutral + side * away, abs=TOLERANCE[name], rel=0.06)


@cache
def all_at_once() -> Made:
    return sequence(everything, count=40)


@pytest.mark.parametrize("name", ["intensity", "exposure", "ambient", "rotation", "shift", "scale"])
def test_everything_at_once(name: str) -> None:
    made, item = all_at_once(), PERTURBATIONS[name]
    true = np.quantile(np.abs(made.true(name) - item.neutral), (0.9, 0.99))
    found = np.abs(np.array(made.shown[name].quantiles[1:]) - item.neutral)
    assert found == pytest.approx(true, abs=2 * TOLERANCE[name], rel=0.2)


def test_shares_of_pictures_add_up() -> None:
    made = all_at_once()
    shares = [sum(item.shares) for item in made.shown.values()]
    assert sum(shares) + clean_share(tuple(made.shown.values())) == pytest.approx(1.0)
    assert all(sum(item.shares) == 0 for item in made.shown.values() if item.instead_of)


def test_what_is_not_there_is_not_found() -> None:
    made = sequence(only("intensity", 0.0), count=12)
    assert not any(item.any for item in made.shown.values())
    assert clean_share(tuple(made.shown.values())) == 1.0


def test_levels_are_steps() -> None:
    item = PERTURBATIONS["intensity"]
    assert [as_levels(item, s) for s in (1.0, 0.95, 0.85, 0.5)] == pytest.approx([0.0, 1.0, 2.5, 5.0])
    assert as_levels(item, 0.25) == pytest.approx(7.5)


def test_coverage_counts_the_picture_that_was_not_made_by_the_calibrated_perturbations() -> None:
    made = all_at_once()
    picture = base_picture()
    base = Base("", picture, made.profile.scenes[""])
    limits = envelope([base], list(made.shown.values()), made.profile, CAMERA, 40)
    found = cover(made.samples, made.profile, limits)
    assert found.share > 0.7
    strange = Sample("strange", "", dict(made.samples[0].features, blue=made.samples[0].features["blue"] + 60.0))
    more = cover([*made.samples, strange], made.profile, limits)
    assert more.inside == found.inside
    assert more.outside[0].name == "strange"
    assert max(more.outside[0].quantities, key=more.outside[0].quantities.__getitem__) == "blue"


def test_a_picture_of_something_else_is_outside_by_that_alone() -> None:
    made = all_at_once()
    lost = Sample("lost", "", {name: float("nan") for name in made.samples[0].features})
    found = cover([*made.samples, lost], made.profile, {"light": (-9.0, 9.0)})
    assert [item.name for item in found.outside] == ["lost"]
    assert list(found.outside[0].quantities) == ["alignment"]


def test_sharper_than_usual_is_not_outside() -> None:
    made = all_at_once()
    sharp = Sample("sharp", "", dict(made.samples[0].features, **{"blur-x": -5.0, "noise": 0.0}))
    limits = dict.fromkeys(("blur-x", "noise"), (-1.0, 1.0))
    assert cover([sharp], made.profile, limits).inside == 1


def pairs(levels: list[float]) -> list[Pair]:
    def flat(level: float, which: str) -> Pixels:
        return render_flat(CAMERA, level, Seed(1, f"{level} {which}"), (96, 128))

    return [(flat(level, "a"), flat(level, "b")) for level in levels]


def test_flats_give_the_cameras_own_figures_back() -> None:
    found = measure_flats(pairs([1000.0, 3000.0, 5000.0, 7000.0]), pairs([0.0]), 12)
    assert found.transfer.gain.value == pytest.approx(CAMERA.gain, rel=0.03)
    assert found.prnu == pytest.approx(CAMERA.prnu, rel=0.25)
    assert found.camera(load_camera("common")).gain == found.transfer.gain.value
    assert found.uneven < 0.1


def test_flats_that_are_not_flat() -> None:
    pixels = make_scene(colour=False, size=(96, 128)).pixels
    with pytest.raises(PerturbError, match="not a flat field") as caught:
        check_flat((pixels, pixels))
    assert "white sheet" in caught.value.mend
    with pytest.raises(PerturbError, match="no dark pictures"):
        measure_flats(pairs([1000.0, 2000.0, 3000.0]), [], 12)


def test_a_combination_of_one_is_that_one_and_of_none_the_identity() -> None:
    scene = make_scene()
    assert np.array_equal(combine(scene, {}, Seed(1, "a")).pixels, scene.pixels)
    assert np.array_equal(combine(scene, {"intensity": 1.0, "defocus": 0.0}, Seed(1, "a")).pixels, scene.pixels)
    both = combine(scene, {"intensity": 0.8, "rotation": 12.0}, Seed(1, "a"))
    assert both.mask is not None
    assert not np.array_equal(both.mask, scene.mask)


@pytest.mark.parametrize(
    ("severities", "colour", "said"),
    [({"defocu": 1.0}, True, "no perturbation"), ({"defocus": -1.0}, True, "out of range"),
     ({"night-shift": 0.5}, True, "composite"), ({"chromatic": 1.0}, False, "needs a colour picture")],
)  # fmt: skip
def test_combinations_that_make_no_sense(severities: dict[str, float], colour: bool, said: str) -> None:
    scene: Scene = make_scene(colour=colour)
    with pytest.raises(PerturbError, match=said):
        combine(scene, severities, Seed(1, "a"))
