"""What a user does wrong, through the command line: one line with file and fix, the exit code, nothing lost."""

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.cli.main import run
from appliance.errors import Exit
from tests.cli.sites import write_model, write_models, write_pictures, write_whole_site
from tests.models import hostile


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error, progress lines aside."""
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("audit ")]
    assert len(lines) == 1, lines
    return lines[0]


def fails(capsys: pytest.CaptureFixture[str], code: Exit, *arguments: str | Path) -> str:
    assert run([str(a) for a in arguments]) == code
    line = told(capsys)
    assert line.startswith("inspect-eval: ")
    return line


def test_no_site_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = fails(capsys, Exit.USAGE, "audit", "--site", tmp_path)
    assert "site.toml: no site here" in line
    assert "inspect-eval init" in line


def test_unknown_key_and_unknown_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    site.file.write_text(site.file.read_text().replace("[limits]", "[limits]\nescape_rat = 0.1"))
    assert "did you mean escape_rate" in fails(capsys, Exit.USAGE, "audit", "--site", site.folder)
    assert "No such command" in fails(capsys, Exit.USAGE, "audti")


@pytest.mark.parametrize("missing", ["parts", "models"])
def test_missing_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str], missing: str) -> None:
    site = write_whole_site(tmp_path)
    (tmp_path / missing).rename(tmp_path / "gone")
    assert missing in fails(capsys, Exit.INPUT, "audit", "--site", site.folder)
    assert not site.log_path.exists()


def test_empty_parts_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    for path in (tmp_path / "parts").rglob("*.png"):
        path.unlink()
    assert str(tmp_path / "parts") in fails(capsys, Exit.INPUT, "audit", "--site", site.folder)


def test_one_class_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    for path in (tmp_path / "parts" / "NG").iterdir():
        path.unlink()
    line = fails(capsys, Exit.INPUT, "audit", "--site", site.folder)
    assert "NG" in line


def test_label_not_mapped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    (tmp_path / "parts" / "NG").rename(tmp_path / "parts" / "maybe")
    line = fails(capsys, Exit.USAGE, "audit", "--site", site.folder)
    assert "maybe" in line


def test_a_model_that_is_not_the_manifests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    model = tmp_path / "models" / "bright-m.onnx"
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(data)
    line = fails(capsys, Exit.INPUT, "audit", "--site", site.folder)
    assert "bright-m.onnx" in line
    assert "sha256" in line
    assert not site.log_path.exists()


def test_a_member_whose_output_does_not_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    model = tmp_path / "models" / "bright-l.onnx"
    write_model(model, 1.0, 32, classes=5)
    import re

    text = site.card_path.read_text()
    before = re.findall(r'sha256 = "([0-9a-f]{64})"', text)[-1]
    site.card_path.write_text(text.replace(before, hashlib.sha256(model.read_bytes()).hexdigest()))
    line = fails(capsys, Exit.INPUT, "audit", "--site", site.folder)
    assert "bright-l.onnx" in line


def test_garbage_for_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    (tmp_path / "models" / "bright-s.onnx").write_bytes(b"\x00" * 100)
    assert "bright-s.onnx" in fails(capsys, Exit.INPUT, "audit", "--site", site.folder)


def test_an_unreadable_picture_costs_one_named_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    site.manifest_path.unlink()
    (tmp_path / "parts" / "OK" / "part-004.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert run(["audit", "--site", str(site.folder), "--no-cost", "--json"]) == Exit.WARNINGS
    shown = json.loads(capsys.readouterr().out)
    assert shown["members"][0]["clean"]["ok"] == 11
    assert any("part-004.png" in json.dumps(warning) for warning in shown["warnings"])


def test_a_changed_picture_is_left_out_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    source, target = (tmp_path / "parts" / "OK" / f"part-00{n}.png" for n in (0, 2))
    target.write_bytes(source.read_bytes())
    assert run(["audit", "--site", str(site.folder), "--no-cost", "--json"]) == Exit.WARNINGS
    warnings = json.loads(capsys.readouterr().out)["warnings"]
    assert any("part-002.png" in json.dumps(w) and "sha256" in json.dumps(w) for w in warnings)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs the immutable flag or a read-only mount, which only root can set")
def test_an_unwritable_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import subprocess

    site = write_whole_site(tmp_path)
    subprocess.run(["mount", "--bind", site.folder, site.folder], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", site.folder], check=True)
    try:
        line = fails(capsys, Exit.MACHINE, "audit", "--site", site.folder)
    finally:
        subprocess.run(["umount", site.folder], check=True)
    assert "cannot be written" in line


def test_a_site_that_another_audit_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from appliance.log.lock import site_lock

    site = write_whole_site(tmp_path)
    with site_lock(site.folder):
        line = fails(capsys, Exit.BUSY, "audit", "--site", site.folder)
    assert str(os.getpid()) in line


def test_a_log_of_a_newer_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    assert run(["audit", "--site", str(site.folder), "--no-cost"]) == Exit.OK
    capsys.readouterr()
    with sqlite3.connect(site.log_path) as conn:
        conn.execute(
            "INSERT INTO migrations (migration_set, name, applied_at) "
            "SELECT migration_set, 'from_the_future', applied_at FROM migrations LIMIT 1"
        )
    conn.close()
    before = site.log_path.read_bytes()
    for command in ("audit", "report"):
        assert "log.db" in fails(capsys, Exit.INPUT, command, "--site", site.folder)
    assert site.log_path.read_bytes() == before


def test_no_run_of_that_name_and_no_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    assert "inspect-eval audit" in fails(capsys, Exit.INPUT, "report", "--site", site.folder)
    assert run(["audit", "--site", str(site.folder), "--no-cost"]) == Exit.OK
    capsys.readouterr()
    fails(capsys, Exit.USAGE, "report", "nonsense", "--site", site.folder)


def test_an_error_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "--site", str(tmp_path), "--json"]) == Exit.USAGE
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["code"] == 2
    assert error["file"].endswith("site.toml")
    assert error["mend"]
    assert error["what"] == "no site here"


def test_a_hostile_name_cannot_write_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "a\x1b[31mb\nc"
    folder.mkdir()
    line = fails(capsys, Exit.USAGE, "audit", "--site", folder)
    assert "\x1b" not in line


def test_severity_out_of_range(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path, audit={"conditions": [{"name": "jpeg", "severity": 900.0}]})
    assert "jpeg" in fails(capsys, Exit.USAGE, "audit", "--site", site.folder)


def test_check_warns_of_a_part_left_out_and_refuses_an_unknown_suite(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = write_whole_site(tmp_path)
    (tmp_path / "parts" / "OK" / "part-004.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert run(["check", "--site", str(site.folder)]) == Exit.WARNINGS
    assert "part-004.png" in capsys.readouterr().out
    site = write_whole_site(tmp_path / "other", audit={"conditions": [], "suite": "defalt"})
    assert run(["check", "--site", str(site.folder)]) == Exit.USAGE
    assert "no suite 'defalt'" in capsys.readouterr().out


def test_version_and_help_without_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == Exit.OK
    assert capsys.readouterr().out.startswith("inspect-eval ")
    assert run([]) == Exit.OK
    assert "Commands:" in capsys.readouterr().out


def test_two_families_in_one_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pictures(tmp_path / "parts")
    write_models(tmp_path / "models")
    write_model(tmp_path / "models" / "other-x.onnx", 1.0, 4, classes=5)
    given = ["init", "--parts", tmp_path / "parts", "--family", tmp_path / "models", "--site", tmp_path / "site"]
    line = fails(capsys, Exit.INPUT, *given)
    assert "cannot be one family" in line
    assert "folder of its own" in line
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("make", [hostile.custom_operator, hostile.weights_above, hostile.endless_loop])
def test_a_hostile_model(tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], Path]) -> None:
    """Refused by `init` in one line, and by an audit whose manifest vouches for it."""
    site = write_whole_site(tmp_path)
    bad = make(tmp_path / "hostile")
    given = ["init", "--parts", tmp_path / "parts", "--family", bad.parent, "--site", tmp_path / "second"]
    assert hostile.HOSTILE[make] in fails(capsys, Exit.INPUT, *given)
    model = tmp_path / "models" / "bright-s.onnx"
    before = hashlib.sha256(model.read_bytes()).hexdigest()
    model.write_bytes(bad.read_bytes())
    after = hashlib.sha256(model.read_bytes()).hexdigest()
    site.card_path.write_text(site.card_path.read_text().replace(before, after))
    assert "bright-s.onnx" in fails(capsys, Exit.INPUT, "audit", "--site", site.folder)
    assert not site.log_path.exists()
