"""Every quantity against a known truth: pictures disturbed by our own model, and figures worked out by hand."""

from functools import cache

import numpy as np
import pytest

from models.render.part import render_part
from perturb import Camera, Condition, Scene, Seed, apply, load_camera
from perturb.calibration.features import measure
from perturb.calibration.noise import noise_levels, typical_noise
from perturb.calibration.pose import Reference, reference_of
from perturb.calibration.quantities import POSE, QUANTITIES
from perturb.calibration.tones import grey_of
from perturb.cv import Light
from perturb.transfer import decode

CAMERA = load_camera("common")


@cache
def part() -> Scene:
    return Scene(render_part(20260, 3).pixels, 8)


@cache
def reference() -> Reference:
    return reference_of(grey_of(decode(part().pixels, 8, CAMERA)))


def change(name: str, severity: float) -> dict[str, float]:
    """What the disturbance changes of each quantity."""
    done = apply(part(), Condition(name, severity), Seed(4, "x"), CAMERA)
    before, after = (measure(p.pixels, 8, CAMERA, reference()) for p in (part(), done))
    return {key: after[key] - before[key] for key in QUANTITIES}


def test_a_flat_field_by_hand() -> None:
    pixels = np.full((64, 64, 3), 51, np.uint8)
    found = measure(pixels, 8, Camera())
    assert found["light"] == pytest.approx(np.log2(0.2))
    assert found["tone-low"] == found["tone-high"] == pytest.approx(20.0)
    assert found["clipped"] == 0.0
    assert abs(found["gradient-x"]) < 1e-3
    assert found["red"] == pytest.approx(0.0, abs=1e-4)
    assert all(np.isnan(found[name]) for name in ("blur-x", "blur-y", *POSE))


def test_mono_has_no_colour_and_colour_with_equal_channels_measures_the_same() -> None:
    grey = part().pixels[..., 1]
    mono, colour = measure(grey, 8, CAMERA), measure(np.repeat(grey[..., None], 3, axis=2), 8, CAMERA)
    assert np.isnan(mono["red"])
    assert colour["red"] == pytest.approx(0.0, abs=1e-6)
    same = [name for name in QUANTITIES if name not in {"red", "blue", "gain", "offset", *POSE}]
    assert [mono[n] for n in same] == pytest.approx([colour[n] for n in same], rel=1e-4, abs=1e-4)


def test_depth_does_not_matter() -> None:
    eight = part().pixels
    sixteen = eight.astype(np.uint16) * 257
    a, b = measure(eight, 8, CAMERA, reference()), measure(sixteen, 16, CAMERA, reference())
    assert [a[n] for n in QUANTITIES] == pytest.approx([b[n] for n in QUANTITIES], rel=1e-3, abs=1e-3)


def test_exposure_in_stops() -> None:
    assert change("intensity", 0.8)["light"] == pytest.approx(np.log2(0.8), abs=0.01)
    assert change("underexposure", 1.0)["light"] == pytest.approx(-1.0, abs=0.01)


def test_ambient_light_lifts_every_tone() -> None:
    found = change("ambient", 5.0)
    assert found["tone-low"] == pytest.approx(5.0, abs=0.5)


@pytest.mark.parametrize("percent", [10.0, 20.0, 35.0])
def test_gradient(percent: float) -> None:
    found = change("gradient", percent)
    assert abs(found["gradient-x"]) + abs(found["gradient-y"]) == pytest.approx(percent, rel=0.1, abs=1.0)


@pytest.mark.parametrize("percent", [5.0, 20.0, 35.0])
def test_vignetting(percent: float) -> None:
    assert change("vignetting", percent)["falloff"] == pytest.approx(percent, rel=0.1)


@pytest.mark.parametrize("name", ["rotation", "scale"])
@pytest.mark.parametrize("severity", [0.5, 2.0, 8.0])
def test_pose(name: str, severity: float) -> None:
    found = change(name, severity)
    assert abs(found["turn" if name == "rotation" else "size"]) == pytest.approx(severity, abs=0.2)


@pytest.mark.parametrize("millimetres", [0.1, 0.4, 0.8])
def test_shift(millimetres: float) -> None:
    found = change("shift", millimetres)
    assert np.hypot(found["shift-x"], found["shift-y"]) == pytest.approx(CAMERA.pixels(millimetres), abs=0.5)


def test_another_scene_has_no_pose() -> None:
    rng = np.random.default_rng(1)
    found = measure(rng.integers(0, 255, part().pixels.shape).astype(np.uint8), 8, CAMERA, reference())
    assert all(np.isnan(found[name]) for name in POSE)


def test_blur_grows_with_defocus_in_both_directions_alike() -> None:
    steps = [change("defocus", mm) for mm in (2.0, 4.0, 8.0, 12.0)]
    for name in ("blur-x", "blur-y"):
        found = [step[name] for step in steps]
        assert found == sorted(found)
        assert found[-1] == pytest.approx(CAMERA.blur_circle(12.0) ** 2 / 16, rel=0.6)


def test_motion_blurs_along_its_way() -> None:
    found = change("conveyor", 400.0)
    assert found["blur-x"] > 2.0 * found["blur-y"]


@pytest.mark.parametrize("sigma", [0.004, 0.01, 0.03])
@pytest.mark.parametrize("texture", [0.0, 0.05])
def test_white_noise_lies_between_its_bounds(sigma: float, texture: float) -> None:
    rng = np.random.default_rng(2)
    rows = np.linspace(0, 60, 512)[:, None] + np.linspace(0, 20, 512)[None, :]
    clean = 0.4 + texture * np.sin(rows)
    plane: Light = np.asarray(clean + rng.normal(0, sigma, (512, 512)), dtype=np.float32)
    level = typical_noise(plane)
    assert level is not None
    assert 0.93 * level.low <= sigma <= 1.04 * level.high
    assert level.high < 1.5 * sigma


def test_noise_over_light_follows_photon_noise() -> None:
    rng = np.random.default_rng(3)
    light = np.repeat(np.linspace(0.1, 0.9, 512)[None, :], 512, axis=0)
    plane: Light = np.asarray(light + rng.normal(0, 1, light.shape) * np.sqrt(light / 5000), dtype=np.float32)
    for level in noise_levels(plane):
        assert level.high == pytest.approx(np.sqrt(level.light / 5000), rel=0.1)


def test_correlated_noise_has_an_honest_lower_bound() -> None:
    import cv2

    rng = np.random.default_rng(4)
    noise = cv2.GaussianBlur(rng.normal(0, 0.02, (512, 512)), (0, 0), 1.0)
    level = typical_noise(np.asarray(0.5 + noise, dtype=np.float32))
    assert level is not None
    assert level.low < 0.3 * float(noise.std())


def test_a_tiny_picture_is_measured_without_what_it_cannot_show() -> None:
    found = measure(np.full((8, 8), 100, np.uint8), 8, CAMERA)
    assert np.isnan(found["noise"])
    assert np.isfinite(found["light"])
