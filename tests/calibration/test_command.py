"""`inspect-eval calibrate` as a user runs it: what it writes, what an audit makes of it, and every mistake."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.calibrate import pictures as kept_pictures
from appliance.calibrate.profile import read_profile
from appliance.cli.main import run
from appliance.conditions import site_conditions
from appliance.errors import Exit
from appliance.site import load_site
from models.render.part import render_part
from perturb import Camera, Scene, Seed, load_camera
from perturb.combine import combine
from perturb.photon import render_flat
from tests.cli.sites import write_whole_site


def write_line(folder: Path, count: int = 16) -> None:
    """Pictures of one part over days: the lamp fades, the part lies differently, one is out of all bounds."""
    rng = np.random.default_rng(5)
    part = cv2.resize(render_part(20260, 3).pixels, (256, 256), interpolation=cv2.INTER_AREA)
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(count):
        severities = {
            "intensity": 1.0 - 0.02 * (n % 10),
            "shift": float(rng.uniform(0.0, 0.2)),
            "rotation": float(rng.uniform(0, 1.5)),
        }
        picture = combine(Scene(part, 8), severities, Seed(1, f"{n}")).pixels
        cv2.imwrite(str(folder / f"day-{n:02d}.png"), picture[..., ::-1])


def write_flats(folder: Path, camera: Camera) -> None:
    for level in (1000, 3000, 5000, 7000):
        for which in "ab":
            picture = render_flat(camera, float(level), Seed(1, f"{level}{which}"), (96, 128))
            (folder / "light").mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / "light" / f"{level}{which}.png"), picture)
    for which in "ab":
        (folder / "dark").mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / "dark" / f"{which}.png"), render_flat(camera, 0.0, Seed(1, f"d{which}"), (96, 128)))


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    progress = ("calibrate ", "aligning ", "rendering ")
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith(progress)]
    assert len(lines) == 1, lines
    return lines[0]


def test_from_pictures_to_an_audit_at_the_lines_own_severities(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = write_whole_site(tmp_path, audit={"conditions": []})
    site.file.write_text(site.file.read_text().replace("[limits]", "# my own words\n[limits]"))
    write_line(tmp_path / "line")
    assert run(["calibrate", str(tmp_path / "line"), "--site", str(site.folder), "--json"]) == Exit.OK
    said = json.loads(capsys.readouterr().out)
    assert said["pictures"] == 16
    assert Path(said["files"]["page"]).stat().st_size > 20_000
    assert said["cannot_tell"]
    text = site.file.read_text()
    assert "# my own words" in text
    assert "[[calibration.shown]]" in text

    again = load_site(site.folder)
    lamp = again.calibration.find("intensity")
    assert lamp is not None
    assert lamp.p99 == pytest.approx(1.0 - (0.18 - 0.09) / (1.0 - 0.09), abs=0.04)  # from the usual one, half faded
    shown = [c for c in site_conditions(again, None, colour=True) if c.name == "intensity"]
    assert [c.severity for c in shown] == [s for s in lamp.severities if s != 1.0]
    profile = read_profile(again)
    assert profile is not None
    assert len(profile.images) == 16
    weights = again.calibration.weights([(item.name, s) for item in again.calibration.shown for s in item.severities])
    assert sum(weights.values()) == pytest.approx(1.0, abs=0.01)

    assert run(["audit", "--site", str(site.folder), "--suite", "quick", "--no-cost", "--json"]) in (
        Exit.OK,
        Exit.BREACH,
    )
    keys = json.loads(capsys.readouterr().out)["members"][0]["worst"]
    assert keys
    assert run(["runs", "show", "last", "--site", str(site.folder), "--json"]) in (Exit.OK, Exit.BREACH)


def test_limits_bind_within_what_the_line_shows_and_not_beyond(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from appliance.session import open_summary

    asked = (("intensity", 0.95), ("intensity", 0.5), ("soiling", 6.0))
    conditions = [{"name": name, "severity": severity} for name, severity in asked]
    site = write_whole_site(tmp_path, audit={"conditions": conditions})
    write_line(tmp_path / "line")
    assert run(["calibrate", str(tmp_path / "line"), "--site", str(site.folder)]) == Exit.OK
    run(["audit", "--site", str(site.folder), "--no-cost"])
    capsys.readouterr()
    binding = {v.condition: v.binding for v in open_summary(load_site(site.folder), "last").limits}
    assert binding["intensity@0.95"]
    assert not binding["intensity@0.5"]
    assert binding["soiling@6"]  # not calibrated: level 2 binds


def test_what_was_measured_is_kept_and_a_damaged_file_of_it_is_measured_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = write_whole_site(tmp_path)
    write_line(tmp_path / "line", 10)
    command = ["calibrate", str(tmp_path / "line"), "--site", str(site.folder), "--json"]
    assert run(command) == Exit.OK
    first = json.loads(capsys.readouterr().out)
    files = sorted((site.cache / "calibration").glob("*.npz"))
    assert len(files) == 10
    files[0].write_bytes(b"cut short")
    count, whole = [], kept_pictures.measure_alone

    def counted(*arguments: object) -> object:
        count.append(1)
        return whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(kept_pictures, "measure_alone", counted)
    assert run(command) == Exit.OK
    assert len(count) == 1
    assert json.loads(capsys.readouterr().out)["shown"] == first["shown"]


def test_an_interrupt_keeps_what_was_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = write_whole_site(tmp_path)
    write_line(tmp_path / "line", 12)
    done, whole = [], kept_pictures.decode

    def stopping(*arguments: object) -> object:
        done.append(1)
        if len(done) == 7:
            raise KeyboardInterrupt
        return whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(kept_pictures, "decode", stopping)
    assert run(["calibrate", str(tmp_path / "line"), "--site", str(site.folder)]) == Exit.INTERRUPTED
    assert "same `inspect-eval calibrate` command" in one_line(capsys)
    assert list((site.cache / "calibration").glob("*.npz"))
    assert "[[calibration.shown]]" not in site.file.read_text()


def test_flat_fields(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    write_line(tmp_path / "line", 10)
    write_flats(tmp_path / "flats", load_camera("common"))
    command = [
        "calibrate",
        str(tmp_path / "line"),
        "--site",
        str(site.folder),
        "--flats",
        str(tmp_path / "flats"),
        "--json",
    ]
    assert run(command) == Exit.OK
    said = json.loads(capsys.readouterr().out)
    assert said["flats"]["gain"]["low"] <= 0.389 <= said["flats"]["gain"]["high"]
    measured = load_camera(Path(said["files"]["camera"]))
    assert measured.gain == pytest.approx(0.389, rel=0.03)


def test_dry_run_writes_the_page_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    write_line(tmp_path / "line", 10)
    before = site.file.read_text()
    assert run(["calibrate", str(tmp_path / "line"), "--site", str(site.folder), "--dry-run"]) == Exit.OK
    assert site.file.read_text() == before
    assert not (site.folder / "profile.json").exists()
    assert "calibration.html" in capsys.readouterr().out


def test_a_picture_that_cannot_be_read_is_left_out_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    write_line(tmp_path / "line", 10)
    (tmp_path / "line" / "day-03.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert run(["calibrate", str(tmp_path / "line"), "--site", str(site.folder), "--json"]) == Exit.WARNINGS
    said = json.loads(capsys.readouterr().out)
    assert said["pictures"] == 9
    assert said["left_out"][0]["file"] == "day-03.png"


@pytest.mark.parametrize("what", ["missing", "file", "few", "pattern", "site"])
def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    site = write_whole_site(tmp_path)
    line = tmp_path / "line"
    write_line(line, 3 if what == "few" else 8)
    if what == "missing":
        shutil.rmtree(line)
    if what == "file":
        line = line / "day-00.png"
    arguments = ["calibrate", str(line), "--site", str(tmp_path if what == "site" else site.folder)]
    code = run([*arguments, *(["--scene", "("] if what == "pattern" else [])])
    expected = {
        "missing": (Exit.INPUT, "no such"),
        "file": (Exit.INPUT, "not a folder"),
        "few": (Exit.INPUT, "3 usable pictures are too few: 8 is the least"),
        "pattern": (Exit.USAGE, "not a regular expression"),
        "site": (Exit.USAGE, "no site here"),
    }[what]
    assert code == expected[0]
    assert expected[1] in one_line(capsys)


@pytest.mark.parametrize("what", ["not flat", "odd", "no dark", "empty", "unlike"])
def test_flats_that_will_not_do(tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    site = write_whole_site(tmp_path)
    flats = tmp_path / "flats"
    write_line(tmp_path / "line", 8)
    write_flats(flats, load_camera("common"))
    if what == "not flat":
        picture = (render_part(20260, 3).pixels[:96, :128, 1].astype(np.uint16)) << 4
        for which in "ab":
            cv2.imwrite(str(flats / "light" / f"3000{which}.png"), picture)
    if what == "odd":
        (flats / "light" / "7000b.png").unlink()
    if what == "no dark":
        shutil.rmtree(flats / "dark")
    if what == "empty":
        shutil.rmtree(flats)
        flats.mkdir()
    if what == "unlike":
        (flats / "light" / "3000b.png").write_bytes((flats / "light" / "7000b.png").read_bytes())
    code = run(["calibrate", str(tmp_path / "line"), "--site", str(site.folder), "--flats", str(flats)])
    assert code == Exit.INPUT
    said = {"not flat": "not a flat field", "odd": "do not make pairs", "no dark": "no dark pictures",
            "empty": "no flat fields here", "unlike": "not a pair"}[what]  # fmt: skip
    assert said in one_line(capsys)


def test_a_calibration_of_another_version_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path, audit={"conditions": []})
    text = '\n[[calibration.shown]]\nname = "defocu"\np50 = 1.0\np90 = 2.0\np99 = 3.0\n'
    site.file.write_text(site.file.read_text().split("[calibration]")[0] + text)
    assert run(["audit", "--site", str(site.folder)]) == Exit.USAGE
    said = one_line(capsys)
    assert "site.toml: calibration.shown: no perturbation 'defocu'" in said
    assert "defocus" in said


@pytest.mark.real
@pytest.mark.parametrize(("folder", "least"), [("screws", 0.5), ("bsdata", 0.4)])
def test_real_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: str, least: float) -> None:
    images = Path(__file__).resolve().parents[2].parent / "shared/data" / folder
    if not images.is_dir():
        pytest.skip(f"{folder} is not beside the repository")
    site = write_whole_site(tmp_path)
    command = ["calibrate", str(images), "--site", str(site.folder), "--most", "16", "--json"]
    assert run([*command, "--scene", r"_(\d+)_315"]) == Exit.OK
    said = json.loads(capsys.readouterr().out)
    assert said["coverage"] >= least
    names = {row["name"] for row in said["shown"]}
    assert {"intensity", "gradient", "rotation", "shift", "defocus"} <= names
