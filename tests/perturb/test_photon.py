"""The sensor model against the flat fields of a real camera and against itself."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from perturb import Camera, Condition, PerturbError, Scene, Seed, apply, load_camera
from perturb.photon import Pair, mean_and_variance, photon_transfer, render_flat

SET = Path(__file__).resolve().parents[2].parent / "shared/data/emva1288/EMVA1288_ReferenceSet_001_CCD_12Bit"

REAL = Camera(
    name="reference", full_well=14500.0, gain=0.280, dark_noise=10.93, dsnu=4.0, prnu=0.006, black_level=14.7, bits=12
)
"""The reference camera of the set, in figures: K = 0.280 DN/e-, dark noise 3.07 DN."""


def _read() -> tuple[list[float], list[Pair], list[Pair]]:
    """Exposures in ns, light pairs and dark pairs, shortest first."""
    if not SET.is_dir():
        pytest.skip("the EMVA 1288 reference set is not beside the repository")
    pairs: dict[str, list[Pair]] = {"b": [], "d": []}
    times: list[float] = []
    names: list[str] = []
    kind = ""
    for line in (SET / "EMVA1288_Data.subset.txt").read_text("utf-8").splitlines():
        match line.split():
            case ["b" | "d" as kind, exposure, *_]:
                times += [float(exposure)] if kind == "b" else []
            case ["i", name]:
                names.append(name)
                if len(names) == 2:
                    first, second = (cv2.imread(str(SET / n), cv2.IMREAD_UNCHANGED) for n in names)
                    pairs[kind].append((first, second))
                    names = []
    return times, pairs["b"], pairs["d"]


def _rendered(camera: Camera, levels: list[float]) -> tuple[list[Pair], list[Pair]]:
    def pair(electrons: float, tag: str) -> Pair:
        first, second = (render_flat(camera, electrons, Seed(5, f"{tag} {electrons:g} {i}")) for i in (0, 1))
        return first, second

    return [pair(e, "light") for e in levels], [pair(0.0, f"dark {e:g}") for e in levels]


@pytest.mark.real
def test_real_flats_give_the_published_figures() -> None:
    _, lights, darks = _read()
    found = photon_transfer(lights, darks, saturation=4095)
    assert found.gain.holds(0.280)
    assert found.gain.high - found.gain.low < 0.02
    assert found.dark_noise_dn.holds(3.07)
    assert found.dark_noise_dn.high - found.dark_noise_dn.low < 0.05


@pytest.mark.real
def test_rendered_flats_follow_the_real_curve() -> None:
    _, lights, darks = _read()
    real = photon_transfer(lights, darks, saturation=4095)
    levels = [mean / REAL.gain for mean in real.means]
    made = photon_transfer(*_rendered(REAL, levels), saturation=4095)
    assert made.gain.holds(0.280)
    assert made.gain.low <= real.gain.high
    assert real.gain.low <= made.gain.high
    np.testing.assert_allclose(made.means, real.means, rtol=0.005, atol=0.5)
    np.testing.assert_allclose(made.variances, real.variances, rtol=0.05)
    assert made.dark_noise_dn.value == pytest.approx(real.dark_noise_dn.value, rel=0.01)


@pytest.mark.real
@pytest.mark.parametrize("target", [2, 3, 4])
def test_a_darkened_real_flat_has_the_noise_of_the_real_darker_one(target: int) -> None:
    """The brightest real pair, under-exposed by our model, against the real pair at that exposure."""
    times, lights, darks = _read()
    (mean, variance), (black, _) = mean_and_variance(lights[target]), mean_and_variance(darks[target])
    stops = float(np.log2(times[-1] / times[target]))
    made = tuple(
        apply(Scene(picture, 12), Condition("underexposure", stops), Seed(1, f"flat {i}"), REAL).pixels
        for i, picture in enumerate(lights[-1])
    )
    made_mean, made_variance = mean_and_variance((made[0], made[1]))
    assert made_mean - black == pytest.approx(mean - black, rel=0.02)
    assert made_variance == pytest.approx(variance, rel=0.05)  # the real curve itself strays 3 % from its line


@pytest.mark.parametrize("camera", [REAL, replace(Camera(), black_level=64), load_camera("good")])
def test_photon_transfer_finds_what_was_rendered(camera: Camera) -> None:
    levels = [camera.full_well * share for share in (0.05, 0.1, 0.2, 0.3, 0.45, 0.6)]
    found = photon_transfer(*_rendered(camera, levels))
    assert found.gain.value == pytest.approx(camera.gain, rel=0.02)
    assert found.dark_noise == pytest.approx(camera.dark_noise, rel=0.05)


@pytest.mark.parametrize("transfer", ["linear", "gamma=2.2"])
@pytest.mark.parametrize(
    ("name", "severity", "gain", "variance"),
    [
        ("underexposure", 1.0, 0.5, lambda mu, d: 0.5 * mu + d),
        ("intensity", 0.7, 0.7, lambda mu, d: 0.7 * mu + d),
        ("shot-noise", 0.1, 1.0, lambda mu, d: mu / 0.1 + d / 0.01),
        ("dark-noise", 100.0, 1.0, lambda mu, d: mu + d + 1e4),
        ("gain", 6.0206, 2.0, lambda mu, d: 4 * (mu + d)),
        ("ambient", 10.0, None, None),
    ],
)
def test_a_condition_adds_only_the_missing_variance(
    name: str, severity: float, gain: float | None, variance: object, transfer: str
) -> None:
    """A 16-bit flat with the camera's own noise must come out with the noise of the model at the new light."""
    camera = replace(Camera(), gain=65535 / 10500, bits=16, prnu=0.0, dsnu=0.0, transfer=transfer)
    exponent = 1.0 if transfer == "linear" else 2.2
    mu = 0.3 * camera.white_electrons
    rng = np.random.default_rng(3)
    electrons = rng.poisson(mu, (400, 500)) + camera.dark_noise * rng.standard_normal((400, 500))
    code = np.round(65535 * (electrons / camera.white_electrons) ** (1 / exponent)).astype(np.uint16)
    done = apply(Scene(code, 16), Condition(name, severity), Seed(1, "flat"), camera).pixels
    seen = (done / 65535.0) ** exponent * camera.white_electrons
    light, dark2 = mu, camera.dark_noise**2
    if callable(variance):
        mean, expected = light * gain, variance(light, dark2)
    else:
        mean = light + 0.1 * camera.white_electrons
        expected = mean + dark2
    assert seen.mean() == pytest.approx(mean, rel=0.005)
    assert seen.var() == pytest.approx(expected, rel=0.02)


NOISY = Camera(name="noisy", full_well=2000.0, gain=1.95, dark_noise=8.0, dsnu=0.0, prnu=0.0, black_level=150, bits=12)
"""A camera whose noise is well above one code value even at 8 bits."""


def _taken(electrons: float, tag: str, bits: int, colour: bool) -> np.ndarray:
    planes = [render_flat(NOISY, electrons, Seed(9, f"{tag} {i}"), (200, 320), bits) for i in range(3 if colour else 1)]
    return np.ascontiguousarray(np.stack(planes, axis=-1)) if colour else planes[0]


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("bits", [8, 9, 10, 12, 14, 16])
def test_darkened_flats_keep_the_photon_transfer_curve_at_every_depth(bits: int, colour: bool) -> None:
    """Flats of one bright level, under-exposed by the model, through `apply` as an audit does: gain and dark noise."""
    bright = [_taken(0.6 * NOISY.full_well, f"bright {i}", bits, colour) for i in (0, 1)]
    dark = [_taken(0.0, f"dark {i}", bits, colour) for i in (0, 1)]
    lights = []
    for stops in (3.0, 2.0, 1.5, 1.0, 0.5):
        pair = [
            apply(Scene(flat, bits), Condition("underexposure", stops), Seed(1, f"{stops} {i}"), NOISY).pixels
            for i, flat in enumerate(bright)
        ]
        assert pair[0].dtype == flat_type(bits)
        lights.append((pair[0], pair[1]))
    step = ((1 << bits) - 1) / 4095
    found = photon_transfer(lights, [(dark[0], dark[1])] * len(lights), saturation=4095 * step)
    assert found.gain.value == pytest.approx(NOISY.gain * step, rel=0.02)
    assert found.dark_noise == pytest.approx(NOISY.dark_noise, rel=0.03)
    assert found.black_level == pytest.approx(NOISY.black_level * step, abs=0.2 * step)


def flat_type(bits: int) -> type[np.generic]:
    return np.uint8 if bits == 8 else np.uint16


def test_too_few_flats_are_refused() -> None:
    lights, darks = _rendered(Camera(), [1000.0, 2000.0])
    with pytest.raises(PerturbError, match="three or more"):
        photon_transfer(lights, darks)
