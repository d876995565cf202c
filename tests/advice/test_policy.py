"""The augmentation policy: every transform loads back and runs, in the site's units, for weak spots that are shown."""

import json
from pathlib import Path

import numpy as np
import pytest

from appliance.advice.policy import LEVELS, SHARE, policy, weak_spots
from appliance.advice.transforms import MAKERS, Span, transform
from appliance.score.summary import summarise
from perturb.camera import load_camera
from perturb.custom import albumentations
from perturb.registry import PERTURBATIONS
from tests.advice.build import run

CAMERA = load_camera("common")
KNOWN = [*MAKERS, "night-shift", "summer-heat", "worn-line", "coolant-mist", "rush-order", "low-light", "cheap-camera"]
alb = albumentations()


def span(name: str) -> Span:
    levels = PERTURBATIONS[name].levels
    return Span(levels[LEVELS[0] - 1], levels[LEVELS[1] - 1], CAMERA)


def picture(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(40, 200, shape, dtype=np.uint8)


@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("name", KNOWN)
def test_every_transform_loads_back_and_changes_the_picture(name: str, colour: bool) -> None:
    made = transform(name, span(name), colour=colour)
    if made is None:
        assert not colour
        return
    made.p = 0.5
    document = json.loads(json.dumps(alb.to_dict(alb.Compose([alb.OneOf([made], p=1.0)]))))
    back = alb.from_dict(document)
    before = picture(96, 120, 3) if colour else picture(96, 120)
    after = [back(image=before)["image"] for _ in range(8)]
    assert all(one.shape == before.shape and one.dtype == np.uint8 for one in after)
    assert any((one != before).any() for one in after)


@pytest.mark.parametrize("share", [0.05, 1.0])
@pytest.mark.parametrize("name", KNOWN)
def test_a_calibrated_range_begins_at_neutral(name: str, share: float) -> None:
    known = PERTURBATIONS[name]
    strong = known.neutral + (known.levels[2] - known.neutral) * share
    made = transform(name, Span(known.neutral, strong, CAMERA), colour=True)
    assert alb.Compose([made])(image=picture(64, 80, 3))["image"].shape == (64, 80, 3)


@pytest.mark.parametrize("name", sorted(set(PERTURBATIONS) - set(KNOWN)))
def test_what_has_no_counterpart_is_not_imitated(name: str) -> None:
    assert transform(name, span(name), colour=True) is None


def test_ranges_are_worked_out_from_the_camera() -> None:
    shift = transform("shift", Span(0.1, 0.5, CAMERA), colour=True)
    assert shift.translate_px["x"] == (-10, 10)  # 0.5 mm at 0.05 mm a px
    belt = transform("conveyor", Span(100.0, 800.0, CAMERA), colour=True)
    assert max(belt.blur_limit) == 9  # 800 mm/s x 0.5 ms at 0.05 mm a px are 8 px, the next odd kernel
    noise = transform("dark-noise", Span(105.0, 210.0, CAMERA), colour=True)
    assert noise.std_range == pytest.approx((0.01, 0.02))
    light = transform("intensity", Span(0.95, 0.8, CAMERA), colour=True)
    assert light.multiplier == (0.8, 0.95)


def test_shot_noise_adds_what_the_picture_lacks() -> None:
    """At half of the exposure a white of N electrons has twice the relative variance: 1/N is missing."""
    made = transform("shot-noise", Span(0.5, 0.25, CAMERA), colour=True)
    assert made.scale_range == pytest.approx((1 / CAMERA.white_electrons, 3 / CAMERA.white_electrons))


def test_weak_spots_are_those_that_are_shown() -> None:
    summary = summarise(*run(((8, 4), (40, 30), (0, 0))))
    assert [spot.name for spot in weak_spots(summary, "m")] == ["defocus", "jpeg"]
    assert weak_spots(summary, "l") == ()
    assert policy(summary, "l", CAMERA) is None


def test_a_policy_is_what_albumentations_loads(tmp_path: Path) -> None:
    found = policy(summarise(*run(((8, 4), (40, 30), (0, 0)))), "m", CAMERA, {"defocus": (1.0, 5.0)})
    assert found is not None
    (tmp_path / "policy.json").write_text(found.text())
    loaded = alb.load(tmp_path / "policy.json")
    assert loaded.transforms[0].p == pytest.approx(SHARE)
    assert loaded(image=picture(64, 64))["image"].shape == (64, 64)
    lessons = {lesson.spot.name: lesson for lesson in found.lessons}
    assert (lessons["defocus"].weak, lessons["defocus"].strong, lessons["defocus"].calibrated) == (1.0, 5.0, True)
    assert (lessons["jpeg"].weak, lessons["jpeg"].strong, lessons["jpeg"].calibrated) == (95.0, 70.0, False)
    assert sum(lesson.share for lesson in found.lessons) == pytest.approx(SHARE)
