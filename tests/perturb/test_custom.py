"""Perturbations written into a site's own file."""

import tomllib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from perturb import PERTURBATIONS, Condition, PerturbError, Seed, apply
from perturb.custom import register
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
    before = dict(PERTURBATIONS)
    yield
    PERTURBATIONS.clear()
    PERTURBATIONS.update(before)


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


def test_a_transform_that_takes_the_defect_away_is_refused() -> None:
    text = TURN.replace('"Rotate"', '"ShiftScaleRotate"')
    table: dict[str, Any] = {
        "name": "gone", "levels": [1, 2, 3, 4, 5], "parameter": "translate_percent",
        "transform": {"__class_fullname__": "Affine", "translate_percent": [1.0, 1.0]},
    }  # fmt: skip
    assert text
    made = register(table)
    with pytest.raises(PerturbError, match="took the defect away"):
        apply(make_scene(), Condition(made.name, 1.0), Seed(1, "a"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"colour": "red"}, "unknown key colour"),
        ({"name": None}, "name is missing"),
        ({"members": {"jpeg": 1.0}}, "give members or transform"),
        ({"levels": [1, 2]}, "not five numbers"),
        ({"levels": [0.1, 0.1, 0.2, 0.3, 0.4]}, "do not move away"),
        ({"group": "weather"}, "group 'weather' is unknown"),
        ({"parameter": "sigma"}, "no parameter 'sigma'"),
        ({"name": "jpeg"}, "one of the package's own"),
        ({"transform": {"__class_fullname__": "NoSuchThing", "std_range": [0, 1]}}, "cannot build NoSuchThing"),
    ],
)
def test_a_bad_table_is_refused_with_its_file(change: dict[str, Any], message: str) -> None:
    with pytest.raises(PerturbError, match=message) as refused:
        register({**tomllib.loads(NOISE), **change}, file="site.toml")
    assert refused.value.file == "site.toml"
    assert refused.value.mend


@pytest.mark.parametrize(
    ("members", "message"),
    [({"jpg": 50.0}, "no perturbation 'jpg'"), ({"jpeg": 500.0}, "out of range"), ({"night-shift": 1.0}, "to combine"),
     ({}, "no members")],
)  # fmt: skip
def test_a_bad_composite_is_refused(members: dict[str, float], message: str) -> None:
    with pytest.raises(PerturbError, match=message):
        register({"name": "ours", "members": members}, file="site.toml")


def test_a_site_may_redefine_its_own() -> None:
    register(tomllib.loads(NIGHT))
    assert register(tomllib.loads(NIGHT)).name == "our-night"
