"""The rendered parts: reproducible, honest masks, believable light."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from models.errors import ModelError
from models.render import DEFECTS, KINDS, SIZE, render_part, write_parts
from models.render.part import draw_part

SEED = 7

CASES = [(kind, defect) for kind in KINDS for defect in DEFECTS]


def test_a_part_is_the_same_alone_and_in_any_order() -> None:
    forwards = [render_part(SEED, index) for index in range(3)]
    alone = render_part(SEED, 1)
    assert np.array_equal(alone.pixels, forwards[1].pixels)
    assert np.array_equal(alone.mask, forwards[1].mask)
    assert (alone.label, alone.defect, alone.kind) == (forwards[1].label, forwards[1].defect, forwards[1].kind)


def test_other_numbers_and_other_seeds_are_other_parts() -> None:
    pictures = [draw_part(seed, index, "flange", "none")[0] for seed, index in ((1, 0), (1, 1), (2, 0))]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.mean(pictures[one] != pictures[other]) > 0.5


def test_shape_and_types() -> None:
    part = render_part(SEED, 0)
    assert part.pixels.shape == (SIZE, SIZE, 3)
    assert part.pixels.dtype == np.uint8
    assert part.mask.shape == (SIZE, SIZE)
    assert part.mask.dtype == np.bool_


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_part_has_no_mask_and_uses_the_range(kind: str) -> None:
    pixels, mask = draw_part(SEED, 5, kind, "none")
    assert not mask.any()
    assert np.percentile(pixels, 5) < 60
    assert 60 < np.percentile(pixels, 80) < 235
    assert np.mean(pixels >= 255) < 0.05


@pytest.mark.parametrize(("kind", "defect"), CASES)
def test_a_defect_changes_the_picture_where_its_mask_says(kind: str, defect: str) -> None:
    good, _ = draw_part(SEED, 11, kind, "none")
    bad, mask = draw_part(SEED, 11, kind, defect)
    changed = np.abs(bad.astype(int) - good).max(axis=2) > 12
    reach = 35 if defect == "dent" else 13  # the low lip of a dent runs out beyond what is called the dent
    near = cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    assert 4 < mask.sum() < 0.1 * mask.size
    assert np.abs(bad.astype(int) - good)[mask].mean() > np.abs(bad.astype(int) - good)[~near].mean() + 0.5
    assert np.mean(near[changed]) > 0.95


def test_labels_kinds_and_defects_are_all_drawn() -> None:
    parts = [render_part(SEED, index) for index in range(60)]
    bad = sum(part.label == "NG" for part in parts)
    assert 18 <= bad <= 42
    assert {part.kind for part in parts} == set(KINDS)
    assert {part.defect for part in parts if part.label == "NG"} == set(DEFECTS)
    assert all(part.mask.any() == (part.label == "NG") for part in parts)
    assert all((part.defect == "none") == (part.label == "OK") for part in parts)


def test_the_kind_can_be_asked_for() -> None:
    assert {render_part(SEED, index, kind="bracket").kind for index in range(3)} == {"bracket"}
    with pytest.raises(ModelError, match="gearbox"):
        render_part(SEED, 0, kind="gearbox")


def test_written_parts_are_the_rendered_ones(tmp_path: Path) -> None:
    write_parts(tmp_path, SEED, 4)
    for index in range(4):
        part = render_part(SEED, index)
        written = cv2.imread(str(tmp_path / part.label / f"{index:04d}.png"))
        assert np.array_equal(cv2.cvtColor(written, cv2.COLOR_BGR2RGB), part.pixels)
        mask = tmp_path / "masks" / f"{index:04d}.png"
        assert mask.exists() == (part.label == "NG")
        if mask.exists():
            assert np.array_equal(cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE) == 255, part.mask)


def test_no_parts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="0 parts"):
        write_parts(tmp_path, SEED, 0)
