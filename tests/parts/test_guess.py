"""A stranger's folder is read from names and pictures, or asked about by flag."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.errors import Exit, InspectError, UsageError
from appliance.parts.guess import Guess, answered, guess_bits, guess_layout, require_answers
from appliance.parts.words import verdict_in, verdict_of
from tests.parts.pictures import pixels, save
from tests.parts.test_read import DATA, LABELME, folder

WORDS = {
    "OK": ["OK", "good", "NoDefects", "no_defects", "PASS", "normal", "i.O.", "defect-free"],
    "NG": ["NG", "bad", "Defects", "n.i.O.", "not_ok", "NOK", "anomaly", "reject", "no good"],
    "None": ["not_defective", "links", "test", ""],
}


@pytest.mark.parametrize(("name", "verdict"), [(name, verdict) for verdict, names in WORDS.items() for name in names])
def test_usual_words(name: str, verdict: str) -> None:
    assert str(verdict_of(name)) == verdict


@pytest.mark.parametrize(
    ("name", "verdict"),
    [("017_not_ok", "NG"), ("cam2-OK-17", "OK"), ("token_12", "None"), ("ok_or_ng", "None"), ("lot3 bad 1", "NG")],
)
def test_words_inside_names(name: str, verdict: str) -> None:
    assert str(verdict_in(name)) == verdict


def counts(guess: Guess) -> tuple[int, int, int]:
    """(OK, NG, masks)."""
    found = require_answers(guess)
    verdicts = [str(part.label.verdict) for part in found.parts]
    return verdicts.count("OK"), verdicts.count("NG"), sum(part.mask is not None for part in found.parts)


def mask(path: Path, *, dark: bool = False) -> None:
    """A mask with a small defect."""
    lit = np.zeros((24, 32), np.uint8)
    lit[2:5, 3:6] = 255
    save(path, 255 - lit if dark else lit)


FOLDERS: dict[str, tuple[str, str, tuple[int, int]]] = {
    "usual words": ("ok/1.png ok/2.png ng/1.png", "folders", (2, 1)),
    "two words each": ("a/pass/1.png a/good/2.png b/fail/1.png b/bad/1.png", "folders", (2, 2)),
    "test split only": ("train/ok/1.png train/ng/1.png test/ok/2.png test/ng/2.png test/ng/3.png", "folders", (1, 2)),
    "kinds of defect": ("good/1.png scratch/1.png dent/1.png", "classes", (1, 2)),
    "mvtec": ("train/good/0.png test/good/0.png test/crack/0.png test/cut/0.png", "mvtec", (1, 2)),
    "reference beside test": ("x/1_temp.png x/1_test.png y/1_temp.png y/1_test.png", "names", (2, 2)),
    "words in names": ("1_ok.png 2_ok.png 3_not_ok.png", "names", (2, 1)),
    "plain words in names": ("ok-1.png bad-1.png bad-2.png", "names", (1, 2)),
}


@pytest.mark.parametrize("case", FOLDERS)
def test_layouts_are_found(tmp_path: Path, case: str) -> None:
    files, layout, expected = FOLDERS[case]
    guess = guess_layout(folder(tmp_path, files))
    assert guess.conf.layout == layout
    assert counts(guess)[:2] == expected
    assert guess.taken[0].startswith(f"{sum(expected)} parts: {expected[0]} OK, {expected[1]} NG")


TABLES = {
    "comma": ("file,quality\na/1.png,good\na/2.png,bad\n", {}),
    "semicolon": ("path;result;lot;subset\na/1.png;OK;7;test\na/2.png;scratch;8;test\n", {}),
    "label known by its words": ("picture,answer\na/1.png,pass\na/2.png,fail\n", {}),
    "numbers": ("path,label\na/1.png,0\na/2.png,1\n", {"ok": ["0"]}),
}


@pytest.mark.parametrize("case", TABLES)
def test_tables_are_found(tmp_path: Path, case: str) -> None:
    text, given = TABLES[case]
    guess = guess_layout(
        folder(tmp_path, {"a/1.png": "", "a/2.png": "", "t.csv": text, "other.csv": "x,y\n1,2\n"}), given
    )
    assert guess.conf.layout == "csv"
    assert guess.conf.table == "t.csv"
    assert counts(guess)[:2] == (1, 1)
    if case == "semicolon":
        assert (guess.conf.group_column, guess.conf.split_column, guess.conf.split) == ("lot", "subset", "test")


def test_mvtec_masks_are_found(tmp_path: Path) -> None:
    folder(tmp_path, "test/good/0.png test/crack/0.png test/cut/0.png")
    mask(tmp_path / "ground_truth/crack/0_mask.png")
    assert counts(guess_layout(tmp_path)) == (1, 2, 1)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    "name", ["ng/GroundThruth/x_GT_{}.png", "masks/x_D_{}.png", "ng/x_D_{}_mask.png", "Ground-Truth/x_D_{}_gt.png"]
)
def test_masks_are_found(tmp_path: Path, name: str, dark: bool) -> None:
    for number in range(1, 4):
        folder(tmp_path, f"ok/x_ND_0{number}.png ng/x_D_0{number}.png")
        mask(tmp_path / name.format(number if "GT" in name else f"0{number}"), dark=dark)
    guess = guess_layout(tmp_path)
    assert counts(guess) == (3, 3, 3)
    assert guess.conf.masks.defect == ("black" if dark else "white")


def test_masks_that_disagree_are_asked_about(tmp_path: Path) -> None:
    for number in range(4):
        folder(tmp_path, f"ok/{number}.png ng/{number}.png")
        mask(tmp_path / f"masks/{number}.png", dark=number % 2 == 0)
    guess = guess_layout(tmp_path)
    with pytest.raises(UsageError, match="--mask-defect: white, black"):
        require_answers(guess)
    given = answered({}, "masks.defect", "black") | {"masks": {"folders": ["masks"], "defect": "black"}}
    assert counts(guess_layout(tmp_path, given)) == (4, 4, 4)


def test_labelme_files_make_their_pictures_ng(tmp_path: Path) -> None:
    guess = guess_layout(folder(tmp_path, {"d/1.png": "", "d/2.png": "", "label/1.json": LABELME, "list.json": "[]"}))
    assert counts(guess) == (1, 1, 1)
    assert "taken as OK" in guess.taken[0]


def test_groups_are_found(tmp_path: Path) -> None:
    names = [f"{label}/lot{lot}_{part}.png" for lot in range(6) for part in range(2) for label in ("ok", "ng")]
    guess = guess_layout(folder(tmp_path, " ".join(names)))
    assert {part.group for part in require_answers(guess).parts} == {f"lot{lot}" for lot in range(6)}
    assert "6 groups" in guess.taken[1]


@pytest.mark.parametrize("pattern", ["img_{}", "scratch{}", "p{}_x"])
def test_a_plain_number_is_no_group(tmp_path: Path, pattern: str) -> None:
    names = [f"{label}/{label}_{pattern.format(n)}.png" for n in range(8) for label in ("ok", "ng")]
    assert guess_layout(folder(tmp_path, " ".join(names))).conf.group == ""


@pytest.mark.parametrize(("bits", "found"), [(8, 0), (10, 10), (12, 12), (16, 16)])
def test_the_depth_in_use_is_found(tmp_path: Path, bits: int, found: int) -> None:
    for name in ("ok/1", "ng/1"):
        save(tmp_path / f"{name}.png", pixels(bits=bits))
    guess = guess_layout(tmp_path)
    assert guess.bits == guess_bits(require_answers(guess).parts) == found


ASKED: dict[str, tuple[str, Mapping[str, Any], str]] = {
    "nothing in the names": ("1_11.png 2_01.png", {}, "--ok-pattern"),
    "unknown folders": ("links/1.png rechts/1.png", {}, "--ok NAME: links, rechts"),
    "folder against name": ("ok/1_ng.png ng/2_ok.png", {}, "--layout: folders, names"),
}


@pytest.mark.parametrize("case", ASKED)
def test_what_is_ambiguous_names_its_flag(tmp_path: Path, case: str) -> None:
    files, given, flag = ASKED[case]
    with pytest.raises(UsageError) as caught:
        require_answers(guess_layout(folder(tmp_path, files), given))
    assert flag in caught.value.mend


@pytest.mark.parametrize(
    ("files", "given", "expected"),
    [
        ("1_11.png 2_01.png 3_00.png", {"ok_pattern": "_11$"}, (1, 2)),
        ("links/1.png rechts/1.png rechts/2.png", {"ok": ["links"]}, (1, 2)),
        ("ok/1_ng.png ng/2_ok.png ng/3_ok.png", {"layout": "folders"}, (1, 2)),
    ],
)
def test_a_flag_settles_it(tmp_path: Path, files: str, given: Mapping[str, Any], expected: tuple[int, int]) -> None:
    assert counts(guess_layout(folder(tmp_path, files), given))[:2] == expected


REFUSED = {
    "notes.txt": "no pictures",
    "ok/1.png ok/2.png": "all 2 parts are OK",
}


@pytest.mark.parametrize("files", REFUSED)
def test_what_cannot_be_guessed_is_refused(tmp_path: Path, files: str) -> None:
    with pytest.raises(InspectError, match=REFUSED[files]) as caught:
        guess_layout(folder(tmp_path, files))
    assert caught.value.code is Exit.INPUT


ALONE = {"piped": (240, 240, 240), "deeppcb": (66, 66, 0), "bsdata": (58, 25, 25)}


@pytest.mark.real
@pytest.mark.skipif(not DATA.is_dir(), reason="the real data sets are not beside the repository")
@pytest.mark.parametrize("name", ALONE)
def test_real_sets_are_found_alone(name: str) -> None:
    guess = guess_layout(DATA / name)
    assert counts(guess) == ALONE[name]
    if name == "piped":
        assert len({part.group for part in require_answers(guess).parts}) == 243
        assert guess.conf.masks.defect == "black"
    if name == "deeppcb":
        assert all(bool(part.boxes) == (part.label.verdict == "NG") for part in require_answers(guess).parts)


@pytest.mark.real
@pytest.mark.skipif(not DATA.is_dir(), reason="the real data sets are not beside the repository")
def test_screws_need_their_flag() -> None:
    with pytest.raises(UsageError, match="--ok-pattern"):
        require_answers(guess_layout(DATA / "screws"))
    assert counts(guess_layout(DATA / "screws", {"ok_pattern": "_1111$"})) == (27, 36, 0)
