"""What a newcomer meets first: previews, plain plurals, a busy site, a refresh, a calibration, and quick answers."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from appliance.cli.main import run
from appliance.counted import counted
from appliance.errors import Exit
from appliance.log.lock import site_lock
from perturb import PERTURBATIONS
from perturb.types import Group
from tests.cli.sites import write_whole_site
from tests.cli.test_bad_input import fails
from tests.language.shown import english_in

LATE = {"scipy", "onnx", "onnxruntime", "albumentations", "jinja2", "appliance.audit.run"}
"""What only an audit or a page needs."""


def picture(folder: Path) -> Path:
    write_whole_site(folder)
    return folder / "parts" / "OK" / "part-000.png"


def test_the_preview_is_one_page_by_group_with_every_picture_inside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part, out = picture(tmp_path), tmp_path / "seen.html"
    assert run(["perturb", "preview", str(part), "--out", str(out), "--levels", "3"]) == Exit.OK
    page = out.read_text("utf-8")
    assert [f'<section id="{group}"' in page for group in Group] == [True] * len(Group)
    assert page.count("<img ") == 2 * len(PERTURBATIONS) == page.count('src="data:image/jpeg;base64,')
    assert "http" not in page.split("</head>")[1]
    assert "`" not in page
    assert f"wrote {out}" in capsys.readouterr().out


def test_the_preview_in_japanese(tmp_path: Path) -> None:
    part, out = picture(tmp_path), tmp_path / "seen.html"
    assert run(["perturb", "preview", str(part), "--out", str(out), "--levels", "3", "--lang", "ja"]) == Exit.OK
    assert english_in(out.read_text("utf-8"), "perturb apply") == []


def test_pictures_of_the_preview_fit_a_screen_and_those_named_stand_in_one(tmp_path: Path) -> None:
    part, out = picture(tmp_path), tmp_path / "seen.png"
    assert run(["perturb", "preview", str(part), "--out", str(out)]) == Exit.OK
    sheets = sorted(tmp_path.glob("seen-*.png"))
    assert {sheet.stem.split("-")[1] for sheet in sheets} == {str(group) for group in Group}
    for sheet in sheets:
        height, width = cv2.imread(str(sheet)).shape[:2]
        assert height <= 1000
        assert width <= 1100
    assert run(["perturb", "preview", str(part), "--out", str(out), "--names", "jpeg,webp"]) == Exit.OK
    assert cv2.imread(str(out)).shape[0] == 400


def test_a_preview_that_cannot_be_written_is_refused_before_it_is_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    part = picture(tmp_path)
    for out, said in (("seen.doc", "no page and no picture"), ("none/seen.html", "no such folder")):
        assert said in fails(capsys, Exit.USAGE, "perturb", "preview", part, "--out", tmp_path / out)


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (["audit", "--suite", "quik"], "no suite 'quik'"),
        (["audit", "--provider", "gpu"], "no provider 'gpu'"),
        (["cost", "--seconds", "0.1"], "0.1 seconds"),
        (["cost", "--takt", "-1"], "takt"),
        (["probe", "--provider", "gpu"], "no provider 'gpu'"),
    ],
)
def test_a_mistake_is_told_even_where_the_site_is_busy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mistake: list[str], said: str
) -> None:
    site = write_whole_site(tmp_path)
    with site_lock(site.folder):
        assert said in fails(capsys, Exit.USAGE, *mistake, "--site", site.folder)


@pytest.mark.parametrize("command", ["cost", "probe", "nightly", "log restore"])
def test_a_busy_site_names_the_command_that_holds_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    site = write_whole_site(tmp_path)
    with site_lock(site.folder, command):
        line = fails(capsys, Exit.BUSY, "audit", "--site", site.folder)
    assert f"`inspect-eval {command}` holds this site: process " in line
    assert "another audit" not in line


def test_a_refresh_names_what_no_audit_can_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    part = tmp_path / "parts" / "OK" / "part-004.png"
    part.write_bytes(part.read_bytes()[:-40])
    assert run(["init", "--refresh", "--site", str(site.folder)]) == Exit.WARNINGS
    said = capsys.readouterr().out
    assert "accepted 0 new, 1 changed, 0 gone" in said
    assert "left out OK/part-004.png: " in said
    assert run(["init", "--refresh", "--site", str(site.folder)]) == Exit.OK  # nothing new


@pytest.mark.parametrize(("count", "said"), [(0, "0 runs"), (1, "1 run"), (2, "2 runs"), (1200, "1,200 runs")])
def test_one_is_no_plural(count: int, said: str) -> None:
    assert counted(count, "run") == said


def test_check_counts_one_run_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    assert run(["audit", "--site", str(site.folder), "--no-cost"]) == Exit.OK
    run(["check", "--site", str(site.folder)])
    assert "the log holds 1 run\n" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["--help"], ["perturb", "list"], ["runs", "list"], ["log", "check"]])
def test_a_quick_answer_loads_nothing_of_an_audit(tmp_path: Path, command: list[str]) -> None:
    site = write_whole_site(tmp_path)
    assert run(["audit", "--site", str(site.folder), "--no-cost", "--workers", "1"]) == Exit.OK
    code = "import sys; from appliance.cli.main import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    here = [] if command == ["--help"] else ["--site", str(site.folder)]
    done = subprocess.run([sys.executable, "-c", code, *command, *here], capture_output=True, text=True, check=True)
    assert not LATE & set(done.stderr.split())


def test_every_composite_says_its_source_and_why_it_ends_there() -> None:
    made = [item for item in PERTURBATIONS.values() if item.group is Group.COMPOSITE]
    assert len(made) == 7
    for item in made:
        assert "neutral + share x (end - neutral)" in item.source
        assert "; that is " in item.reasons


def test_the_list_as_json_gives_the_source_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["perturb", "list", "--json"]) == Exit.OK
    assert all(row["source"] for row in json.loads(capsys.readouterr().out))
