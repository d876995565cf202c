"""What a user does wrong with perturbations, cameras and masks, through the command line: one line, file, key, fix."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from appliance.cli.main import run
from appliance.errors import Exit
from appliance.site import Site
from perturb.custom import set_own
from tests.cli.sites import write_whole_site
from tests.cli.test_bad_input import fails

COMMON = 'name = "{name}"\nlevels = [1.0, 2.0, 3.0, 4.0, 5.0]\nparameter = "{parameter}"\n'
TURN = COMMON.format(name="turn", parameter="limit") + 'transform = {__class_fullname__ = "Rotate", limit = [5.0, 5.0]}'
AWAY = (
    COMMON.format(name="away", parameter="translate_percent")
    + 'transform = {__class_fullname__ = "Affine", translate_percent = [1.0, 1.0]}'
)
CUT = (
    'name = "cut"\nlevels = [30, 25, 20, 15, 10]\nneutral = 40\nparameter = "height"\n'
    'transform = {__class_fullname__ = "CenterCrop", height = 40, width = 48}'
)
NIGHT = 'name = "our-night"\nmembers = {intensity = 0.6, ambient = 8.0}'


@pytest.fixture(autouse=True)
def _nothing_own_is_left() -> Iterator[None]:
    yield
    set_own([])


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return write_whole_site(tmp_path)


@pytest.fixture
def masked(tmp_path: Path) -> Site:
    """A site with a mask of a spot in the middle for every NG part."""
    made = write_whole_site(tmp_path, parts={"masks": {"folders": ["masks"]}})
    folder = tmp_path / "parts" / "masks"
    folder.mkdir()
    mask = np.zeros((40, 48), np.uint8)
    mask[16:24, 20:28] = 255
    for path in (tmp_path / "parts" / "NG").iterdir():
        cv2.imwrite(str(folder / path.name), mask)
    return made


def own(site: Site, table: str) -> None:
    site.file.write_text(f"{site.file.read_text()}\n[[perturbations]]\n{table}\n")


def told_of(capsys: pytest.CaptureFixture[str], site: Site, *words: str, command: str = "audit") -> None:
    line = fails(capsys, Exit.USAGE, command, "--site", site.folder)
    assert str(site.file) in line
    assert line.endswith(")"), "the fix stands in brackets at the end"
    for word in words:
        assert word in line, line
    assert not site.log_path.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["defocuss", "--severity", "4"], Exit.USAGE, ["no perturbation 'defocuss'", "did you mean defocus"]),
        (["jpeg", "--severity", "900"], Exit.USAGE, ["jpeg: severity 900 quality is out of range", "1 to 100"]),
        (["jpeg", "--severity", "nan"], Exit.USAGE, ["out of range"]),
        (["defocus", "--severity", "4cm"], Exit.USAGE, ["--severity", "number"]),
        (["defocus", "--severity", "4", "--camera", "gone.toml"], Exit.USAGE, ["no camera gone.toml", "cheap"]),
        (["chromatic", "--severity", "1"], Exit.USAGE, ["chromatic needs a colour picture"]),
    ],
)
def test_perturb_apply(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: Exit, words: list[str]
) -> None:
    cv2.imwrite(str(tmp_path / "part.png"), np.full((40, 48), 90, np.uint8))
    line = fails(
        capsys, code, "perturb", "apply", arguments[0], tmp_path / "part.png", tmp_path / "o.png", *arguments[1:]
    )
    for word in words:
        assert word in line, line
    assert not (tmp_path / "o.png").exists()


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("float.tif", np.zeros((40, 48), np.float32), ["float.tif", "float"]),
        ("wide.tif", np.zeros((40, 48), np.int32), ["wide.tif"]),
        ("tiny.png", np.zeros((4, 48), np.uint8), ["4", "too small"]),
    ],
)
def test_a_picture_of_unsupported_depth_or_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, values: np.ndarray[Any, Any], words: list[str]
) -> None:
    cv2.imwrite(str(tmp_path / name), values)
    arguments = ["perturb", "apply", "jpeg", tmp_path / name, tmp_path / "o.png", "--severity", "50"]
    code = Exit.USAGE if name == "tiny.png" else Exit.INPUT
    line = fails(capsys, code, *arguments)
    for word in words:
        assert word in line, line


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("full_well = -5.0", "full_well"),
        ("gain = 40.0", "does not fit"),
        ("prnu = 0.9", "prnu = 0.9 is impossible"),
        ('bits = "twelve"', "bits is not a whole number"),
        ("colour = 3", "unknown key: colour"),
        ('transfer = "log"', "transfer = 'log' is unknown"),
        ("gain = [", "cannot be read"),
    ],
)
def test_a_camera_file_with_impossible_figures(
    site: Site, capsys: pytest.CaptureFixture[str], text: str, word: str
) -> None:
    (site.folder / "camera.toml").write_text(text)
    site.file.write_text(site.file.read_text().replace('# profile = "common"', 'profile = "camera.toml"'))
    line = fails(capsys, Exit.USAGE, "audit", "--site", site.folder)
    assert "camera.toml" in line
    assert word in line, line


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"name": "glar", "severity": 5.0}, ["audit.conditions", "no perturbation 'glar'", "glare"]),
        ({"name": "jpeg", "severity": 900.0}, ["audit.conditions", "out of range", "1 to 100"]),
        ({"name": "defocus", "severity": 1.0, "unit": "cm"}, ["audit.conditions", "'cm'", "give it in 'mm'"]),
        ({"name": "defocus", "severity": "4 mm"}, ["audit.conditions.0.severity"]),
    ],
)
def test_a_condition_of_site_toml(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], condition: dict[str, object], words: list[str]
) -> None:
    site = write_whole_site(tmp_path)
    asked = "\n".join(f"{key} = {json.dumps(value)}" for key, value in condition.items())
    text = site.file.read_text().replace('name = "intensity"\nseverity = 0.7', asked)
    assert asked in text
    site.file.write_text(text)
    told_of(capsys, site, *words)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (f"{NIGHT}\ncolour = 3", ["unknown key perturbations.0.colour"]),
        ("levels = [1.0]", ["perturbations.0.name is missing"]),
        (NIGHT.replace("ambient", "ambiant"), ["perturbations.our-night.members", "'ambiant'"]),
        (NIGHT.replace("8.0", "800.0"), ["perturbations.our-night.members", "out of range"]),
        (TURN.replace("Rotate", "Rotote"), ["perturbations.turn.transform", "Rotote"]),
        (TURN.replace('"limit"', '"angle"'), ["perturbations.turn.parameter", "'angle'"]),
        (TURN.replace("3.0, 4.0, 5.0", "3.0"), ["perturbations.turn.levels", "not five numbers"]),
        (CUT, ["perturbations.cut.transform at 30", "made (30, 48, 3) of (40, 48, 3)"]),
    ],
)
@pytest.mark.parametrize("command", ["audit", "perturb list"])
def test_a_perturbation_of_the_sites_own(
    site: Site, capsys: pytest.CaptureFixture[str], table: str, words: list[str], command: str
) -> None:
    own(site, table)
    if command == "audit":
        told_of(capsys, site, *words)
    elif table != CUT:  # what is wrong only on a picture shows when there is one
        line = fails(capsys, Exit.USAGE, *command.split(), "--site", site.folder)
        assert str(site.file) in line


def test_a_transform_that_takes_the_defect_away(masked: Site, capsys: pytest.CaptureFixture[str]) -> None:
    own(masked, AWAY)
    told_of(capsys, masked, "perturbations.away.transform at 1", "took the defect away")


def test_check_tries_them_too(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    own(site, CUT)
    assert run(["check", "--site", str(site.folder)]) == Exit.USAGE
    assert "perturbations.cut.transform" in capsys.readouterr().out


def test_a_mask_of_another_size_costs_one_named_part(masked: Site, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite(str(masked.parts_path / "masks" / "part-003.png"), np.full((8, 8), 255, np.uint8))
    assert run(["audit", "--site", str(masked.folder), "--no-cost", "--json"]) == Exit.WARNINGS
    (warning,) = json.loads(capsys.readouterr().out)["warnings"]
    assert "part-003" in warning["file"]
    assert "a mask of 8 x 8 for a picture of 48 x 40" in warning["what"]
    assert warning["mend"]


def test_own_perturbations_are_audited_and_drawn_again(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    own(site, NIGHT)
    assert run(["audit", "--site", str(site.folder), "--suite", "quick", "--no-cost", "--json"]) == Exit.OK
    shown = json.loads(capsys.readouterr().out)
    assert {"our-night@0.4", "our-night@0.8"} <= {cell["condition"] for cell in shown["cells"]}
    assert run(["perturb", "list", "--site", str(site.folder), "--json"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)[-1]["name"] == "our-night"
    assert run(["report", "--site", str(site.folder)]) == Exit.OK
