"""Every layout: labels, masks, boxes, groups, splits, and one line for what cannot be read."""

import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from appliance.errors import Exit, InspectError
from appliance.parts.decode import decode
from appliance.parts.masks import read_mask
from appliance.parts.read import read_folder, read_parts
from appliance.parts.types import PartSet
from appliance.parts.walk import walk
from appliance.sections.parts import BoxSection, MaskSection, PartsSection
from appliance.site_file import write_site
from tests.parts.pictures import pixels, save

LABELME = '{"version": "5", "shapes": [{"shape_type": "polygon", "points": [[2, 3], [6, 3], [6, 8], [2, 8]]}]}'


def folder(root: Path, files: Mapping[str, str] | str) -> Path:
    """A parts folder of random pictures (names parted by spaces), or of texts by name."""
    for name, text in files.items() if isinstance(files, Mapping) else dict.fromkeys(files.split(), "").items():
        if Path(name).suffix in (".png", ".jpg", ".bmp"):
            save(root / name)
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
    return root


def read(root: Path, **keys: object) -> PartSet:
    """The parts of a folder under the given keys of [parts]."""
    return read_folder(PartsSection.model_validate(keys, strict=False), walk(root))


def labels(found: PartSet) -> dict[str, str]:
    """Label by id."""
    return {part.id: str(part.label.verdict) for part in found.parts}


def test_the_usual_words_need_no_mapping(tmp_path: Path) -> None:
    found = read(
        folder(tmp_path, "lot1/Good/1.png lot1/NOT_OK/2.png lot2/No-Defects/3.bmp lot2/defect/4.jpg notes.txt")
    )
    assert labels(found) == {
        "lot1/Good/1.png": "OK",
        "lot1/NOT_OK/2.png": "NG",
        "lot2/No-Defects/3.bmp": "OK",
        "lot2/defect/4.jpg": "NG",
    }
    assert [part.id for part in found.parts] == sorted(part.id for part in found.parts)


def test_any_folder_name_can_be_mapped(tmp_path: Path) -> None:
    root = folder(tmp_path, "Teile/links/1.png Teile/rechts_2/1.png")
    assert set(labels(read(root, ok=["links"], ng=["rechts*"])).values()) == {"OK", "NG"}


def test_the_innermost_mapped_folder_decides(tmp_path: Path) -> None:
    found = read(folder(tmp_path, "good/line1/1.png good/ng/2.png"))
    assert labels(found) == {"good/line1/1.png": "OK", "good/ng/2.png": "NG"}


def test_ignored_pictures_are_no_parts(tmp_path: Path) -> None:
    root = folder(tmp_path, "ok/1.png ng/2.png thumbs/3.png ok/.hidden.png")
    assert len(read(root, ignore=["thumbs/*"]).parts) == 2


def test_class_folders(tmp_path: Path) -> None:
    root = folder(tmp_path, "test/fine/1.png test/scratch/1.png train/dent/1.png")
    found = read(root, layout="classes", ok=["fine"])
    assert [(part.label.cls, str(part.label.verdict), part.split) for part in found.parts] == [
        ("fine", "OK", "test"),
        ("scratch", "NG", "test"),
        ("dent", "NG", "train"),
    ]
    assert len(read(root, layout="classes", ok=["fine"], split="test").parts) == 2


def test_mvtec_layout_with_masks(tmp_path: Path) -> None:
    root = folder(tmp_path, "train/good/000.png test/good/000.png test/crack/000.png test/dent/000.png")
    mask = np.zeros((24, 32), np.uint8)
    mask[3:5, 4:6] = 255
    save(root / "ground_truth/crack/000_mask.png", mask)
    found = read(root, layout="mvtec")
    assert [part.label.cls for part in found.parts] == ["crack", "dent", "good"]
    crack, dent, good = found.parts
    read_back = read_mask(crack, (24, 32))
    assert read_back is not None
    np.testing.assert_array_equal(read_back, mask > 0)
    assert dent.mask is None
    assert good.mask is None


TABLE = (
    "path;label;split;lot\na/1.png;ok;test;L1\na/2.png;scratch;test;L2\nb\\3.png;ok;train;L1\na/gone.png;ok;test;L1\n"
)


def test_a_table(tmp_path: Path) -> None:
    root = folder(tmp_path, "a/1.png a/2.png b/3.png a/unlisted.png")
    (root / "labels.csv").write_text(TABLE, encoding="utf-8-sig")
    found = read(root, layout="csv", table="labels.csv", split_column="split", group_column="lot")
    assert labels(found) == {"a/1.png": "OK", "a/2.png": "NG", "b/3.png": "OK"}
    assert [(part.split, part.group) for part in found.parts] == [("test", "L1"), ("test", "L2"), ("train", "L1")]
    assert [row.id for row in found.left_out] == ["a/gone.png"]


def test_labels_in_names(tmp_path: Path) -> None:
    root = folder(tmp_path, "1_11.png 2_01.png 3_10.png")
    assert labels(read(root, layout="names", ok_pattern="_11$")) == labels(
        read(root, layout="names", ok_pattern=r"_11\.\w+$")
    )
    assert labels(read(root, layout="names", ok_pattern="_11$")) == {
        "1_11.png": "OK",
        "2_01.png": "NG",
        "3_10.png": "NG",
    }
    assert set(labels(read(root, layout="names", ng_pattern="0")).values()) == {"OK", "NG"}


def test_annotated_pictures_are_ng(tmp_path: Path) -> None:
    root = folder(tmp_path, {"data/a.png": "", "data/b.png": "", "data/c.png": "", "label/a.json": LABELME})
    (root / "label/b.json").write_text('{"shapes": []}')
    found = read(root, layout="annotations", boxes={"kind": "labelme", "folders": ["label"]})
    assert labels(found) == {"data/a.png": "NG", "data/b.png": "OK", "data/c.png": "OK"}
    part = found.parts[0]
    assert part.boxes == ((2.0, 3.0, 6.0, 8.0),)
    mask = read_mask(part, (24, 32))
    assert mask is not None
    assert mask.sum() == 5 * 6
    assert mask[3:9, 2:7].all()


def test_box_lists(tmp_path: Path) -> None:
    root = folder(tmp_path, {"p/1_temp.png": "", "p/1_test.png": "", "p_not/1.txt": "1 2 30 40 3\n5,6,7,8,1\n"})
    rule = {"kind": "deeppcb", "folders": ["*_not"], "pattern": "_test$"}
    found = read(root, layout="names", ok_pattern="_temp$", ng_pattern="_test$", boxes=rule)
    assert found.parts[0].boxes == ()
    assert found.parts[1].boxes == ((1, 2, 30, 40), (5, 6, 7, 8))


@pytest.mark.parametrize("text", ["1 2 3", "a b c d", "9 9 1 1 1", "1 2 inf 4 1"])
def test_a_broken_box_file_is_a_row(tmp_path: Path, text: str) -> None:
    root = folder(tmp_path, {"ok/1.png": "", "ng/2.png": "", "ng/2.txt": text})
    (row,) = read(root, boxes={"kind": "deeppcb"}).left_out
    assert row.id == "ng/2.txt"
    assert "line 1" in row.what


def test_masks_beside_the_pictures(tmp_path: Path) -> None:
    root = folder(tmp_path, "ok/1.png ng/2.png ng/2_mask.png")
    found = read(root, masks={"pattern": "$", "replace": "_mask"})
    assert [part.mask and part.mask.name for part in found.parts] == ["2_mask.png", None]


def test_masks_that_lost_a_leading_zero(tmp_path: Path) -> None:
    root = folder(tmp_path, "ok/D_01_1.png ng/D_09_4.png ng/D_9_5.png ng/truth/GT_9_4.png ng/truth/GT_09_5.png")
    found = read(root, masks={"folders": ["truth"], "pattern": "^D", "replace": "GT"})
    assert [part.mask and part.mask.name for part in found.parts] == ["GT_9_4.png", "GT_09_5.png", None]


def test_a_mask_that_fits_two_parts_is_used_for_neither(tmp_path: Path) -> None:
    root = folder(tmp_path, "ok/1.png ng/a/2.png ng/b/2.png masks/2.png")
    found = read(root, masks={"folders": ["masks"]})
    assert [part.mask for part in found.parts] == [None, None, None]
    assert [row.id for row in found.left_out] == ["masks/2.png"]


def test_dark_masks_and_wrong_sizes(tmp_path: Path) -> None:
    root = folder(tmp_path, "ok/1.png ng/2.png")
    mask = np.full((24, 32), 255, np.uint8)
    mask[0, 0] = 0
    save(root / "m/2.png", mask)
    part = read(root, masks={"folders": ["m"], "defect": "black"}).parts[0]
    read_back = read_mask(part, (24, 32))
    assert read_back is not None
    assert read_back[0, 0]
    assert read_back.sum() == 1
    with pytest.raises(InspectError, match="a mask of 32 x 24 for a picture of 33 x 24"):
        read_mask(part, (24, 33))


def test_groups_by_pattern(tmp_path: Path) -> None:
    root = folder(tmp_path, "ok/L1_a.png ok/L1_b.png ng/L2_a.png ng/odd.png")
    assert [part.group for part in read(root, group=r"([^/]+)_[^/]+$").parts] == ["L2", "", "L1", "L1"]


REFUSED: dict[str, tuple[str, dict[str, object], Exit, str]] = {
    "empty": ("notes.txt", {}, Exit.INPUT, "no part pictures"),
    "no such split": ("ok/1.png ng/2.png", {"split": "val"}, Exit.INPUT, "no part pictures of split 'val'"),
    "one class": ("ok/1.png ok/2.png", {}, Exit.INPUT, "all 2 parts are OK"),
    "not mapped": ("ok/1.png links/2.png", {}, Exit.USAGE, "'links' (1 picture) is neither OK nor NG"),
    "top folder": ("ok/1.png 2.png", {}, Exit.USAGE, "'(top folder)' (1 picture) is neither"),
    "no pattern": ("1.png 2.png", {"layout": "names"}, Exit.USAGE, "'1.png' (1 picture) and 1 other is neither"),
    "no table": ("1.png", {"layout": "csv", "table": "t.csv"}, Exit.INPUT, "no such table"),
    "no box kind": ("1.png", {"layout": "annotations"}, Exit.USAGE, "needs [parts.boxes] kind"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, case: str) -> None:
    files, keys, code, words = REFUSED[case]
    with pytest.raises(InspectError) as caught:
        read(folder(tmp_path, files), **keys)
    assert words in str(caught.value)
    assert caught.value.code is code
    assert caught.value.mend
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "keys", "words"),
    [
        ("picture,label\n", {}, "no column 'path' (set [parts] path_column in site.toml to one of: picture, label)"),
        ("path,label\n1.png,ok\n1.png,ng\n", {}, "1.png stands twice, differently"),
        ("path,label\n1.png,\n", {}, "'' (1 picture) is neither"),
        ("path,label\n", {}, "no part pictures"),
    ],
)
def test_a_wrong_table_is_one_line(tmp_path: Path, text: str, keys: dict[str, object], words: str) -> None:
    root = folder(tmp_path, {"1.png": "", "t.csv": text})
    with pytest.raises(InspectError) as caught:
        read(root, layout="csv", table="t.csv", **keys)
    assert words in str(caught.value)


def test_a_path_in_the_table_cannot_leave_the_folder(tmp_path: Path) -> None:
    root = folder(tmp_path / "parts", {"1.png": "", "2.png": ""})
    save(tmp_path / "secret.png")
    (root / "t.csv").write_text("path,label\n1.png,ok\n2.png,ng\n../secret.png,ok\n/etc/x.png,ok\n")
    found = read(root, layout="csv", table="t.csv")
    assert [row.id for row in found.left_out] == ["../secret.png", "/etc/x.png"]


@pytest.mark.parametrize("name", ["missing", "file"])
def test_a_parts_folder_that_is_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InspectError, match="parts folder") as caught:
        walk(tmp_path / name)
    assert caught.value.code is Exit.INPUT


def test_a_site_reads_its_own_parts(tmp_path: Path) -> None:
    folder(tmp_path / "pictures", "ok/1.png ng/2.png")
    here = write_site(tmp_path / "site", {"parts": {"path": "../pictures"}})
    assert [part.id for part in read_parts(here).parts] == ["ng/2.png", "ok/1.png"]


def test_a_thousand_parts_are_listed_quickly(tmp_path: Path) -> None:
    picture = save(tmp_path / "seed.png", pixels(channels=1)).read_bytes()
    for label in ("ok", "ng"):
        (tmp_path / "parts" / label).mkdir(parents=True)
        for number in range(1000):
            (tmp_path / "parts" / label / f"{number}.png").write_bytes(picture)
    start = time.monotonic()
    assert len(read(tmp_path / "parts").parts) == 2000
    assert time.monotonic() - start < 2


DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"

REAL = {
    "piped": (
        PartsSection(
            ok=("NoDefects",),
            ng=("Defects",),
            group=r"([^/]+)_[^_/]+$",
            masks=MaskSection(folders=("Ground*",), pattern="_D_", replace="_GT_", defect="black"),
        ),
        (240, 240),
    ),
    "deeppcb": (
        PartsSection(
            layout="names",
            ok_pattern="_temp$",
            ng_pattern="_test$",
            boxes=BoxSection(kind="deeppcb", folders=("*_not",), pattern="_test$"),
        ),
        (66, 66),
    ),
    "screws": (PartsSection(layout="names", ok_pattern="_1111$"), (27, 36)),
    "bsdata": (PartsSection(layout="annotations", boxes=BoxSection(kind="labelme", folders=("label",))), (58, 25)),
}


@pytest.mark.real
@pytest.mark.skipif(not DATA.is_dir(), reason="the real data sets are not beside the repository")
@pytest.mark.parametrize("name", REAL)
def test_the_real_sets_read_as_they_lie(name: str) -> None:
    conf, counts = REAL[name]
    found = read_folder(conf, walk(DATA / name))
    verdicts = list(labels(found).values())
    assert (verdicts.count("OK"), verdicts.count("NG")) == counts
    assert found.left_out == ()


@pytest.mark.real
@pytest.mark.skipif(not DATA.is_dir(), reason="the real data sets are not beside the repository")
def test_piped_has_its_masks_and_its_243_sources() -> None:
    found = read_folder(REAL["piped"][0], walk(DATA / "piped"))
    assert len({part.group for part in found.parts}) == 243
    masked = [part for part in found.parts if part.mask]
    assert len(masked) == 240
    assert len({part.mask for part in masked}) == 240
    shares = []
    for part in masked:
        mask = read_mask(part, decode(part.path).pixels.shape[:2])
        assert mask is not None
        shares.append(mask.mean())
    assert 0 < min(shares) < max(shares) < 0.5
