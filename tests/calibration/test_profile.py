"""The profile of a line: inside, outside, lost, and to JSON and back."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from appliance.calibrate.profile import compare, profile_path, read_profile, write_profile
from appliance.errors import InputRefused
from appliance.parts.decode import Decoded
from perturb import Camera, PerturbError
from perturb.calibration.features import measure
from perturb.calibration.pose import reference_of
from perturb.calibration.profile import PROBABILITIES, Sample, distance, make_profile
from perturb.calibration.quantities import QUANTITIES
from perturb.calibration.stored import as_values, from_values
from perturb.calibration.tones import grey_of
from perturb.transfer import decode
from tests.cli.sites import write_whole_site
from tests.perturb.conftest import make_scene


def drawn(count: int, seed: int, **shifted: float) -> list[Sample]:
    """Samples whose quantities are normal with unit spread about a centre of 10, some shifted."""
    rng = np.random.default_rng(seed)
    return [
        Sample(f"{i}", "", {name: float(rng.normal(10.0 + shifted.get(name, 0.0))) for name in QUANTITIES})
        for i in range(count)
    ]


def test_quantiles_are_numpys() -> None:
    samples = drawn(101, 1)
    profile = make_profile(samples)
    values = np.array([s.features["light"] for s in samples])
    expected = np.quantile(values - np.median(values), PROBABILITIES)
    assert profile.spreads["light"].quantiles == pytest.approx(tuple(expected))
    assert profile.spreads["light"].always


def test_about_one_in_a_hundred_new_pictures_of_the_same_line_is_outside() -> None:
    profile = make_profile(drawn(1000, 2))
    outside = [not distance(profile, sample.features).inside for sample in drawn(2000, 3)]
    assert 0.002 < np.mean(outside) < 0.025


def test_p_is_uniform_for_new_pictures_of_the_same_line() -> None:
    profile = make_profile(drawn(1000, 2))
    p = [distance(profile, sample.features).p for sample in drawn(1000, 4)]
    assert np.mean(np.asarray(p) < 0.1) == pytest.approx(0.1, abs=0.04)


def test_a_picture_far_out_is_named_by_its_quantity() -> None:
    profile = make_profile(drawn(200, 5))
    found = distance(profile, drawn(1, 6, blue=9.0)[0].features)
    assert not found.inside
    assert found.worst == "blue"
    assert found.value > 2.0
    assert found.p == pytest.approx(1 / 201)


def test_what_every_picture_showed_and_this_one_does_not_is_lost() -> None:
    profile = make_profile(drawn(50, 7))
    features = dict(drawn(1, 8)[0].features, turn=math.nan)
    found = distance(profile, features)
    assert found.lost == ("turn",)
    assert found.worst == "turn"
    assert math.isinf(found.value)
    assert not found.inside


def test_what_only_some_pictures_showed_is_not_missed() -> None:
    samples = [Sample(s.name, "", dict(s.features, turn=math.nan) if i % 2 else s.features)
               for i, s in enumerate(drawn(50, 9))]  # fmt: skip
    found = distance(make_profile(samples), dict(drawn(1, 10)[0].features, turn=math.nan))
    assert found.lost == ()


def test_scenes_have_centres_of_their_own() -> None:
    bright = [Sample(s.name, "bright", dict(s.features, light=s.features["light"] + 50)) for s in drawn(60, 11)]
    dark = [Sample(s.name, "dark", s.features) for s in drawn(60, 12)]
    profile = make_profile([*bright, *dark])
    assert profile.spreads["light"].quantiles[-1] < 5.0
    new = dict.fromkeys(QUANTITIES, 10.0)
    assert distance(profile, new, "dark").inside
    assert not distance(profile, new, "bright").inside
    assert distance(profile, new).inside  # of whichever scene is nearest


def test_to_json_and_back() -> None:
    scene = make_scene()
    reference = reference_of(grey_of(decode(scene.pixels, 8, Camera())))
    profile = make_profile(drawn(30, 13), {"": reference}, "srgb")
    again = from_values(json.loads(json.dumps(as_values(profile))))
    assert again.spreads == profile.spreads
    assert again.scenes == profile.scenes
    assert again.distances == profile.distances
    assert again.transfer == "srgb"
    assert np.array_equal(again.references[""].light, reference.light)


@pytest.mark.parametrize(
    "values", [{}, {"version": 99}, {"version": 1}, {"version": 1, "quantities": {"light": {"quantiles": [1]}}}]
)
def test_a_damaged_profile_is_refused_with_the_file(values: dict[str, object]) -> None:
    with pytest.raises(PerturbError) as caught:
        from_values(values, file="profile.json")
    assert caught.value.file == "profile.json"


def test_stored_in_the_site_folder(tmp_path: Path) -> None:
    site = write_whole_site(tmp_path)
    assert read_profile(site) is None
    profile = make_profile(drawn(30, 14))
    assert write_profile(site, profile) == profile_path(site)
    again = read_profile(site)
    assert again is not None
    assert again.spreads == profile.spreads
    profile_path(site).write_text("{")
    with pytest.raises(InputRefused, match="cannot be read"):
        read_profile(site)


def test_compare_a_picture_with_the_sites_profile(tmp_path: Path) -> None:
    site = write_whole_site(tmp_path)
    pixels = make_scene(size=(96, 128)).pixels
    rng = np.random.default_rng(3)
    noisy = [np.clip(pixels + rng.normal(0, 2, pixels.shape), 0, 255).astype(np.uint8) for _ in range(20)]
    reference = reference_of(grey_of(decode(pixels, 8, Camera())))
    samples = [Sample(f"{i}", "", measure(p, 8, Camera(), reference)) for i, p in enumerate(noisy)]
    profile = make_profile(samples, {"": reference})
    assert compare(site, profile, Decoded(noisy[0], 8)).inside
    dark = compare(site, profile, Decoded((noisy[0] * 0.6).astype(np.uint8), 8))
    assert not dark.inside
    assert dark.parts["light"] > 5
