"""A part's picture comes with its mask and boxes, here and from the audit's store."""

from pathlib import Path

import cv2
import numpy as np

from appliance.audit.store import PixelStore
from appliance.parts.scene import read_scene
from appliance.parts.types import Label, Part, Verdict
from perturb import Condition, Seed, apply


def part(folder: Path, *boxes: tuple[float, float, float, float], mask: bool = False) -> Part:
    cv2.imwrite(str(folder / "a.png"), np.full((100, 200, 3), 120, np.uint8))
    cv2.imwrite(str(folder / "m.png"), np.pad(np.full((10, 10), 255, np.uint8), ((40, 50), (90, 100))))
    return Part("a.png", folder / "a.png", Label(Verdict.NG), mask=folder / "m.png" if mask else None, boxes=boxes)


def test_boxes_are_cut_to_the_picture_and_empty_ones_left_out(tmp_path: Path) -> None:
    scene = read_scene(part(tmp_path, (-5, 10, 20, 30), (190, 90, 250, 150), (300, 10, 310, 20)))
    assert scene.boxes is not None
    assert scene.boxes.dtype == np.float32
    assert scene.boxes.tolist() == [[0, 10, 20, 30], [190, 90, 199, 99]]
    assert read_scene(part(tmp_path)).boxes is None


def test_mask_and_boxes_come_back_from_the_store(tmp_path: Path) -> None:
    scene = read_scene(part(tmp_path, (90, 40, 99, 49), mask=True))
    store = PixelStore(tmp_path, 1 << 20, 1)
    store.put(0, scene)
    again = store.get(0)
    assert again is not None
    for one, other in ((scene.pixels, again.pixels), (scene.mask, again.mask), (scene.boxes, again.boxes)):
        np.testing.assert_array_equal(one, other)


def test_no_drop_lies_on_a_boxed_defect(tmp_path: Path) -> None:
    scene = read_scene(part(tmp_path, (0, 0, 120, 99)))
    drops = Condition("droplets", 40.0)
    for n in range(8):
        changed = apply(scene, drops, Seed(n, "a.png")).pixels != scene.pixels
        assert not changed[10:90, 10:100].any()
        assert changed.any() or n
