"""`inspect-eval cost` as a user meets it: a short real measurement, its log and report, every mistake in one line."""

import json
from pathlib import Path

import pytest

from appliance.cli.main import run
from appliance.cost.record import read_cost_record, write_cost_record
from appliance.errors import Exit
from tests.cli.sites import write_model, write_whole_site
from tests.cost.build import record, row

QUICK = ("--seconds", "1", "--takt", "0.05")


def cost(site: Path, *arguments: str | Path) -> int:
    return run(["cost", "--site", str(site), *map(str, arguments)])


def error(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error that is no progress."""
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith(("cost ", "audit "))]
    assert len(lines) == 1, lines
    return lines[0]


def test_a_site_is_measured_logged_exported_and_shown_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    out = tmp_path / "cost.json"
    assert cost(site.folder, *QUICK, "--export", out, "--json") == Exit.OK
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "inspect-eval/cost-record"
    assert {r["member"] for r in document["rows"]} == {"s", "m", "l"}
    assert {r["load"] for r in document["rows"]} == {"closed", "paced", "saturate"}
    written = read_cost_record(out)
    assert {r.rounds for r in written.rows if r.load != "closed" or r.batch == 1} == {2}
    assert all(set(r.stages_ms) >= {"decode", "copy in", "infer", "verdict"} for r in written.rows)
    assert cost(site.folder, "--record", "last", "--against", out) == Exit.OK
    text = capsys.readouterr().out
    assert "within the noise" in text or "not valid" in text


def test_a_report_takes_the_record_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    assert run(["audit", "--site", str(site.folder), "--no-cost", "--workers", "1"]) in (Exit.OK, Exit.BREACH)
    assert cost(site.folder, *QUICK, "--load", "closed", "--rounds", "1") == Exit.OK
    assert run(["report", "--site", str(site.folder), "--no-pictures"]) == Exit.OK
    page = next(site.reports.glob("*.html")).read_text()
    assert "Latency of one part under each load" in page
    capsys.readouterr()
    assert run(["law", "--site", str(site.folder), "--axis", "p99"]) in (Exit.OK, Exit.USAGE)


def test_a_model_that_is_not_the_manifests_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    write_model(tmp_path / "models" / "bright-m.onnx", 4.0, 9)  # not the file that family.toml names
    assert cost(site.folder, *QUICK) == Exit.INPUT
    assert "sha256" in error(capsys)


MISTAKES = {
    ("--takt", "0"): "a takt of 0 s cannot be paced",
    ("--takt", "0.2", "--jitter", "100"): "parts would overtake each other",
    ("--jitter", "-5"): "a jitter of -0.005 s",
    ("--cameras", "0"): "0 cameras",
    ("--deadline", "-1"): "a deadline of -0.001 s",
    ("--load", "flat-out"): "there is no load 'flat-out' (use closed, paced, saturate or all)",
    ("--member", "q"): "there is no member q (the family has s, m, l)",
    ("--seconds", "0"): "0 seconds a member",
    ("--rounds", "0"): "0 rounds",
    ("--acceptance", "--seconds", "3"): "both say how long",
    ("--provider", "abacus"): "there is no provider 'abacus'",
    ("--export", "/no/such/folder/x.json"): "there is no such folder",
}


@pytest.mark.parametrize("arguments", MISTAKES)
def test_a_mistake_is_one_line_and_nothing_is_measured(
    arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = write_whole_site(tmp_path)
    assert cost(site.folder, *arguments) == Exit.USAGE
    assert MISTAKES[arguments] in error(capsys)
    assert not site.log_path.exists()


def test_a_line_that_cannot_be_in_site_toml(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    site.file.write_text(site.file.read_text().replace("[line]", "[line]\njitter_ms = 800.0"))
    assert cost(site.folder) == Exit.USAGE
    assert "line.jitter_ms = 800.0: parts would overtake each other" in error(capsys)


def test_a_foreign_record_and_one_of_other_conditions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours, other = tmp_path / "a.json", tmp_path / "b.json"
    write_cost_record(record(), ours)
    other.write_text('{"schema": "their/benchmark", "rows": []}')
    assert run(["cost", "--record", str(other)]) == Exit.INPUT
    assert "is not a cost record: its schema is 'their/benchmark'" in error(capsys)
    write_cost_record(record(row(threads=8)), other)
    assert run(["cost", "--record", str(ours), "--against", str(other)]) == Exit.USAGE
    assert "different conditions: s threads 8 / 2" in error(capsys)
    assert run(["cost", "--record", str(ours), "--against", str(other), "--anyway"]) == Exit.OK
    assert "within the noise" in capsys.readouterr().out


def test_no_cost_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    assert cost(site.folder, "--record", "last") == Exit.INPUT
    assert "no cost has been measured here yet" in error(capsys)


def test_a_machine_too_busy_for_an_acceptance_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.cost.site.foreign_now", lambda: 0.93)
    site = write_whole_site(tmp_path)
    assert cost(site.folder, "--acceptance") == Exit.MACHINE
    assert "too busy to measure: other work takes 93% of the cores" in error(capsys)
