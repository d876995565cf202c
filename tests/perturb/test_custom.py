"""Perturbations written into a site's own file."""

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from perturb import PERTURBATIONS, Condition, PerturbError, Seed, apply, suite
from perturb.custom import register, set_own, trial
from tests.perturb.conftest import make_scene

NOISE = """
name = "site-noise"
group = "sensor"
unit = "std"
parameter = "std_range"
levels = [0.01, 0.02, 0.04, 0.08, 0.16]
[transform.transform]
__class_fullname__ = "GaussNoise"
std_range = [0.1, 0.2]
per_channel = true
"""
FOG = """
name = "site-fog"
levels = [0.1, 0.2, 0.4, 0.7, 1.0]
[transform]
__class_fullname__ = "RandomFog"
alpha_coef = 0.08
fog_coef_range = [0.5, 0.5]
"""
NIGHT = """
name = "our-night"
members = {intensity = 0.6, ambient = 8.0, jpeg = 60.0}
levels = [0.1, 0.2, 0.3, 0.6, 1.0]
"""
TURN = """
name = "site-turn"
group = "part"
unit = "deg"
parameter = "limit"
levels = [1.0, 2.0, 3.0, 4.0, 5.0]
[transform]
__class_fullname__ = "Rotate"
limit = [5.0, 5.0]
"""


@pytest.fixture(autouse=True)
def _clean_registry() -> Iterator[None]:
    set_own([])
    yield
    set_own([])


@pytest.mark.parametrize("text", [NOISE, FOG, NIGHT])
@pytest.mark.parametrize("bits", [8, 12])
def test_site_perturbations_keep_the_contract(text: str, bits: int) -> None:
    made = register(tomllib.loads(text), file="site.toml")
    scene = make_scene(bits=bits)
    effects = []
    for level in made.levels:
        done = apply(scene, Condition(made.name, level, made.unit), Seed(1, "a"))
        again = apply(scene, Condition(made.name, level, made.unit), Seed(1, "a"))
        np.testing.assert_array_equal(done.pixels, again.pixels)
        assert done.pixels.dtype == scene.pixels.dtype
        assert int(done.pixels.max()) < 1 << bits
        effects.append(np.abs(done.pixels.astype(np.int32) - scene.pixels).mean())
    assert all(np.diff(effects) > 0)
    neutral = apply(scene, Condition(made.name, made.neutral), Seed(1, "a"))
    np.testing.assert_array_equal(neutral.pixels, scene.pixels)


def test_an_albumentations_draw_follows_our_seed() -> None:
    made = register(tomllib.loads(NOISE))
    scene = make_scene()
    condition = Condition(made.name, 0.1)
    one, two, three = (apply(scene, condition, Seed(1, name)).pixels for name in ("a", "b", "a"))
    assert not np.array_equal(one, two)
    np.testing.assert_array_equal(one, three)


def test_a_mask_follows_and_boxes_that_cannot_are_refused() -> None:
    made = register(tomllib.loads(TURN))
    scene = make_scene()
    with pytest.raises(PerturbError, match="boxes cannot follow"):
        apply(scene, Condition(made.name, 5.0), Seed(1, "a"))
    alone = type(scene)(scene.pixels, 8, scene.mask)
    done = apply(alone, Condition(made.name, 5.0), Seed(1, "a"))
    assert done.mask.sum() == pytest.approx(scene.mask.sum(), rel=0.1)
    assert not np.array_equal(done.mask, scene.mask)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "site-noise.colour: an unknown key"),
        ({"name": None}, "perturbations.name: None is no name"),
        ({"name": "Our Noise"}, "is no name"),
        ({"members": {"jpeg": 1.0}}, "give members or transform"),
        ({"levels": [1, 2]}, "site-noise.levels: not five numbers"),
        ({"levels": [0.1, 0.1, 0.2, 0.3, 0.4]}, "do not move away"),
        ({"limits": [0.0, 0.1]}, "site-noise.limits: levels or neutral lie outside"),
        ({"group": "weather"}, "site-noise.group: 'weather' is unknown"),
        ({"parameter": "sigma"}, "site-noise.parameter: GaussNoise has no 'sigma'"),
        ({"name": "jpeg"}, "one of the package's own"),
        ({"transform": "{"}, "site-noise.transform: not JSON"),
        ({"transform": "[1]"}, "site-noise.transform: not a table"),
        ({"transform": {"__class_fullname__": "NoSuchThing", "std_range": [0, 1]}}, "cannot build NoSuchThing"),
        ({"transform": {"__class_fullname__": "Rotate", "limit": [9, 9]}, "parameter": ""}, "cannot be blended"),
    ],
)
def test_a_bad_table_is_refused_with_its_file(change: dict[str, Any], message: str) -> None:
    with pytest.raises(PerturbError, match=message) as refused:
        register({**tomllib.loads(NOISE), **change}, file="site.toml")
    assert refused.value.file == "site.toml"
    assert refused.value.mend


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"members": {"jpg": 50.0}}, "ours.members: composite ours: no perturbation 'jpg'"),
        ({"members": {"jpeg": 500.0}}, "out of range"),
        ({"members": {"night-shift": 1.0}}, "to combine"),
        ({"members": {}}, "no members"),
        ({"unit": "lux"}, "ours.unit: a composite"),
        ({"levels": [0.5, 1.0, 1.5, 2.0, 3.0]}, "ours.levels: a composite goes to share 1"),
    ],
)
def test_a_bad_composite_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(PerturbError, match=message):
        register({"name": "ours", "members": {"jpeg": 50.0}, **change}, file="site.toml")


def test_a_site_has_its_own_and_no_other_sites() -> None:
    set_own([tomllib.loads(NIGHT), tomllib.loads(NOISE)])
    made = set_own([tomllib.loads(NIGHT), {"name": "worse", "members": {"intensity": 0.5}}])
    assert [item.name for item in PERTURBATIONS.values() if item.own] == [item.name for item in made]
    assert [c.name for c in suite("quick")][-4:] == ["our-night", "our-night", "worse", "worse"]
    with pytest.raises(PerturbError, match=r"our-night\.name: our-night is declared twice"):
        set_own([tomllib.loads(NIGHT), tomllib.loads(NIGHT)])
    assert set_own([]) == ()
    assert "our-night" not in PERTURBATIONS


def test_json_text_is_the_same_transform_as_a_table() -> None:
    table = tomllib.loads(NOISE)
    scene, condition = make_scene(), Condition("site-noise", 0.1)
    shown = []
    for transform in (table["transform"], json.dumps(table["transform"])):
        set_own([{**table, "transform": transform}])
        shown.append(apply(scene, condition, Seed(1, "a")).pixels)
    np.testing.assert_array_equal(*shown)


GONE = {
    "name": "gone", "levels": [1, 2, 3, 4, 5], "parameter": "translate_percent",
    "transform": {"__class_fullname__": "Affine", "translate_percent": [1.0, 1.0]},
}  # fmt: skip
RAIN = {
    "name": "rain", "levels": [0.2, 0.4, 0.6, 0.8, 1.0],
    "transform": {"__class_fullname__": "RandomRain"},
}  # fmt: skip
CROP = {
    "name": "cut", "levels": [60, 50, 40, 30, 20], "neutral": 72, "parameter": "height",
    "transform": {"__class_fullname__": "CenterCrop", "height": 72, "width": 96},
}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "colour", "message"),
    [(GONE, True, "took the defect away"), (CROP, True, "made "), (RAIN, False, "the Albumentations transform failed")],
)
def test_a_trial_finds_what_fails_or_changes_the_label(table: dict[str, Any], colour: bool, message: str) -> None:
    made = register(table)
    with pytest.raises(PerturbError, match=message) as refused:
        trial(made, make_scene(colour=colour), file="site.toml")
    assert refused.value.file == "site.toml"
    assert refused.value.what.startswith(f"perturbations.{made.name}.transform at ")
    assert refused.value.mend


def test_a_trial_is_silent_where_all_is_well() -> None:
    trial(register(tomllib.loads(FOG)), make_scene())
