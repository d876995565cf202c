"""The fast forms against the exact ones: how far they may differ is stated here and nowhere exceeded."""

import cv2
import numpy as np
import pytest

from perturb import PERTURBATIONS, Camera, Condition, Scene, Seed, apply, cv
from perturb.applied import default_camera
from perturb.frame import Context
from perturb.grain import byte_quantiles, normal, random_bytes, word_quantiles
from perturb.makers import pixel_makers
from perturb.render import through_codes, through_drawn_point, through_light, through_point, through_shade
from perturb.seeds import draw
from perturb.suites import conditions_of
from perturb.transfer import _code, encode, quantise  # the exact curve
from tests.perturb.conftest import QUIET, make_scene
from tests.perturb.golden import fingerprints, recorded

SEED = Seed(3, "fast")
FAST = {n: p for n, p in PERTURBATIONS.items() if getattr(p.render, "func", None) in {
    through_codes, through_point, through_drawn_point, through_shade}}  # fmt: skip


def _exact(name: str, severity: float, scene: Scene, camera: Camera) -> np.ndarray:
    item = PERTURBATIONS[name]
    assert item.act is not None
    context = Context(name, SEED, camera, item.levels[4])
    return through_light(item.act, scene, severity, context).pixels


@pytest.mark.parametrize("transfer", ["srgb", "gamma=2.2", "gamma=0.6"])
@pytest.mark.parametrize("black", [0.0, 16.0])
def test_the_looked_up_transfer_is_the_exact_one_to_a_hundredth(transfer: str, black: float) -> None:
    camera = Camera(transfer=transfer, black_level=black)
    light = np.linspace(-0.01, 1.05, 400_001, dtype=np.float32)
    exact = _code(light, camera.transfer, camera.black) * 255
    fast = encode(light, 8, camera).astype(np.float64)
    assert np.abs(fast - np.clip(exact, 0, 255)).max() <= 0.51
    assert np.mean(fast != quantise(exact / np.float32(255), 8)) < 0.002


@pytest.mark.parametrize("name", [name for name in FAST if name not in {"shot-noise", "dark-noise"}])
@pytest.mark.parametrize("transfer", ["linear", "srgb"])
def test_without_noise_the_fast_form_is_within_one_code_value(name: str, transfer: str) -> None:
    scene = make_scene(size=(96, 128))
    camera = Camera(**{**QUIET.__dict__, "transfer": transfer})
    for level in (2, 4):
        condition = conditions_of(PERTURBATIONS[name], (level,))[0]
        fast = apply(scene, condition, SEED, camera).pixels.astype(int)
        gap = np.abs(fast - _exact(name, condition.severity, scene, camera))
        assert gap.max() <= 1
        assert gap.mean() <= 0.15  # exact halves may go to either side


@pytest.mark.parametrize("name", ["shot-noise", "dark-noise", "intensity", "underexposure", "ambient"])
@pytest.mark.parametrize("code", [20, 90, 180])
def test_table_noise_has_the_mean_and_spread_of_the_exact_form(name: str, code: int) -> None:
    """Mean within 0.05 DN, spread within 2 % (and 0.02 DN) of float arithmetic with 65,536 quantiles."""
    scene = Scene(np.full((256, 256), code, np.uint8))
    severity = PERTURBATIONS[name].levels[3]
    fast = apply(scene, Condition(name, severity), SEED).pixels.astype(float)
    exact = _exact(name, severity, scene, default_camera()).astype(float)
    assert fast.mean() == pytest.approx(exact.mean(), abs=0.05)
    assert fast.std() == pytest.approx(exact.std(), rel=0.02, abs=0.02)


@pytest.mark.parametrize("name", ["defocus", "conveyor", "rotation", "elastic", "haze"])
@pytest.mark.parametrize("code", [60, 128, 220])
def test_noise_added_to_rounded_codes_has_the_spread_of_the_exact_form(name: str, code: int) -> None:
    """A flat whose noise is far above rounding: spreads agree within 3 %."""
    camera = Camera(full_well=1000.0, gain=4.095, dark_noise=5.0)
    rng = np.random.default_rng(1)
    share = code / 255
    noise = np.sqrt(share / 1000 + (5 / 1000) ** 2) * rng.standard_normal((256, 256))
    scene = Scene(np.clip(np.round(255 * (share + noise)), 0, 255).astype(np.uint8))
    severity = PERTURBATIONS[name].levels[3]
    fast = apply(scene, Condition(name, severity), SEED, camera).pixels.astype(float)
    exact = _exact(name, severity, scene, camera).astype(float)
    assert fast.std() == pytest.approx(exact.std(), rel=0.03)
    assert fast.mean() == pytest.approx(exact.mean(), abs=0.1)


@pytest.mark.parametrize("name", ["defocus", "rotation", "tilt", "gradient", "shot-noise", "conveyor", "prnu"])
def test_strips_do_not_show(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = make_scene(size=(96, 128))
    condition = conditions_of(PERTURBATIONS[name], (4,))[0]
    whole = apply(scene, condition, SEED).pixels
    monkeypatch.setattr(cv, "_STRIP_VALUES", 2000)
    np.testing.assert_array_equal(apply(scene, condition, SEED).pixels, whole)


@pytest.mark.parametrize(("table", "cut"), [(byte_quantiles(), 2.9), (word_quantiles(), 4.3)])
def test_quantile_noise_is_normal(table: np.ndarray, cut: float) -> None:
    assert table.mean() == pytest.approx(0.0, abs=1e-6)
    assert table.std() == pytest.approx(1.0, abs=1e-6)
    assert (table**4).mean() == pytest.approx(3.0, abs=0.15)
    assert abs(table).max() == pytest.approx(cut, abs=0.1)


def _stray(counts: np.ndarray, cells: int) -> float:
    """How many standard errors chi squared of equal expected counts lies from its mean."""
    expected = counts.sum() / cells
    return float((((counts - expected) ** 2 / expected).sum() - (cells - 1)) / np.sqrt(2 * (cells - 1)))


def test_random_bytes_are_uniform_and_of_any_count() -> None:
    """Singly, as neighbours, from block to block and from part to part."""
    here, there = (random_bytes(draw(SEED, name), 1 << 21) for name in ("x", "y"))
    assert abs(_stray(np.bincount(here, minlength=256), 256)) < 5
    block = here.reshape(-1, 1 << 16)
    pairs = [(here[1:], here[:-1]), (here[3072:], here[:-3072]), (block[1:], block[:-1]), (here, there)]
    for one, other in pairs:
        joint = np.bincount((256 * one.astype(int) + other).ravel(), minlength=65536)
        assert abs(_stray(joint, 65536)) < 5
    assert [random_bytes(draw(SEED, "x"), n).size for n in (0, 1, 7, 9)] == [0, 1, 7, 9]
    assert abs(float(normal(draw(SEED, "y"), (200, 200)).mean())) < 0.02


def test_both_ways_to_look_bytes_up_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = make_scene().pixels
    table = np.random.default_rng(0).integers(0, 256, 256, dtype=np.uint8)
    index = cv.paired(pixels, pixels[::-1])
    wide = np.random.default_rng(0).integers(0, 256, 65536, dtype=np.uint8)
    done = cv.lut(pixels, table)
    np.testing.assert_array_equal(done, table[pixels])
    done[0] = 0  # memory of its own, to write to
    np.testing.assert_array_equal(pixels, make_scene().pixels)
    np.testing.assert_array_equal(index, pixels.astype(int) + 256 * pixels[::-1].astype(int))
    np.testing.assert_array_equal(cv.gathered(index, wide), wide[index])
    monkeypatch.setattr(cv, "_wide_lut", lambda: False)
    np.testing.assert_array_equal(cv.gathered(index, wide), wide[index])
    monkeypatch.setitem(__import__("sys").modules, "stringzilla", None)
    np.testing.assert_array_equal(cv.lut(pixels, table), table[pixels])


def test_threads_of_opencv_do_not_change_pixels() -> None:
    scene = make_scene(size=(192, 256))
    before = cv2.getNumThreads()
    pictures = []
    for threads in (1, 2):
        cv2.setNumThreads(threads)
        pictures.append([apply(scene, conditions_of(p, (3,))[0], SEED).pixels for p in PERTURBATIONS.values()])
    cv2.setNumThreads(before)
    for one, two in zip(*pictures, strict=True):
        np.testing.assert_array_equal(one, two)


def test_pixels_are_those_on_record() -> None:
    known, here = recorded(), pixel_makers()
    assert here in known, (
        f"pixels are on record for {'; '.join(known)}, and this is {here}: if that OpenCV is to be supported, look at "
        "what it draws, then record it with python -m tests.perturb.golden"
    )
    now, then = fingerprints(), known[here]
    changed = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
    assert not changed, f"pixels changed under the same {here}: {', '.join(changed)}"


def test_every_supported_opencv_is_on_record() -> None:
    known = {name.split(",")[0] for name in recorded()}
    assert known == {f"OpenCV {minor}" for minor in ("4.11", "4.12", "4.13", "4.14", "5.0")}
