"""The same picture twice is found under another label, split or group, and only there."""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.parts.guess import guess_layout, require_answers
from appliance.parts.review import (
    MOST,
    Near,
    contradicted,
    near_duplicates,
    near_warnings,
    review,
    review_site,
    thumbnail,
)
from appliance.parts.types import Label, Part, Verdict
from appliance.site_file import write_site
from tests.parts.pictures import save
from tests.parts.test_read import DATA

SCENE = cv2.GaussianBlur(np.random.default_rng(0).normal(0, 900, (128, 128, 3)), (0, 0), 8)


def picture(seed: int) -> NDArray[np.uint8]:
    """A part of its own in front of the scene that all parts share."""
    own = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 300, (128, 128, 3)), (0, 0), 5)
    return np.clip(128 + SCENE + own, 0, 255).astype(np.uint8)


def part(name: str, *, ng: bool = False, split: str = "", group: str = "") -> Part:
    """A part without a file."""
    return Part(name, Path(name), Label(Verdict.NG if ng else Verdict.OK), group=group, split=split)


def found(parts: list[Part], pictures: list[NDArray[np.uint8]]) -> tuple[Near, ...]:
    """Near-duplicates of given pictures."""
    return near_duplicates(parts, np.stack([thumbnail(pixels) for pixels in pictures]))


OTHERS = [picture(seed) for seed in range(1, 12)]
NAMES = [part(f"p{n:02}", ng=n % 2 == 0) for n in range(1, 12)]


def test_parts_of_one_scene_are_not_duplicates() -> None:
    assert found(NAMES, OTHERS) == ()


ALTERED = {
    "the same": lambda pixels: pixels,
    "darker": lambda pixels: (pixels * 0.7).astype(np.uint8),
    "as a JPEG": lambda pixels: cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], 1),
    "scaled": lambda pixels: cv2.resize(pixels, (90, 90), interpolation=cv2.INTER_AREA),
    "mono": lambda pixels: cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY),
    "a bit of noise": lambda pixels: np.clip(
        pixels + np.random.default_rng(5).normal(0, 4, pixels.shape), 0, 255
    ).astype(np.uint8),
}


@pytest.mark.parametrize("how", ALTERED)
def test_one_picture_under_two_labels(how: str) -> None:
    (near,) = found([*NAMES, part("twin")], [*OTHERS, ALTERED[how](OTHERS[3])])
    assert (near.one, near.other, near.why) == ("p04", "twin", "label")


def test_splits_and_groups_and_nothing() -> None:
    pictures = [*OTHERS, OTHERS[0], OTHERS[1], OTHERS[2]]
    parts = [part(f"p{n}", split="test", group="a") for n in range(11)]
    parts += [
        part("s", split="train", group="a"),
        part("g", split="test", group="b"),
        part("same", split="test", group="a"),
    ]
    assert {(near.other, near.why) for near in found(parts, pictures)} == {("s", "split"), ("g", "group")}


def test_flat_pictures_are_nobodys_twin() -> None:
    flat = np.full((64, 64), 90, np.uint8)
    assert found([part(f"{n}", ng=n % 2 == 0) for n in range(20)], [flat] * 20) == ()


def test_ten_thousand_parts_take_seconds() -> None:
    thumbnails = np.random.default_rng(1).integers(-60, 60, (10_000, 32, 32)).astype(np.int8)
    thumbnails[5000:5020] = thumbnails[:20]
    parts = [part(f"{n:05}", ng=n >= 5000) for n in range(10_000)]
    start = time.monotonic()
    assert {(near.one, near.other) for near in near_duplicates(parts, thumbnails)} == {
        (f"{n:05}", f"{n + 5000:05}") for n in range(20)
    }
    assert time.monotonic() - start < 15


def test_a_site_is_reviewed_over_all_of_its_splits(tmp_path: Path) -> None:
    for n, pixels in enumerate(OTHERS):
        save(tmp_path / "parts" / "test" / ("ok" if n % 2 else "ng") / f"{n}.png", pixels)
    save(tmp_path / "parts/train/ok/1.png", OTHERS[1])
    (tmp_path / "parts/train/ok/broken.png").write_bytes(b"")
    site = write_site(tmp_path / "site", {"parts": {"path": "../parts", "split": "test"}})
    (near,) = review_site(site)
    assert (near.one, near.other, near.why) == ("test/ok/1.png", "train/ok/1.png", "split")
    (warning,) = near_warnings([near])
    assert (warning.kind, warning.file) == ("review", "test/ok/1.png")
    assert "train/ok/1.png, in another split" in warning.what


def test_no_parts_and_many_pairs() -> None:
    assert review([]) == ()
    many = near_warnings([Near("a", "b", "label", 1.0)] * (MOST + 5))
    assert len(many) == MOST + 1
    assert many[-1].what.startswith("5 more pairs")


def test_labels_that_all_members_contradict() -> None:
    parts = [part("a"), part("b", ng=True), part("c")]
    decisions = {"s": np.array([True, True, False]), "m": np.array([True, True, True])}
    (only,) = contradicted(parts, decisions)
    assert (only.part, only.label, only.members) == ("a", Verdict.OK, 2)
    assert contradicted(parts, {"s": decisions["s"]}) == ()


@pytest.mark.real
@pytest.mark.skipif(not DATA.is_dir(), reason="the real data sets are not beside the repository")
def test_real_pairs_are_found_and_only_those() -> None:
    pairs = review(require_answers(guess_layout(DATA / "deeppcb")).parts)
    assert len(pairs) >= 60
    assert all(near.one.replace("_temp", "_test") == near.other for near in pairs)
    assert review(require_answers(guess_layout(DATA / "screws", {"ok_pattern": "_1111$"})).parts) == ()
    overlapping = review(require_answers(guess_layout(DATA / "piped")).parts)
    assert len(overlapping) <= 4
    assert {near.why for near in overlapping} == {"group"}
