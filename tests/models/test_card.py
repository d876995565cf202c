"""What is drafted from files alone, what is asked, and which normalisation fits labelled parts."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.card import Question, best_normalisation, draft_family, normalisations
from models.errors import ModelError
from models.naming import member_names, model_files
from models.preprocess import COLOURS, preprocess_batch
from models.types import Card, Family, Output, Resize
from tests.models import hostile
from tests.models.graphs import SHARED, classifier, graph, save

NAMES = {
    ("piped-xs", "piped-s", "piped-xxl"): ["xs", "s", "xxl"],
    ("piped-l", "piped-xl"): ["l", "xl"],
    ("resnet18", "resnet34"): ["18", "34"],
    ("resnet_18_v2", "resnet_34_v2"): ["18_v2", "34_v2"],
    ("small", "smaller"): ["small", "smaller"],
    ("net", "net-l"): ["net", "net-l"],
    ("xs", "s", "m"): ["xs", "s", "m"],
    ("only-one",): ["only-one"],
    ("net-s", "net-s-2"): ["s", "s-2"],
}


@pytest.mark.parametrize("stems", NAMES)
def test_names_are_what_differs(stems: tuple[str, ...]) -> None:
    assert member_names([Path(f"{stem}.onnx") for stem in stems]) == NAMES[stems]


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_files_of_one_family(tmp_path: Path) -> None:
    folder = touch(tmp_path, "net-s.onnx", "net-l.ONNX", "notes.txt", "sub/readme.md")
    assert [path.name for path in model_files(folder)] == ["net-l.ONNX", "net-s.onnx"]


def test_files_in_the_only_folder_below(tmp_path: Path) -> None:
    assert [path.name for path in model_files(touch(tmp_path, "a/x.onnx", "b/y.txt"))] == ["x.onnx"]


AMBIGUOUS = {
    "two folders": (("a/x.onnx", "b/y.onnx"), "two families: 'a' and 'b'", "b", ["y.onnx"]),
    "two beginnings": (
        ("gear-s.onnx", "gear-l.onnx", "lid-s.onnx", "lid-l.onnx"),
        "two families: 'gear' and 'lid'",
        "lid",
        ["lid-l.onnx", "lid-s.onnx"],
    ),
}


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_two_families_are_named_and_one_can_be_picked(case: str, tmp_path: Path) -> None:
    files, words, picked, found = AMBIGUOUS[case]
    touch(tmp_path, *files)
    with pytest.raises(ModelError, match=words):
        model_files(tmp_path)
    assert [path.name for path in model_files(tmp_path, picked)] == found


def test_different_beginnings_of_one_file_each_are_one_family(tmp_path: Path) -> None:
    touch(tmp_path, "resnet18.onnx", "mobilenet-v3.onnx", "vit-s.onnx")
    assert len(model_files(tmp_path)) == 3


def test_no_files_at_all(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no \.onnx file"):
        model_files(tmp_path)
    with pytest.raises(ModelError, match="no such folder"):
        model_files(tmp_path / "nowhere")


def drafted(folder: Path, **answers: str) -> tuple[Card, dict[str, Question]]:
    family, questions = draft_family(folder, answers=answers)
    return family.members[0].card, {question.key: question for question in questions}


def test_a_plain_classifier(tmp_path: Path) -> None:
    save(classifier(), tmp_path / "net.onnx")
    card, questions = drafted(tmp_path)
    wanted = Card("image", "scores", 8, 8, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
    assert card == wanted
    assert set(questions) == {"ok_class", "normalisation", "resize"}
    assert all(question.default in question.choices for question in questions.values())


def test_members_are_measured_and_ordered(tmp_path: Path) -> None:
    for name, width in (("big", 16), ("small", 2), ("middle", 4)):
        save(classifier(width=width), tmp_path / f"gear-{name}.onnx")
    family, _ = draft_family(tmp_path)
    assert (family.name, family.folder) == ("gear", tmp_path)
    assert [member.name for member in family.members] == ["small", "middle", "big"]
    assert [member.macs for member in family.members] == [64 * width * 27 + 2 * width for width in (2, 4, 16)]
    assert draft_family(tmp_path, name="mine")[0].name == "mine"


def test_a_softmax_gives_probabilities(tmp_path: Path) -> None:
    save(classifier(end="Softmax"), tmp_path / "net.onnx")
    assert drafted(tmp_path)[0].output is Output.PROBABILITIES


def test_the_meaning_is_found_behind_a_reshape(tmp_path: Path) -> None:
    text = """g (float[N,3,1,1] x) => (float[N,3] y) {
        p = Softmax <axis = 1> (x)
        q = Identity (p)
        y = Flatten (q)
    }"""
    save(graph(text), tmp_path / "net.onnx")
    assert drafted(tmp_path, classes="a,b,c", ok_classes="a")[0].output is Output.PROBABILITIES


def test_one_column(tmp_path: Path) -> None:
    save(classifier(1, end="Sigmoid"), tmp_path / "a" / "net.onnx")
    card, questions = drafted(tmp_path / "a")
    assert card.output is Output.PROBABILITIES
    assert "output" not in questions
    save(classifier(1), tmp_path / "b" / "net.onnx")
    card, questions = drafted(tmp_path / "b")
    assert questions["output"].default == ""
    assert (card.output, card.classes) == (Output.LOGITS, ("OK", "NG"))
    card, questions = drafted(tmp_path / "b", output="anomaly", threshold="3.5")
    assert (card.output, card.threshold) == (Output.ANOMALY, 3.5)
    assert set(questions) == {"normalisation", "resize"}


def test_what_is_said_outranks_what_is_seen(tmp_path: Path) -> None:
    save(classifier(), tmp_path / "net.onnx")
    card, _ = drafted(tmp_path, output="probabilities", threshold="0.8", classes="bad,good", ok_classes="good")
    assert (card.output, card.threshold) == (Output.PROBABILITIES, 0.8)
    assert (card.classes, card.ok_classes) == (("bad", "good"), ("good",))
    save(classifier(1, end="Sigmoid"), tmp_path / "one" / "net.onnx")
    assert drafted(tmp_path / "one", output="anomaly", threshold="0.9")[0].output is Output.ANOMALY


@pytest.mark.parametrize("said", ["1", "0", "nan", "half", "-3"])
def test_a_probability_lies_between_nought_and_one(said: str, tmp_path: Path) -> None:
    save(classifier(), tmp_path / "net.onnx")
    with pytest.raises(ModelError, match="is no threshold"):
        drafted(tmp_path, threshold=said)


def test_a_score_map_is_an_anomaly_score_or_asked(tmp_path: Path) -> None:
    weights = {"w": np.ones((1, 3, 1, 1), np.float32)}
    save(graph("g (float[N,3,8,8] x) => (float[N,1,8,8] y) { y = Conv (x, w) }", weights), tmp_path / "net.onnx")
    assert drafted(tmp_path, output="anomaly", threshold="1")[0].output is Output.ANOMALY


def test_many_classes_are_asked_by_name(tmp_path: Path) -> None:
    save(classifier(4), tmp_path / "net.onnx")
    card, questions = drafted(tmp_path)
    assert (questions["classes"].default, questions["ok_classes"].default) == ("", "")
    assert len(card.classes) == 4
    card, _ = drafted(tmp_path, classes="good, scratch,dent , stain", ok_classes="good,stain")
    assert (card.classes, card.ok_classes) == (("good", "scratch", "dent", "stain"), ("good", "stain"))
    for classes, ok in (("good,bad", "good"), ("a,b,c,d", "e"), ("a,b,c,d", "a,b,c,d"), ("a,a,b,c", "a")):
        with pytest.raises(ModelError, match="--classes"):
            drafted(tmp_path, classes=classes, ok_classes=ok)


def test_questions_without_a_guess_come_first(tmp_path: Path) -> None:
    save(classifier(4), tmp_path / "net.onnx")
    _, questions = draft_family(tmp_path)
    assert [bool(question.default) for question in questions] == [False, False, True, True]


def test_swapped_classes(tmp_path: Path) -> None:
    save(classifier(), tmp_path / "net.onnx")
    assert drafted(tmp_path, ok_class="1")[0].classes == ("NG", "OK")


def test_open_sizes_are_asked(tmp_path: Path) -> None:
    weights = {"w": np.ones((2, 3, 1, 1), np.float32)}
    text = "g (float[N,3,H,W] x) => (float[N,2] y) { c = Conv (x, w) m = GlobalAveragePool (c) y = Flatten (m) }"
    save(graph(text, weights), tmp_path / "net.onnx")
    _, questions = drafted(tmp_path)
    assert questions["size"].default == ""
    family, _ = draft_family(tmp_path, answers={"size": "96x64"})
    member = family.members[0]
    assert (member.card.height, member.card.width, member.macs) == (96, 64, 96 * 64 * 6)
    with pytest.raises(ModelError, match="no size"):
        drafted(tmp_path, size="large")


def test_channels_last(tmp_path: Path) -> None:
    text = "g (float[1,8,9,3] x) => (float[1,3] y) { m = ReduceMean <axes = [1,2], keepdims = 0> (x) y = Relu (m) }"
    save(graph(text, opset=13), tmp_path / "net.onnx")
    card, _ = drafted(tmp_path, classes="a,b,c", ok_classes="a")
    assert (card.layout, card.height, card.width, card.batch) == ("NHWC", 8, 9, 1)


def test_a_layout_that_could_be_either_is_asked(tmp_path: Path) -> None:
    save(graph("g (float[1,3,8,3] x) => (float[1,72] y) { y = Flatten (x) }"), tmp_path / "net.onnx")
    answers = {"classes": ",".join(map(str, range(72))), "ok_classes": "0"}
    assert "layout" in drafted(tmp_path, **answers)[1]
    assert drafted(tmp_path, layout="NHWC", **answers)[0].height == 3


def test_four_channels_are_no_picture(tmp_path: Path) -> None:
    save(graph("g (float[1,4,8,8] x) => (float[1,256] y) { y = Flatten (x) }"), tmp_path / "net.onnx")
    with pytest.raises(ModelError, match="4 channels"):
        drafted(tmp_path, layout="NCHW")


def test_grey_bytes_and_half_precision(tmp_path: Path) -> None:
    text = "g ({0}[N,1,8,8] x) => (float[N,64] y) {{ f = Cast <to = 1> (x) y = Flatten (f) }}"
    answers = {"classes": ",".join(map(str, range(64))), "ok_classes": "0"}
    save(graph(text.format("uint8")), tmp_path / "a" / "net.onnx")
    card, questions = drafted(tmp_path / "a", **answers)
    assert (card.colour, card.dtype, card.scale, card.mean) == ("GRAY", "uint8", 255.0, (0.0,))
    assert questions["normalisation"].choices == ("byte",)
    save(graph(text.format("float16")), tmp_path / "b" / "net.onnx")
    card, questions = drafted(tmp_path / "b", **answers)
    assert (card.dtype, questions["normalisation"].default) == ("float16", "unit")


def test_several_outputs_that_fit_are_asked(tmp_path: Path) -> None:
    text = "g (float[N,2,1,1] x) => (float[N,2] a, float[N,2] b) { a = Flatten (x) b = Softmax (a) }"
    model = graph(text.replace("[N,2,1,1]", "[N,1,2,1]"))
    save(model, tmp_path / "net.onnx")
    card, questions = drafted(tmp_path)
    assert questions["output_name"].choices == ("a", "b")
    assert (card.output_name, card.output) == ("a", Output.LOGITS)
    assert drafted(tmp_path, output_name="b")[0].output is Output.PROBABILITIES


def test_an_answer_that_is_no_choice(tmp_path: Path) -> None:
    save(classifier(), tmp_path / "net.onnx")
    with pytest.raises(ModelError, match="--normalisation 'usual' is not one of imagenet-rgb"):
        drafted(tmp_path, normalisation="usual")


def test_a_hostile_file_is_refused_by_name(tmp_path: Path) -> None:
    hostile.endless_loop(tmp_path)
    with pytest.raises(ModelError, match="may never end") as caught:
        draft_family(tmp_path)
    assert caught.value.file == str(tmp_path / "m.onnx")


def test_a_mixture_is_no_family(tmp_path: Path) -> None:
    save(classifier(2), tmp_path / "net-a.onnx")
    save(classifier(5), tmp_path / "net-b.onnx")
    with pytest.raises(ModelError, match="cannot be one family: 2 classes of RGB pictures against 5"):
        draft_family(tmp_path)


# ---- normalisations


@pytest.mark.parametrize("channels", [1, 3])
def test_every_way_is_a_card_that_preprocesses(channels: int) -> None:
    ways = normalisations(channels)
    assert len({name for name, _ in ways}) == len(ways)
    pixels = np.full((4, 8, 3), 200, np.uint8)
    for _, fields in ways:
        card = replace(Card("i", "o", 6, 6), **fields)
        assert len(COLOURS[card.colour]) == channels == len(card.mean) == len(card.std)
        assert np.isfinite(preprocess_batch([pixels], 8, card).astype(float)).all()


def test_the_numbers_of_white() -> None:
    """White, channel 0, under each way: worked out by hand."""
    white = np.full((6, 6, 3), 255, np.uint8)
    card = Card("i", "o", 6, 6)
    got = {name: preprocess_batch([white], 8, replace(card, **fields))[0, 0, 0, 0] for name, fields in normalisations()}
    wanted = {
        "imagenet-rgb": (1 - 0.485) / 0.229,
        "imagenet-bgr": (1 - 0.406) / 0.225,
        "unit-rgb": 1,
        "signed-bgr": 1,
        "byte-rgb": 255,
        "caffe-rgb": 255 - 123.68,
        "caffe-bgr": 255 - 103.939,
        "letterbox-byte-bgr": 255,
    }
    for name, number in wanted.items():
        assert got[name] == pytest.approx(number, rel=1e-6), name


def test_the_smallest_loss_is_first_and_both_ways_round_are_tried() -> None:
    def score(card: Card) -> float:
        if card.colour == "BGR":
            return float("nan")
        return 0.1 if card.classes[0] == "NG" and card.scale == 255.0 and card.resize is Resize.STRETCH else 1.0

    ranked = best_normalisation(Card("i", "o", 8, 8), normalisations(), score)
    assert [(one.name, one.swapped) for one in ranked[:2]] == [("byte-rgb", True), ("caffe-rgb", True)]
    assert (ranked[2].name, ranked[2].swapped, ranked[2].loss) == ("imagenet-rgb", False, 1.0)
    assert ranked[0].card.classes == ("NG", "OK")
    assert len(ranked) == 2 * len(normalisations())
    assert np.isnan(ranked[-1].loss)


def test_only_two_classes_are_swapped() -> None:
    ways = normalisations()[:2]
    many = Card("i", "o", 8, 8, classes=("a", "b", "c"), ok_classes=("a",))
    anomaly = Card("i", "o", 8, 8, output=Output.ANOMALY)
    assert [len(best_normalisation(card, ways, lambda _: 0.0)) for card in (many, anomaly)] == [2, 2]


PIPED, FAMILY = SHARED / "data" / "piped" / "data", SHARED / "family-piped"


@pytest.fixture(scope="module")
def piped() -> Family:
    if not (PIPED.is_dir() and FAMILY.is_dir()):
        pytest.skip("no shared/data/piped or shared/family-piped beside the repository")
    return draft_family(FAMILY)[0]


@pytest.mark.real
def test_a_real_family_is_found_out(piped: Family) -> None:
    assert (piped.name, [member.name for member in piped.members]) == ("piped", ["xs", "s", "m", "l", "xl", "xxl"])
    card = piped.members[0].card
    assert (card.input_name, card.output_name, card.height, card.width, card.batch) == (
        "image",
        "logits",
        128,
        128,
        None,
    )


def losses(member_file: Path) -> Callable[[Card], float]:
    """Mean log-loss of a card on every eighth of the 480 labelled pictures."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(member_file), providers=["CPUExecutionProvider"])
    files = sorted(PIPED.glob("*/*Defects/*.bmp"))[::8]
    pictures = [np.ascontiguousarray(cv2.imread(str(path))[..., ::-1]) for path in files]
    ng = np.array([path.parent.name == "Defects" for path in files])

    def score(card: Card) -> float:
        logits = session.run([card.output_name], {card.input_name: preprocess_batch(pictures, 8, card)})[0]
        logits = logits.astype(float)[:, [card.classes.index("OK"), card.classes.index("NG")]]
        log_p = logits - np.logaddexp(*logits.T)[:, None]
        return float(-np.where(ng, log_p[:, 1], log_p[:, 0]).mean())

    return score


@pytest.mark.real
@pytest.mark.parametrize("name", ["xs", "m"])
def test_labelled_parts_tell_the_normalisation(name: str, piped: Family) -> None:
    member = next(member for member in piped.members if member.name == name)
    ranked = best_normalisation(member.card, normalisations(), losses(member.file))
    assert (ranked[0].name, ranked[0].swapped) == ("imagenet-rgb", False)
    assert ranked[0].loss < 0.9 * ranked[1].loss
