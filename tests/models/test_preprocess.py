"""The tensor a member receives, against the plain formula, and on a real family against its maker's counts."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.contract import CHANNELS
from models.errors import ModelError
from models.manifest import _Card
from models.preprocess import COLOURS, DTYPES, FILTERS, input_shape, placement, preprocess, preprocess_batch
from models.types import Card, Resize
from tests.models.graphs import SHARED

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CARD = Card("image", "logits", 8, 6, mean=MEAN, std=STD)
Picture = NDArray[np.uint8] | NDArray[np.uint16]


def picture(height: int, width: int, *, bits: int = 8, colour: bool = True, seed: int = 0) -> Picture:
    shape = (height, width, 3) if colour else (height, width)
    dtype = np.uint8 if bits == 8 else np.uint16
    return np.random.default_rng(seed).integers(0, 2**bits, shape, dtype)


def plainly(pixels: Picture, bits: int, card: Card) -> NDArray[np.float32]:
    """The card's docstring, step by step, for a picture of the right size and a colour model in NCHW."""
    x = pixels.astype(np.float32) / np.float32(2**bits - 1)
    x = np.repeat(x[..., None], 3, axis=2) if x.ndim == 2 else x
    x = x[..., ::-1] if card.colour == "BGR" else x
    x = x * np.float32(card.scale)
    return ((x - np.float32(card.mean)) / np.float32(card.std)).transpose(2, 0, 1)


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("order", ["RGB", "BGR"])
@pytest.mark.parametrize("scale", [1.0, 255.0])
def test_the_formula_to_the_last_bit(bits: int, colour: bool, order: str, scale: float) -> None:
    card = replace(CARD, colour=order, scale=scale)
    pixels = picture(8, 6, bits=bits, colour=colour)
    before = pixels.copy()
    out = preprocess(pixels, bits, card)
    np.testing.assert_array_equal(out, plainly(pixels, bits, card))
    np.testing.assert_array_equal(pixels, before)
    assert out.dtype == np.float32
    assert not np.shares_memory(out, pixels)


@pytest.mark.parametrize("order", ["RGB", "BGR", "GRAY"])
def test_layouts_hold_the_same_numbers(order: str) -> None:
    first = replace(CARD, colour=order, mean=(0.5,), std=(0.25,))
    last = replace(first, layout="NHWC")
    pixels = picture(20, 30)
    np.testing.assert_array_equal(preprocess(pixels, 8, first).transpose(1, 2, 0), preprocess(pixels, 8, last))
    assert preprocess(pixels, 8, last).shape == input_shape(last) == (8, 6, 1 if order == "GRAY" else 3)


def test_grey_from_colour_is_luma() -> None:
    card = Card("i", "o", 1, 3, colour="GRAY", scale=255.0)
    pixels = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    np.testing.assert_array_equal(preprocess(pixels, 8, card), [[[76, 150, 29]]])  # 0.299, 0.587, 0.114 of 255


def test_half_precision_is_the_rounded_float() -> None:
    half = preprocess(picture(8, 6), 8, replace(CARD, dtype="float16"))
    assert half.dtype == np.float16
    np.testing.assert_array_equal(half, plainly(picture(8, 6), 8, CARD).astype(np.float16))


def test_a_model_that_takes_bytes_gets_the_bytes() -> None:
    card = Card("i", "o", 16, 16, dtype="uint8", scale=255.0, colour="GRAY")
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(preprocess(pixels, 8, card)[0], pixels)


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("bits", [8, 12])
def test_filters_are_opencvs_at_native_depth(name: str, bits: int) -> None:
    card = replace(CARD, filter=name)
    pixels = picture(31, 17, bits=bits)
    resized = cv2.resize(pixels, (6, 8), interpolation=FILTERS[name])
    wanted = plainly(np.minimum(resized, 2**bits - 1).astype(pixels.dtype), bits, card)
    np.testing.assert_array_equal(preprocess(pixels, bits, card), wanted)


@pytest.mark.parametrize("name", ["bilinear", "area", "bicubic"])
def test_resizing_at_native_depth_is_within_a_level_of_float(name: str) -> None:
    card = Card("i", "o", 8, 6, filter=name)
    pixels = picture(31, 17)
    exact = cv2.resize(pixels.astype(np.float32) / 255, (6, 8), interpolation=FILTERS[name]).clip(0, 1)
    assert np.abs(preprocess(pixels, 8, card) - exact.transpose(2, 0, 1)).max() < 1 / 255


def test_letterbox_centres_and_pads() -> None:
    card = Card("i", "o", 10, 10, resize=Resize.LETTERBOX, scale=255.0, colour="GRAY")
    out = preprocess(np.full((4, 8), 200, np.uint8), 8, card)[0]
    assert placement(4, 8, card) == (5, 10, 2, 0)
    np.testing.assert_array_equal(out[2:7], np.full((5, 10), 200))
    np.testing.assert_array_equal(np.r_[out[:2], out[7:]], np.full((5, 10), 114))


def test_letterbox_pads_with_a_share_of_white() -> None:
    card = Card("i", "o", 4, 4, resize=Resize.LETTERBOX, pad=0.5, colour="GRAY")
    out = preprocess(np.zeros((1, 4), np.uint16), 12, card)
    assert out[0, 0, 0] == pytest.approx(0.5, abs=1 / 4095)


def test_crop_keeps_the_middle() -> None:
    card = Card("i", "o", 4, 4, resize=Resize.CROP, scale=255.0, colour="GRAY")
    pixels = np.tile(np.arange(10, dtype=np.uint8), (4, 1))
    np.testing.assert_array_equal(preprocess(pixels, 8, card)[0], np.tile([3, 4, 5, 6], (4, 1)))


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 64), st.integers(1, 64), st.sampled_from(Resize))
def test_every_size_lands_inside_or_covers(height: int, width: int, tall: int, wide: int, way: Resize) -> None:
    card = Card("i", "o", tall, wide, resize=way, colour="GRAY")
    out = preprocess(np.full((height, width), 255, np.uint8), 8, card)[0]
    inner_tall, inner_wide, top, left = placement(height, width, card)
    assert out.shape == (tall, wide)
    if way is Resize.LETTERBOX:
        assert min(top, left) >= 0
        assert max(inner_tall / tall, inner_wide / wide) == 1
        assert (out == 1).sum() == inner_tall * inner_wide
    else:
        assert inner_tall >= tall
        assert inner_wide >= wide
        assert (out == 1).all()


def test_a_batch_is_its_pictures() -> None:
    pictures = [picture(8, 6), picture(30, 20, seed=1), picture(9, 9, colour=False, seed=2)]
    batch = preprocess_batch(pictures, 8, CARD)
    assert batch.shape == (3, 3, 8, 6)
    for row, pixels in zip(batch, pictures, strict=True):
        np.testing.assert_array_equal(row, preprocess(pixels, 8, CARD))
    assert preprocess_batch([], 8, CARD).shape == (0, 3, 8, 6)


def test_views_are_read_as_they_look() -> None:
    pixels = picture(20, 20)
    for view in (pixels[::-1, ::-1], pixels[2:17, 3:15], pixels.transpose(1, 0, 2), pixels[..., 1]):
        np.testing.assert_array_equal(preprocess(view, 8, CARD), preprocess(view.copy(), 8, CARD))
    small = picture(16, 12)[::2, ::2]
    np.testing.assert_array_equal(preprocess(small, 8, CARD), plainly(small, 8, CARD))


BAD: list[tuple[Any, int]] = [
    (np.zeros((4, 4), np.float32), 8),
    (np.zeros((4, 4), np.uint8), 12),
    (np.zeros((4, 4), np.uint16), 8),
    (np.zeros((4, 4), np.uint16), 17),
    (np.zeros((4, 4, 4), np.uint8), 8),
    (np.zeros((4, 4, 1), np.uint8), 8),
    (np.zeros((4, 4, 3, 1), np.uint8), 8),
    (np.zeros((0, 4), np.uint8), 8),
    (np.zeros(4, np.uint8), 8),
]


@pytest.mark.parametrize(("pixels", "bits"), BAD)
def test_what_is_no_picture_is_refused(pixels: Any, bits: int) -> None:
    with pytest.raises(ModelError, match="cannot feed"):
        preprocess(pixels, bits, CARD)


def test_the_manifest_allows_what_preprocessing_knows() -> None:
    fields = _Card.model_fields
    assert set(get_args(fields["dtype"].annotation)) == set(DTYPES)
    assert set(get_args(fields["filter"].annotation)) == set(FILTERS)
    assert set(get_args(fields["colour"].annotation)) == set(COLOURS)
    assert {name: len(planes) for name, planes in COLOURS.items()} == CHANNELS


PIPED, FAMILY = SHARED / "data" / "piped" / "data", SHARED / "family-piped"


@pytest.fixture(scope="module")
def piped() -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The 480 pictures as tensors (480, 3, 128, 128), and which are NG."""
    if not (PIPED.is_dir() and FAMILY.is_dir()):
        pytest.skip("no shared/data/piped or shared/family-piped beside the repository")
    files = sorted(PIPED.glob("*/*Defects/*.bmp"))
    pictures = [np.ascontiguousarray(cv2.imread(str(path))[..., ::-1]) for path in files]
    card = replace(CARD, height=128, width=128)
    return preprocess_batch(pictures, 8, card), np.array([path.parent.name == "Defects" for path in files])


@pytest.mark.real
@pytest.mark.parametrize("name", ["xs", "s", "m", "l", "xl", "xxl"])
def test_a_real_family_counts_as_its_maker_says(
    name: str, piped: tuple[NDArray[np.float32], NDArray[np.bool_]]
) -> None:
    import onnxruntime

    tensors, ng = piped
    session = onnxruntime.InferenceSession(str(FAMILY / f"piped-{name}.onnx"), providers=["CPUExecutionProvider"])
    logits = np.concatenate([session.run(None, {"image": tensors[at : at + 60]})[0] for at in range(0, 480, 60)])
    margin = logits[:, 1] - logits[:, 0]
    said = json.loads(Path(FAMILY / "expected.json").read_text(encoding="utf-8"))["members"][name]
    assert (int((margin[ng] <= 0).sum()), int((margin[~ng] > 0).sum())) == (said["escapes"], said["overkills"])
    assert np.abs(margin).min() == pytest.approx(said["smallest_margin"], abs=1e-4)
