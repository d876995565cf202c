"""`family.toml` there and back, and every way it can be wrong: one line, the file, the key, the mend."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ModelError
from models.family import family_toml, find_manifest, load_family, sha256_of, write_family
from models.manifest import read_manifest
from models.types import Card, Family, Member, Output, Resize
from tests.models import hostile
from tests.models.graphs import classifier, family_in, save

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)
POSITIVE = st.floats(1e-6, 1e6)


@st.composite
def cards(draw: st.DrawFn) -> Card:
    colour = draw(st.sampled_from(["RGB", "BGR", "GRAY"]))
    channels = draw(st.sampled_from([1, 1 if colour == "GRAY" else 3]))
    classes = draw(st.lists(WORDS, min_size=2, max_size=5, unique=True))
    return Card(
        input_name=draw(WORDS),
        output_name=draw(WORDS),
        height=draw(st.integers(1, 5000)),
        width=draw(st.integers(1, 5000)),
        layout=draw(st.sampled_from(["NCHW", "NHWC"])),
        dtype=draw(st.sampled_from(["float32", "float16", "uint8"])),
        resize=draw(st.sampled_from(Resize)),
        filter=draw(st.sampled_from(["nearest", "bilinear", "bicubic", "area", "lanczos"])),
        pad=draw(st.floats(0, 1)),
        colour=colour,
        scale=draw(POSITIVE),
        mean=tuple(draw(st.lists(NUMBERS, min_size=channels, max_size=channels))),
        std=tuple(draw(st.lists(POSITIVE, min_size=channels, max_size=channels))),
        output=draw(st.sampled_from(Output)),
        classes=tuple(classes),
        ok_classes=tuple(classes[: draw(st.integers(1, len(classes) - 1))]),
        threshold=draw(st.floats(0.01, 0.99)),
        batch=draw(st.none() | st.integers(1, 64)),
    )


@given(card=cards(), notes=st.text(st.characters(codec="utf-8", exclude_categories=["C"])))
def test_any_card_comes_back_as_it_was(card: Card, notes: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    one = Member("a", folder / "a.onnx", "0" * 64, 10, 20, 30, card, (("w.bin", "1" * 64),))
    other = Member("b", folder.parent / "b.onnx", "2" * 64, 11, 20, 30, card)
    family = Family("name", folder, (one, other), notes)
    write_family(folder / "family.toml", family)
    assert read_manifest(folder / "family.toml") == family


def test_a_family_is_written_whole_and_read_back(tmp_path: Path) -> None:
    family = family_in(tmp_path)
    assert load_family(tmp_path) == load_family(tmp_path / "family.toml") == family
    assert [member.name for member in family.members] == ["s", "l"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["family.toml", "net-l.onnx", "net-s.onnx"]
    assert 'file = "net-s.onnx"' in (tmp_path / "family.toml").read_text(encoding="utf-8")


def test_a_manifest_may_lie_elsewhere_than_its_models(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    family = family_in(tmp_path / "models")
    write_family(tmp_path / "site" / "family.toml", family)
    assert load_family(tmp_path / "site").members == family.members
    assert str(tmp_path / "models" / "net-s.onnx") in family_toml(family, tmp_path / "site")


def test_members_come_smallest_first_whatever_the_file_says(tmp_path: Path) -> None:
    family = family_in(tmp_path)
    write_family(tmp_path / "family.toml", replace(family, members=family.members[::-1]))
    assert [member.name for member in load_family(tmp_path).members] == ["s", "l"]


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    family = family_in(tmp_path)
    before = (tmp_path / "family.toml").read_bytes()
    with pytest.raises(TypeError):
        write_family(tmp_path / "family.toml", replace(family, notes=None))  # type: ignore[arg-type]  # the point
    assert (tmp_path / "family.toml").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 3


WRONG = {
    # what is replaced in a good file, by what, and words of the refusal
    "misspelt key": ("resize =", "resise =", "card.resise: unknown key, did you mean 'resize'"),
    "misspelt member key": ("params =", "parms =", "parms: unknown key, did you mean 'params'"),
    "misspelt top key": ("notes =", "note =", "note: unknown key, did you mean 'notes'"),
    "unknown choice": ('"stretch"', '"streched"', "card.resize: input should be 'stretch'"),
    "text for a number": ("height = 8", 'height = "8"', "card.height"),
    "number out of range": ("height = 8", "height = 0", "card.height"),
    "fraction for a whole number": ("height = 8", "height = 8.5", "card.height"),
    "no number": ("scale = 1.0", "scale = nan", "card.scale"),
    "truth for a number": ("scale = 1.0", "scale = true", "card.scale"),
    "date for a number": ("width = 8", "width = 1979-05-27", "card.width"),
    "missing key": ('input_name = "image"\n', "", "card.input_name: field required"),
    "short hash": ('sha256 = "', 'sha256 = "00', "sha256"),
    "two means": ("mean = [0.485, 0.456, 0.406]", "mean = [0.4, 0.5]", "card.mean: 2 numbers for 3 channels"),
    "zero std": ("std = [0.229,", "std = [0.0,", "card.std"),
    "class twice": ('classes = ["OK", "NG"]', 'classes = ["OK", "OK"]', "card.classes: one name twice"),
    "unknown ok class": ('ok_classes = ["OK"]', 'ok_classes = ["GOOD"]', "card.ok_classes"),
    "nothing is NG": ('ok_classes = ["OK"]', 'ok_classes = ["OK", "NG"]', "card.ok_classes"),
    "sure of everything": ("threshold = 0.5", "threshold = 1.0", "card.threshold"),
    "one name twice": ('name = "s"', 'name = "l"', "two members have the name 'l'"),
    "one file twice": ("net-s.onnx", "net-l.onnx", "two members have the file"),
    "unprintable name": ('name = "s"', 'name = "s\\u001b[31m"', "cannot be printed"),
    "no TOML": ("[[member]]", "[[member", "not TOML"),
    "not the model's input": ('input_name = "image"', 'input_name = "picture"', "card.input_name says 'picture'"),
    "not the model's output": ('output_name = "scores"', 'output_name = "logits"', "card.output_name says 'logits'"),
    "not the model's size": ("height = 8", "height = 16", "card.height says 16, the model has 8"),
    "not the model's dtype": ('dtype = "float32"', 'dtype = "float16"', "card.dtype says float16"),
    "not the model's layout": ('layout = "NCHW"', 'layout = "NHWC"', "card.height says 8, the model has 3"),
    "not the model's colours": (
        'colour = "RGB"\nscale = 1.0\nmean = [0.485, 0.456, 0.406]\nstd = [0.229, 0.224, 0.225]',
        'colour = "GRAY"\nscale = 1.0\nmean = [0.5]\nstd = [0.2]',
        "card.colour says GRAY in NCHW, the model has 3 channels",
    ),
    "not the model's classes": (
        'classes = ["OK", "NG"]',
        'classes = ["OK", "NG", "DIRTY"]',
        "card.classes says 3 names, the model has 2 numbers",
    ),
    "no anomaly score": ('output = "logits"', 'output = "anomaly"', "card.output says an anomaly score"),
}


@pytest.mark.parametrize("case", WRONG)
def test_every_mistake_is_one_line_with_file_and_mend(case: str, tmp_path: Path) -> None:
    old, new, words = WRONG[case]
    family_in(tmp_path)
    path = tmp_path / "family.toml"
    good = path.read_text(encoding="utf-8")
    assert old in good
    path.write_text(good.replace(old, new), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        load_family(tmp_path)
    assert words in caught.value.what
    assert "\n" not in caught.value.what
    assert Path(caught.value.file).parent == tmp_path
    assert caught.value.mend


def test_a_batch_that_is_not_the_models(tmp_path: Path) -> None:
    save(classifier(batch="4"), tmp_path / "net.onnx")
    family = family_in(tmp_path)
    assert {member.card.batch for member in family.members} == {None, 4}
    text = (tmp_path / "family.toml").read_text(encoding="utf-8")
    (tmp_path / "family.toml").write_text(text.replace("batch = 4", "batch = 2"), encoding="utf-8")
    with pytest.raises(ModelError, match=r"card\.batch says 2, the model has 4"):
        load_family(tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a = " + b"[" * 5000, b"", b"x" * (5 << 20)])
def test_a_file_that_is_no_manifest(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "family.toml").write_bytes(content)
    with pytest.raises(ModelError) as caught:
        load_family(tmp_path)
    assert caught.value.file == str(tmp_path / "family.toml")


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    family_in(tmp_path)
    (tmp_path / "net-s.onnx").unlink()
    for verify in (True, False):
        with pytest.raises(ModelError, match="missing") as caught:
            load_family(tmp_path, verify=verify)
        assert caught.value.file == str(tmp_path / "net-s.onnx")


def test_every_flipped_bit_is_caught_by_the_hash(tmp_path: Path) -> None:
    family = family_in(tmp_path)
    path = family.members[0].file
    whole = path.read_bytes()
    draw = random.Random(2)
    for _ in range(500):
        flipped = bytearray(whole)
        flipped[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        path.write_bytes(flipped)
        with pytest.raises(ModelError, match="sha256 differs"):
            load_family(tmp_path)
    path.write_bytes(whole)
    assert load_family(tmp_path) == family


def test_without_verify_the_models_are_not_read(tmp_path: Path) -> None:
    family = family_in(tmp_path)
    family.members[0].file.write_bytes(b"anything")
    assert load_family(tmp_path, verify=False) == family


def test_a_hostile_model_is_refused_though_its_hash_is_right(tmp_path: Path) -> None:
    family = family_in(tmp_path)
    bad = hostile.endless_loop(tmp_path)
    member = replace(family.members[0], file=bad, sha256=sha256_of(bad))
    write_family(tmp_path / "family.toml", replace(family, members=(member,)))
    with pytest.raises(ModelError, match="may never end"):
        load_family(tmp_path)


def test_weight_files_are_guarded_too(tmp_path: Path) -> None:
    path = hostile.external(tmp_path)
    weights = path.parent / "weights.bin"
    weights.write_bytes(bytes(432))
    family = family_in(path.parent, {"l": 64})
    held = {member.name: member.data for member in load_family(path.parent).members}
    assert held["m"] == (("weights.bin", sha256_of(weights)),)
    weights.write_bytes(bytes(431) + b"\1")
    with pytest.raises(ModelError, match="sha256 differs") as caught:
        load_family(path.parent)
    assert caught.value.file == str(weights)
    weights.write_bytes(bytes(432))
    bare = [replace(member, data=()) for member in family.members]
    write_family(path.parent / "family.toml", replace(family, members=tuple(bare)))
    with pytest.raises(ModelError, match="has no sha256"):
        load_family(path.parent)


def test_where_the_manifest_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file or folder"):
        find_manifest(tmp_path / "nowhere")
    with pytest.raises(ModelError, match=r"no family\.toml") as caught:
        find_manifest(tmp_path)
    assert "models card" in caught.value.mend
    family_in(tmp_path / "soft")
    assert find_manifest(tmp_path) == tmp_path / "soft" / "family.toml"
    family_in(tmp_path / "hard")
    with pytest.raises(ModelError, match="two families: 'hard' and 'soft'"):
        find_manifest(tmp_path)
