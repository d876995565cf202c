"""`init` as a stranger uses it: two folders in, a site out, nothing written into the folders given."""

from pathlib import Path

import pytest

from appliance.cli.main import run
from appliance.errors import Exit
from appliance.site import load_site
from tests.cli.sites import write_models, write_pictures

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


def tree(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}


def test_init_check_audit_report_on_two_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pictures(tmp_path / "parts")
    write_models(tmp_path / "models")
    before = tree(tmp_path)
    site = tmp_path / "site"
    arguments = ["--parts", str(tmp_path / "parts"), "--family", str(tmp_path / "models"), "--site", str(site)]
    assert run(["init", *arguments, "--normalisation", "unit-rgb"]) == Exit.OK
    said = capsys.readouterr().out
    assert "24 parts: 12 OK, 12 NG" in said
    assert "unit-rgb" in said
    assert {path: known for path, known in tree(tmp_path).items() if "/site/" not in path} == before
    assert load_site(site).line.takt_s == 1.0
    assert "# takt_s = 1.0" in (site / "site.toml").read_text()
    assert run(["check", "--site", str(site)]) == Exit.OK
    assert run(["audit", "--site", str(site), "--no-cost", "--suite", "quick"]) == Exit.BREACH  # 12 NG prove no 2 %
    assert run(["report", "--site", str(site), "--no-pictures"]) == Exit.OK
    assert {path: known for path, known in tree(tmp_path).items() if "/site/" not in path} == before


def test_what_is_missing_is_named_by_its_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pictures(tmp_path / "parts")
    write_models(tmp_path / "models")
    (tmp_path / "parts" / "OK").rename(tmp_path / "parts" / "blau")
    (tmp_path / "parts" / "NG").rename(tmp_path / "parts" / "rot")
    arguments = ["init", "--parts", str(tmp_path / "parts"), "--family", str(tmp_path / "models")]
    assert run([*arguments, "--site", str(tmp_path / "site")]) == Exit.USAGE
    assert "--ok" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()
    assert run([*arguments, "--site", str(tmp_path / "site"), "--ok", "blau", "--ng", "rot"]) == Exit.OK


def test_a_second_init_does_not_replace_a_site_and_refresh_accepts_new_parts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pictures(tmp_path / "parts")
    write_models(tmp_path / "models")
    arguments = ["init", "--parts", str(tmp_path / "parts"), "--family", str(tmp_path / "models")]
    here = ["--site", str(tmp_path / "site")]
    assert run([*arguments, *here]) == Exit.OK
    before = (tmp_path / "site" / "site.toml").read_bytes()
    assert run([*arguments, *here]) == Exit.USAGE
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "site" / "site.toml").read_bytes() == before
    write_pictures(tmp_path / "parts", 26)
    assert run(["init", "--refresh", *here]) == Exit.OK
    assert "accepted 2 new" in capsys.readouterr().out


def test_two_families_in_one_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pictures(tmp_path / "parts")
    for name in ("first", "second"):
        write_models(tmp_path / "models" / name)
    arguments = ["init", "--parts", str(tmp_path / "parts"), "--family", str(tmp_path / "models")]
    assert run([*arguments, "--site", str(tmp_path / "site")]) == Exit.INPUT
    line = capsys.readouterr().err
    assert "first" in line
    assert "second" in line


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the real parts are not at {SHARED}")
def test_the_real_family_is_found_without_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    family, parts = SHARED / "family-piped", SHARED / "data" / "piped"
    assert run(["init", "--parts", str(parts), "--family", str(family), "--site", str(tmp_path / "site")]) == Exit.OK
    said = capsys.readouterr().out
    for sentence in ("240 OK, 240 NG", "240 of 240 NG parts have their mask", "243 groups", "imagenet-rgb"):
        assert sentence in said
