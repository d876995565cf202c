"""Seeds, cameras, geometry, kernels and visibility: the pieces on their own."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from perturb import (
    CLEAN,
    PERTURBATIONS,
    Camera,
    Condition,
    PerturbError,
    Scene,
    Seed,
    apply,
    camera_draw,
    draw,
    load_camera,
    suite,
)
from perturb.blur import disc, energy, line, swing
from perturb.camera import parse_camera, profiles
from perturb.preview import contact_sheet
from perturb.suites import from_table, repeated
from perturb.types import ROSE
from perturb.visibility import visibility
from tests.perturb.conftest import QUIET, make_scene


def test_importing_the_package_is_light() -> None:
    code = "import sys, perturb; sys.exit('cv2' in sys.modules or 'albumentations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_draws_are_the_same_in_every_process() -> None:
    assert draw(Seed(1, "a.png"), "shift").integers(2**31) == draw(Seed(1, "a.png"), "shift").integers(2**31)
    code = "from perturb import *; print(draw(Seed(1, 'a.png'), 'shift').integers(2**31))"
    other = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={"PYTHONHASHSEED": "7"}
    )
    assert int(other.stdout) == draw(Seed(1, "a.png"), "shift").integers(2**31)


def test_every_word_of_a_seed_counts() -> None:
    base = Seed(1, "a", 0, 0)
    seeds = [base, replace(base, run=2), replace(base, sample="b"), replace(base, repeat=1)]
    assert len({int(draw(s, "x").integers(2**62)) for s in seeds} | {int(draw(base, "y").integers(2**62))}) == 5
    assert draw(base, "x").random() == draw(replace(base, camera=9), "x").random()
    assert camera_draw(base, "x").random() == camera_draw(replace(base, run=5, sample="c"), "x").random()
    assert camera_draw(base, "x").random() != camera_draw(replace(base, camera=1), "x").random()


@pytest.mark.parametrize("name", ["prnu", "dsnu", "hot-pixels", "dead-pixels", "column-noise"])
def test_fixed_patterns_are_the_same_on_every_part(name: str) -> None:
    flat = Scene(np.full((96, 96), 20000, np.uint16), 16)
    condition = Condition(name, PERTURBATIONS[name].levels[4])
    seeds = [Seed(1, "a", camera=4), Seed(1, "b", camera=4), Seed(1, "a", camera=5)]
    one, two, other = (apply(flat, condition, s).pixels.astype(float).ravel() for s in seeds)
    assert np.corrcoef(one, two)[0, 1] > 0.9
    assert np.corrcoef(one, other)[0, 1] < 0.3


@pytest.mark.parametrize("name", ["dsnu", "prnu", "dark-noise", "shot-noise"])
def test_severity_only_scales_the_draw(name: str) -> None:
    flat = Scene(np.full((64, 64), 30000, np.uint16), 16)
    weak, strong = (
        apply(flat, Condition(name, PERTURBATIONS[name].levels[i]), Seed(1, "a"), None).pixels for i in (1, 3)
    )
    a, b = (p.astype(float) - 30000 for p in (weak, strong))
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.95
    assert b.std() > 1.5 * a.std()


def test_shipped_profiles_load_and_common_is_the_default() -> None:
    assert set(profiles()) >= {"cheap", "common", "good"}
    assert load_camera("common") == Camera()
    assert len({load_camera(name).full_well for name in profiles()}) == len(profiles())


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"full_wel": 3.0}, "unknown key: full_wel"),
        ({"gain": -1.0}, "gain = -1 is impossible"),
        ({"gain": float("nan")}, "gain = nan is impossible"),
        ({"prnu": 0.9}, "prnu = 0.9 is impossible"),
        ({"gain": "a lot"}, "gain is not a number"),
        ({"bits": 12.5}, "bits is not a whole number"),
        ({"bits": True}, "bits is not a whole number"),
        ({"bits": 24}, "bits = 24 is impossible"),
        ({"gain": 9.0}, "does not fit 12 bits"),
        ({"transfer": "gamma"}, "transfer = 'gamma' is unknown"),
        ({"transfer": "gamma=-2"}, "is unknown"),
        ({"name": 3}, "name is not a text"),
    ],
)
def test_impossible_cameras_are_refused(table: dict[str, object], message: str) -> None:
    with pytest.raises(PerturbError, match=message) as refused:
        parse_camera(table, file="camera.toml")
    assert refused.value.file == "camera.toml"
    assert refused.value.mend


def test_a_camera_file_is_read_or_refused(tmp_path: Path) -> None:
    good = tmp_path / "mine.toml"
    good.write_text('name = "mine"\nf_number = 8\n', "utf-8")
    assert load_camera(good) == replace(Camera(), name="mine", f_number=8.0)
    bad = tmp_path / "bad.toml"
    bad.write_text("f_number = ", "utf-8")
    for path in (bad, tmp_path / "none.toml"):
        with pytest.raises(PerturbError) as refused:
            load_camera(path)
        assert refused.value.file == str(path)


def test_blur_circle_against_a_worked_example() -> None:
    """f 25 mm, N 2.8, m 0.069, 5 mm too far: s = 387.3 mm, c = 8.929 x 5 / 392.3 x 0.069 = 7.85 um = 2.276 px."""
    assert Camera().blur_circle(5.0) == pytest.approx(2.276, abs=0.002)
    assert Camera().blur_circle(0.0) == 0.0
    assert Camera().motion(400.0) == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("kernel", "rms"),
    [(disc(6.0), 6 / 4), (disc(2.5), 2.5 / 4), (line(9.0, 0.0), 9 / 12**0.5), (line(7.0, 30.0), 7 / 12**0.5),
     (swing(4.0, 90.0), 4 / 2**0.5)],
)  # fmt: skip
def test_kernels_have_the_width_of_their_physics(kernel: np.ndarray, rms: float) -> None:
    """Second moment per axis: disc d/4; line L/sqrt 12 and vibration a/sqrt 2 along the way; + <= 1/6 of sampling."""
    y, x = (np.arange(n) - n // 2 for n in kernel.shape)
    var_x, var_y = (kernel.sum(0) * x**2).sum(), (kernel.sum(1) * y**2).sum()
    assert kernel.sum() == pytest.approx(1.0, abs=1e-5)
    assert abs((kernel.sum(0) * x).sum()) < 1e-4
    total = max(var_x, var_y) if abs(var_x - var_y) < 0.02 else var_x + var_y
    assert rms**2 * 0.97 <= total <= rms**2 + 0.4


@pytest.mark.parametrize(("name", "severity"), [("defocus", 10.0), ("conveyor", 700.0), ("vibration", 150.0)])
def test_blur_leaves_the_noise_of_the_camera(name: str, severity: float) -> None:
    """Blurring takes the picture's own noise away; the camera's is added again, so a flat keeps its variance."""
    camera = replace(Camera(), bits=16, gain=65535 / 10500)
    rng = np.random.default_rng(2)
    mu = 0.4 * camera.white_electrons
    electrons = rng.poisson(mu, (300, 400)) + camera.dark_noise * rng.standard_normal((300, 400))
    code = np.round(camera.gain * electrons).astype(np.uint16)
    done = apply(Scene(code, 16), Condition(name, severity), Seed(1, "flat"), camera).pixels
    assert done.astype(float).var() == pytest.approx(code.astype(float).var(), rel=0.03)


def test_energy_is_the_noise_left() -> None:
    assert energy(np.full((3, 3), 1 / 9, np.float32)) == pytest.approx(1 / 9)


@pytest.mark.parametrize("name", ["rotation", "shift", "scale", "tilt", "shutter-skew", "trigger", "distortion"])
def test_no_black_wedges(name: str) -> None:
    bright = make_scene(size=(96, 128))
    bright = replace(bright, pixels=np.maximum(bright.pixels, 100).astype(np.uint8))
    for level in PERTURBATIONS[name].levels:
        assert apply(bright, Condition(name, level), Seed(3, "a"), QUIET).pixels.min() > 60


@pytest.mark.parametrize("sample", [f"p{i}" for i in range(12)])
@pytest.mark.parametrize("name", ["shift", "rotation", "scale"])
def test_pose_keeps_a_defect_at_the_border_in_sight(name: str, sample: str) -> None:
    plain = make_scene(labels=False)
    mask = np.zeros(plain.pixels.shape[:2], np.bool_)
    mask[40:46, 1:9] = True
    done = apply(replace(plain, mask=mask), Condition(name, PERTURBATIONS[name].levels[4]), Seed(1, sample))
    assert done.mask.sum() >= 0.7 * mask.sum()


def test_a_shift_goes_as_far_as_it_says() -> None:
    scene = make_scene(size=(192, 256))
    done = apply(scene, Condition("shift", 0.5, "mm"), Seed(1, "a"))
    before, after = (np.argwhere(s.mask).mean(axis=0) for s in (scene, done))
    assert np.linalg.norm(after - before) == pytest.approx(0.5 / 0.05, abs=0.8)


def test_visibility_of_a_spot_of_known_contrast() -> None:
    """Contrast 10 DN, noise 5 DN, 100 px: 10 sqrt(100) / 5 = 20."""
    rng = np.random.default_rng(1)
    plain = 100 + 5 * rng.standard_normal((200, 200)) + np.linspace(0, 40, 200)
    mask = np.zeros((200, 200), np.bool_)
    mask[95:105, 95:105] = True
    found = visibility(Scene(np.round(plain - 10 * mask).astype(np.uint8), 8, mask))
    assert found.area == 100
    assert found.cnr == pytest.approx(20.0, rel=0.25)
    assert not found.vanished
    gone = visibility(Scene(np.round(plain).astype(np.uint8), 8, mask))
    assert gone.cnr < ROSE
    assert gone.vanished
    assert visibility(Scene(plain.astype(np.uint8), 8, np.zeros_like(mask))).vanished
    with pytest.raises(PerturbError, match="needs its mask"):
        visibility(Scene(plain.astype(np.uint8), 8))


def test_noise_brings_a_faint_defect_below_the_rose_criterion() -> None:
    rng = np.random.default_rng(4)
    mask = np.zeros((128, 128), np.bool_)
    mask[60:66, 60:66] = True
    scene = Scene(np.round(120 + rng.standard_normal((128, 128)) - 6 * mask).astype(np.uint8), 8, mask)
    seen = [visibility(apply(scene, Condition("dark-noise", s), Seed(1, "a"))).cnr for s in (0.0, 150.0, 1500.0)]
    assert seen[0] > 20
    assert seen[0] > seen[1] > seen[2]
    assert seen[2] < ROSE


def test_suites() -> None:
    quick, default, full = (suite(name) for name in ("quick", "default", "full"))
    assert quick[0] == default[0] == full[0] == CLEAN
    assert 12 <= len(quick) <= 20
    assert len(default) <= 80
    assert len(full) == 1 + 5 * len(PERTURBATIONS)
    assert {c.key for c in quick} <= {c.key for c in default} <= {c.key for c in full}
    assert len({c.key for c in full}) == len(full)
    for condition in full[1:]:
        item = PERTURBATIONS[condition.name]
        assert condition.severity == item.levels[condition.level - 1]
        assert (condition.unit, condition.group) == (item.unit, item.group)
    mono = suite("full", colour=False)
    assert not {c.name for c in mono} & {n for n, p in PERTURBATIONS.items() if p.needs}
    with pytest.raises(PerturbError, match="no suite"):
        suite("fast")


def test_repeats_differ_only_in_their_draw() -> None:
    many = repeated(Condition("shot-noise", 0.1), 5)
    scene = make_scene()
    pictures = {apply(scene, c, Seed(1, "a")).pixels.tobytes() for c in many}
    assert len(pictures) == 5
    assert len({c.key for c in many}) == 5
    with pytest.raises(PerturbError, match="repeats"):
        repeated(CLEAN, 0)


@pytest.mark.parametrize(
    ("scene", "message"),
    [
        (Scene(np.zeros((8, 8), np.uint16), 8), "uint16 with 8 bits"),
        (Scene(np.zeros((8, 8), np.uint8), 12), "uint8 with 12 bits"),
        (Scene(np.zeros((8, 8), np.float32), 8), "float32"),
        (Scene(np.zeros((8, 8, 4), np.uint8)), "shape"),
        (Scene(np.zeros((0, 8), np.uint8)), "too small"),
        (Scene(np.zeros((1, 500), np.uint8)), "too small"),
        (Scene(np.zeros((8, 8), np.uint8), 8, np.zeros((9, 8), np.bool_)), "the mask is"),
        (Scene(np.zeros((8, 8), np.uint8), 8, None, np.zeros((4,), np.float32)), "boxes of shape"),
    ],
)
def test_unsupported_pictures_are_refused(scene: Scene, message: str) -> None:
    for condition in (CLEAN, Condition("jpeg", 50.0)):
        with pytest.raises(PerturbError, match=message) as refused:
            apply(scene, condition, Seed(1, "a"))
        assert refused.value.mend


def test_unknown_names_and_units_say_what_to_do() -> None:
    with pytest.raises(PerturbError, match="no perturbation 'defocuss'") as refused:
        apply(make_scene(), Condition("defocuss", 1.0), Seed(1, "a"))
    assert "defocus" in refused.value.mend
    with pytest.raises(PerturbError, match="is given in 'cm'"):
        apply(make_scene(), Condition("defocus", 1.0, "cm"), Seed(1, "a"))
    with pytest.raises(PerturbError, match="unknown key") as refused:
        from_table({"name": "jpeg", "severity": 3.0, "colour": 1}, file="site.toml")
    assert refused.value.file == "site.toml"


def test_contact_sheet_has_a_row_per_perturbation() -> None:
    scene = make_scene(bits=12)
    one, two = contact_sheet(scene, ["jpeg"]), contact_sheet(scene, ["jpeg", "bayer"])
    assert one.dtype == np.uint8
    assert two.shape == (2 * one.shape[0], one.shape[1], 3)
    np.testing.assert_array_equal(two[: one.shape[0]], one)


@pytest.mark.parametrize("size", [(8, 8), (9, 200), (33, 17)])
@pytest.mark.parametrize("name", list(PERTURBATIONS))
def test_odd_sizes(name: str, size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    done = apply(Scene(pixels), Condition(name, PERTURBATIONS[name].levels[4]), Seed(1, "a"))
    assert done.pixels.shape == pixels.shape
