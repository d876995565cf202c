"""One contract for every perturbation, composites included."""

import json
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import replace

import numpy as np
import pytest
import tomlkit

from perturb import PERTURBATIONS, Condition, PerturbError, Scene, Seed, apply, suite
from perturb.suites import conditions_of, from_table, to_table
from perturb.types import Group
from tests.perturb.conftest import QUIET, make_scene
from tests.perturb.golden import fingerprints

NAMES = list(PERTURBATIONS)
SEED = Seed(20, "parts/0001.png", camera=3)
DEPTHS = [(8, True), (8, False), (12, True), (16, False)]
SHOWN = [
    (name, bits, colour)
    for name in NAMES
    for bits, colour in DEPTHS
    if colour or "colour" not in PERTURBATIONS[name].needs
]
"""Every perturbation at every depth, in mono unless it needs colour."""

PER_CHANNEL = {"jpeg", "webp", "rush-order", "cheap-camera"}
"""Codecs change colour space, so grey in three channels is not coded as grey in one."""


def _condition(name: str, level: int) -> Condition:
    return conditions_of(PERTURBATIONS[name], (level,))[0]


def _scene(name: str, bits: int, colour: bool) -> Scene:
    assert colour or "colour" not in PERTURBATIONS[name].needs
    return make_scene(bits=bits, colour=colour)


@pytest.mark.parametrize(("name", "bits", "colour"), SHOWN)
def test_shape_depth_range_and_memory(name: str, bits: int, colour: bool) -> None:
    scene = _scene(name, bits, colour)
    before = scene.pixels.copy(), scene.mask.copy(), scene.boxes.copy()
    for level in (1, 5):
        done = apply(scene, _condition(name, level), SEED)
        assert (done.pixels.dtype, done.pixels.shape, done.bits) == (scene.pixels.dtype, scene.pixels.shape, bits)
        assert int(done.pixels.max()) < 1 << bits
        assert not np.shares_memory(done.pixels, scene.pixels)
        assert not np.shares_memory(done.mask, scene.mask)
        assert not np.shares_memory(done.boxes, scene.boxes)
        assert done.pixels.flags.c_contiguous
    for left, right in zip(before, (scene.pixels, scene.mask, scene.boxes), strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize(("name", "bits", "colour"), SHOWN)
def test_neutral_is_the_identity_to_the_bit(name: str, bits: int, colour: bool) -> None:
    scene = _scene(name, bits, colour)
    done = apply(scene, Condition(name, PERTURBATIONS[name].neutral), SEED)
    np.testing.assert_array_equal(done.pixels, scene.pixels)
    np.testing.assert_array_equal(done.mask, scene.mask)
    assert not np.shares_memory(done.pixels, scene.pixels)


@pytest.mark.parametrize("name", NAMES)
def test_effect_grows_over_the_five_levels(name: str) -> None:
    scene = make_scene(size=(192, 256))
    plain = scene.pixels.astype(np.int32)
    effects, draws = [], 12 if name == "lost-lines" else 3
    for level in range(1, 6):
        done = [apply(scene, _condition(name, level), Seed(1, f"{i}")).pixels for i in range(draws)]
        effects.append(float(np.mean([np.abs(d - plain).mean() for d in done])))
    assert effects[0] > 0
    assert all(np.diff(effects) > 0), effects


@pytest.mark.parametrize("name", NAMES)
def test_reproducible_in_any_order_and_different_for_other_seeds(name: str) -> None:
    scene = make_scene()
    conditions = [_condition(name, level) for level in (2, 4)]
    seeds = [SEED, replace(SEED, sample="parts/0002.png")]
    first = {(c.key, s): apply(scene, c, s).pixels for c in conditions for s in seeds}
    again = {(c.key, s): apply(scene, c, s).pixels for s in reversed(seeds) for c in reversed(conditions)}
    for key, pixels in first.items():
        np.testing.assert_array_equal(pixels, again[key])


@pytest.mark.parametrize("name", [n for n in NAMES if PERTURBATIONS[n].drawn])
def test_sample_and_repeat_change_the_draw(name: str) -> None:
    scene = make_scene(size=(192, 256))
    strong = _condition(name, 5)
    plain = apply(scene, strong, SEED).pixels
    others = [apply(scene, strong, replace(SEED, sample=f"other {i}")).pixels for i in range(8)]
    repeats = [apply(scene, replace(strong, repeat=i), SEED).pixels for i in range(1, 9)]
    runs = [apply(scene, strong, replace(SEED, run=SEED.run + i)).pixels for i in range(1, 9)]
    for draws in (others, repeats, runs):
        assert any(not np.array_equal(plain, other) for other in draws)


def test_another_process_makes_the_same_pixels() -> None:
    """In a fresh interpreter with another hash seed, one perturbation after the other in reverse."""
    code = (
        "import json; from tests.perturb import golden; "
        "names = list(reversed(golden.PERTURBATIONS)); "
        "golden.PERTURBATIONS = {name: golden.PERTURBATIONS[name] for name in names}; "
        "print(json.dumps(golden.fingerprints()))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": "77"}, capture_output=True, check=True
    )  # fmt: skip
    assert json.loads(found.stdout) == fingerprints()


def _same_in_every_channel(name: str) -> bool:
    """Not so where colour is the point, a codec mixes channels, or temporal noise is drawn per channel."""
    perturbation = PERTURBATIONS[name]
    noisy = {name, *(w.split()[0] for w in perturbation.reasons.split(": ")[-1].split(", "))}
    return not ("colour" in perturbation.needs or name in PER_CHANNEL or noisy & {"shot-noise", "dark-noise"})


@pytest.mark.parametrize("name", [name for name in NAMES if _same_in_every_channel(name)])
def test_colour_with_equal_channels_is_mono(name: str) -> None:
    mono = make_scene(colour=False)
    colour = replace(mono, pixels=np.repeat(mono.pixels[:, :, None], 3, axis=2))
    condition = _condition(name, 3)
    one, three = (apply(s, condition, SEED, QUIET).pixels.astype(np.int32) for s in (mono, colour))
    assert np.abs(three - one[:, :, None]).max() <= 1


@pytest.mark.parametrize("name", NAMES)
def test_masks_and_boxes_move_with_the_part(name: str) -> None:
    scene = make_scene(size=(192, 256))
    for level in (3, 5):
        done = apply(scene, _condition(name, level), SEED)
        rows, cols = np.nonzero(done.mask)
        around = np.array([cols.min(), rows.min(), cols.max(), rows.max()])
        assert done.boxes.shape == (1, 4)
        assert done.boxes.dtype == np.float32
        np.testing.assert_allclose(done.boxes[0], around, atol=2.0)
        if PERTURBATIONS[name].group not in {Group.PART, Group.MOTION, Group.OPTICS, Group.COMPOSITE}:
            np.testing.assert_array_equal(done.mask, scene.mask)


@pytest.mark.parametrize("name", NAMES)
def test_levels_lie_in_the_limits_on_one_side_of_neutral(name: str) -> None:
    item = PERTURBATIONS[name]
    low, high = item.limits
    assert all(low <= level <= high for level in item.levels)
    assert low <= item.neutral <= high
    distance = [abs(level - item.neutral) for level in item.levels]
    assert distance == sorted(set(distance))
    assert item.unit
    assert item.summary
    if item.group is not Group.COMPOSITE:
        assert item.source
        assert len(re.split(r", | and ", item.reasons)) >= 5, "a reason for each of the five levels"


@pytest.mark.parametrize("condition", [*suite("full"), Condition("jpeg", 33.0, "quality", None, 4, "transport")])
def test_conditions_survive_toml(condition: Condition) -> None:
    text = tomlkit.dumps(to_table(condition))
    assert from_table(tomllib.loads(text)) == condition


@pytest.mark.parametrize("name", [n for n in NAMES if "colour" in PERTURBATIONS[n].needs])
def test_what_needs_colour_refuses_mono_by_name(name: str) -> None:
    with pytest.raises(PerturbError, match=f"{name} needs a colour picture"):
        apply(make_scene(colour=False), _condition(name, 2), SEED)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("severity", [float("nan"), float("inf"), -1e9, 1e9])
def test_severity_out_of_range_is_refused(name: str, severity: float) -> None:
    with pytest.raises(PerturbError, match="out of range") as refused:
        apply(make_scene(), Condition(name, severity), SEED)
    assert refused.value.mend
