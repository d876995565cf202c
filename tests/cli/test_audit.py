"""The commands on a whole small site: exit codes, JSON contract, resume, report."""

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from appliance.cli.main import run
from appliance.errors import Exit
from appliance.log.connect import connect
from appliance.log.schema import MIGRATIONS, database
from tests.cli.sites import write_whole_site

COMMANDS = ("demo", "init", "check", "audit", "report", "runs", "compare", "perturb", "models")


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return json.loads(capsys.readouterr().out)


def test_json_contract_and_the_same_digest_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    assert run(["audit", "--site", str(site.folder), "--no-cost", "--json"]) == Exit.OK
    first = answer(capsys)
    assert {"run", "digest", "members", "warnings"} <= set(first)
    for member in first["members"]:
        assert {"name", "params", "macs", "clean", "mean_drop", "worst", "flip_rate"} <= set(member)
        assert {"ok", "ng", "escapes", "overkills", "accuracy"} <= set(member["clean"])
        assert set(member["worst"]) >= {"condition", "accuracy"}
    assert [m["name"] for m in first["members"]] == ["s", "m", "l"]
    clean = first["members"][0]["clean"]
    assert [clean[k] for k in ("ok", "ng", "escapes", "overkills", "accuracy")] == [12, 12, 0, 0, 1.0]
    assert run(["audit", "--site", str(site.folder), "--no-cost", "--json", "--workers", "1"]) == Exit.OK
    assert answer(capsys)["digest"] == first["digest"]


def test_a_breached_limit_is_exit_1_and_so_is_runs_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path, limits={"escape_rate": 0.01})
    assert run(["audit", "--site", str(site.folder), "--no-cost", "--json"]) == Exit.BREACH
    first = answer(capsys)
    assert run(["runs", "show", "last", "--site", str(site.folder), "--json"]) == Exit.BREACH
    assert answer(capsys) == first


def test_runs_report_and_cost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path, cost={"seconds_per_member": 0.2})
    assert run(["audit", "--site", str(site.folder)]) == Exit.OK
    table = capsys.readouterr().out
    for name in ("s", "m", "l"):
        assert f" {name} " in table
    assert run(["runs", "list", "--site", str(site.folder)]) == Exit.OK
    assert "done" in capsys.readouterr().out
    assert run(["report", "--site", str(site.folder), "--out", str(tmp_path / "page.html")]) == Exit.OK
    page = (tmp_path / "page.html").read_text()
    assert "data:image/jpeg" in page or "no part" in page.lower()
    assert "http://" not in page.replace("http://www.w3.org", "")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_report_of_what_the_log_keeps_is_the_same_page_as_one_worked_out_anew(tmp_path: Path, language: str) -> None:
    site = write_whole_site(tmp_path, audit={"conditions": [], "suite": "quick"})
    assert run(["audit", "--site", str(site.folder), "--no-cost"]) in (Exit.OK, Exit.BREACH)
    pages = []
    for keep in (True, False):
        with closing(connect(site.log_path, "rw")) as conn:
            kinds = {row[0] for row in conn.execute("SELECT kind FROM documents")}
            assert {"summary", "curves/macs", "laws/macs"} <= kinds
            if not keep:
                conn.execute("DELETE FROM documents")
        page = tmp_path / f"{keep}.html"
        assert run(["report", "--site", str(site.folder), "--out", str(page), "--lang", language]) == Exit.OK
        pages.append(page.read_bytes())
    assert pages[0] == pages[1]


def test_check_in_a_site_and_outside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    assert run(["check", "--site", str(site.folder), "--json"]) == Exit.OK
    found = answer(capsys)
    assert {"runtimes", "devices", "findings"} <= set(found)
    assert {finding["level"] for finding in found["findings"]} <= {"ok", "safe", "note"}
    assert run(["check", "--site", str(tmp_path)]) == Exit.WARNINGS
    capsys.readouterr()
    (tmp_path / "models" / "bright-s.onnx").unlink()
    assert run(["check", "--site", str(site.folder)]) == Exit.INPUT


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == Exit.OK
    assert "Usage:" in capsys.readouterr().out


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from appliance.cli.main import run; run(['--help']);"
        "heavy = {'numpy', 'cv2', 'onnx', 'onnxruntime', 'scipy', 'albumentations', 'pydantic', 'sqlite_utils'};"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_log_of_an_older_version_is_upgraded_when_it_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = write_whole_site(tmp_path)
    with closing(connect(site.log_path, "rwc")) as conn:
        MIGRATIONS.apply(database(conn), stop_before="cost_records")
    assert run(["runs", "list", "--site", str(site.folder)]) == Exit.OK
    assert "upgraded, and a copy kept" in capsys.readouterr().err
    assert site.log_path.with_name("log.db.before-cost_records").exists()
    assert run(["runs", "list", "--site", str(site.folder)]) == Exit.OK
    assert capsys.readouterr().err == ""
