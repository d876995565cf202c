"""Whole nights on a small site: what they cover, find and say, and that nothing that fails is silent."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.audit.run import Step
from appliance.cli.main import run
from appliance.errors import Exit, InputRefused, Interrupted, MachineFailed, SiteBusy, UsageError
from appliance.language.again import again
from appliance.log.lock import site_lock
from appliance.log.log import Log
from appliance.log.types import Cell, Outcomes, RunState, RunTail
from appliance.site import Site
from appliance.watch.alerts import alerts
from appliance.watch.baselines import baseline, set_baseline
from appliance.watch.health import LEAST_FREE_MB
from appliance.watch.judge import judge_run
from appliance.watch.night import run_night
from appliance.watch.nights import NightState, nights, update_night
from appliance.watch.readings import kept_readings
from appliance.watch.status import read_status, write_status
from models.family import sha256_of
from tests.cli.sites import write_model, write_whole_site

QUIET: Callable[[Step], None] = lambda step: None  # noqa: E731 - a callback that says nothing


def site(folder: Path, **nightly: object) -> Site:
    return write_whole_site(folder, nightly={"cost": False, **nightly})


def night(here: Site) -> tuple[Exit, str]:
    result = run_night(here.folder, QUIET)
    return result.code, result.message


def test_a_quiet_night(tmp_path: Path) -> None:
    here = site(tmp_path)
    assert night(here) == (Exit.OK, "night 1: 9 of 9 cells covered; no alert")
    assert night(here) == (Exit.OK, "night 2: 9 of 9 cells covered; no alert")
    document = read_status(here.folder / "status.json")
    assert document is not None
    assert (document["exit_code"], document["night"]["covered_cells"], document["alerts"]) == (0, 9, [])
    assert document["verdict"]
    assert len(list((here.folder / "backups").iterdir())) in (1, 2)  # one a second at most
    assert len(list(here.reports.iterdir())) == 2
    metrics = (here.folder / "metrics.prom").read_text()
    assert 'inspect_eval_night_exit_code{site="site"} 0.0' in metrics
    assert 'inspect_eval_alerts{severity="warning",site="site",state="open"} 0.0' in metrics
    with Log.open_read(here.log_path) as log:
        chosen = baseline(log)
        assert chosen is not None
        readings = kept_readings(log, chosen.run)
    assert readings
    assert not any(reading.moved for reading in readings)  # the same parts, models and machine: nothing moved at all


def test_a_model_that_was_changed_is_named(tmp_path: Path) -> None:
    here = site(tmp_path)
    night(here)
    model = tmp_path / "models" / "bright-s.onnx"
    write_model(model, -4.0, 2)  # decides the other way round
    card = here.card_path.read_text()
    old = next(line for line in card.splitlines() if line.startswith("sha256")).split('"')[1]
    here.card_path.write_text(card.replace(old, sha256_of(model)))
    assert night(here)[0] == Exit.BREACH
    with Log.open_read(here.log_path) as log:
        found = {(alert.rule, alert.member, alert.condition): alert for alert in alerts(log)}
    drift = found["drift", "s", "clean"]
    assert "errors of s on clean parts rose from 0.0 % to 100.0 % of 24 parts" in drift.what
    assert "Model s has other weights." in drift.what
    assert drift.details["false_alarm_nights"]["ewma"] == pytest.approx(499.7, abs=0.1)
    assert drift.details["delay_nights"]["cusum"] == pytest.approx(10.4, abs=0.1)
    assert ("limit escape_rate", "s", "clean") in found
    assert ("moved", "", "") in found  # the pictures were the same
    assert {key[1] for key in found} == {"s", ""}
    told = [again(alert.what, "ja") for alert in found.values()]
    assert [text for text in told if re.search(r"[a-z]{3,} [a-z]{3,}", text)] == [], "an alert's shape has no Japanese"
    assert night(here)[1].endswith("0 new")  # the second night repeats nothing


def test_a_short_night_covers_everything_in_turn(tmp_path: Path) -> None:
    here = site(tmp_path)
    night(here)
    with Log.open(here.log_path) as log:  # as if the machine were slow: two conditions of three fit
        budget, parts = 600.0, 24
        plan = {**nights(log)[0].plan, "pace_s": (0.85 * budget - 5) / (2.5 * parts)}
        update_night(log, 1, plan=json.dumps(plan))
    assert night(here)[1] == "night 2: 6 of 9 cells covered; no alert"
    with Log.open(here.log_path) as log:
        plan = {**nights(log)[0].plan, "pace_s": (0.85 * budget - 5) / (2.5 * parts)}
        update_night(log, 2, plan=json.dumps(plan))
        assert nights(log)[0].plan["nights"] == 2
    assert night(here)[1] == "night 3: 6 of 9 cells covered; no alert"
    with Log.open_read(here.log_path) as log:
        second, third = (set(nights(log)[n].plan["conditions"]) for n in (1, 0))
        assert (len(second), len(third), second & third) == (1, 1, set())
        newest = log.read_run("last")
    assert newest.head.suite == "nightly"
    page = (here.reports / f"{newest.head.run}.html").read_text()
    assert "This night covers 1 of 2 perturbed conditions on all parts" in page


def test_limits_are_judged_on_the_last_answer_for_every_part(tmp_path: Path) -> None:
    here = write_whole_site(tmp_path, nightly={"cost": False}, limits={"escape_rate": 0.3, "overkill_rate": 0.3})
    night(here)
    with Log.open(here.log_path) as log:
        record = log.read_run("last")
        half = replace(record, head=replace(record.head, run="half"), parts=record.parts[6:18])  # 6 NG, 6 OK
        log.start_run(half.head, half.parts, half.members, half.conditions[:1])
        right = log.outcomes(record.head.run, "s", "clean")
        log.add_cells("half", [Cell("s", "clean", Outcomes(right.score[6:18], ~right.ng[6:18]))])
        log.finish_run("half", RunTail(RunState.DONE, "t", 1.0, "d"))
        judged = judge_run(here, log, "half", record.parts, note="", at="t")
    limits = {found.rule: found.details["value"] for found in judged.found if found.rule.startswith("limit")}
    assert limits == {"limit escape_rate": 0.5, "limit overkill_rate": 0.5}  # 6 of the 12 there are, not of 6 shown
    assert len(judged.summary.record.parts) == 12


def test_a_night_over_its_time_is_cut_and_judged(tmp_path: Path) -> None:
    here = site(tmp_path, budget_min=0.0001)
    code, message = night(here)
    assert "stopped at its time limit" in message
    with Log.open_read(here.log_path) as log:
        assert nights(log)[0].state is NightState.CUT
        assert nights(log)[0].covered_cells >= 3
    assert code in (Exit.OK, Exit.BREACH)


def test_a_killed_night_is_gone_on_with_at_once(tmp_path: Path) -> None:
    here = write_whole_site(
        tmp_path,
        nightly={"cost": False},
        audit={"conditions": [{"name": "jpeg", "severity": float(q)} for q in range(10, 90, 2)], "chunk": 2},
    )
    command = [sys.executable, "-c", "from appliance.cli import main; main()", "nightly", "--site", str(here.folder)]
    victim = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    done = _wait_for_cells(here, 6)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    with Log.open_read(here.log_path) as log:
        killed = log.runs()[0].run
        assert nights(log)[0].state is NightState.RUNNING
    assert done >= 6
    code, message = night(here)  # no lock is left, no child holds it
    assert (code, message) == (Exit.OK, "night 1: 123 of 123 cells covered; no alert")
    with Log.open_read(here.log_path) as log:
        assert [brief.run for brief in log.runs()] == [killed]
        assert len(nights(log)) == 1


def test_a_stop_is_in_the_status_file_and_is_gone_on_with(tmp_path: Path) -> None:
    here = site(tmp_path)

    def stop(step: Step) -> None:
        if step.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        run_night(here.folder, stop)
    document = read_status(here.folder / "status.json")
    assert document is not None
    assert (document["exit_code"], document["error"]["code"]) == (130, 130)
    with Log.open_read(here.log_path) as log:
        assert alerts(log) == []  # a person stopped it
        stopped = log.runs()[0].run
    assert night(here)[0] == Exit.OK
    with Log.open_read(here.log_path) as log:
        assert [brief.run for brief in log.runs()] == [stopped]


def _wait_for_cells(here: Site, count: int) -> int:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        if here.log_path.exists():
            try:
                with Log.open_read(here.log_path) as log:
                    if log.runs() and log.runs()[0].cells >= count:
                        return log.runs()[0].cells
            except InputRefused:
                pass  # the very first moment: no schema yet
        time.sleep(0.05)
    raise TimeoutError("the night never began")


def test_a_baseline_of_another_family_is_one_alert_and_no_stop(tmp_path: Path) -> None:
    here = site(tmp_path)
    night(here)
    with Log.open(here.log_path) as log:
        log.connection.execute("UPDATE runs SET family = 'other'")
    assert night(here)[0] == Exit.BREACH
    with Log.open_read(here.log_path) as log:
        (found,) = alerts(log)
    assert found.what.startswith("drift is not judged: the baseline")
    assert "is of family other, this run of bright" in found.what


def test_a_rule_of_the_site_decides(tmp_path: Path) -> None:
    rules = [
        {"rule": "limit", "of": "overkill_rate", "off": True},
        {"rule": "limit", "members": ["s"], "limit": 0.0, "nights": 2, "severity": "info", "owner": "Ada"},
        {"rule": "limit", "members": ["m"], "limit": 0.0, "conditions": ["jpeg*"]},
    ]
    here = write_whole_site(tmp_path, nightly={"cost": False}, alerts={"rules": rules}, limits={"escape_rate": "none"})
    picture = np.full((40, 48, 3), 100, np.uint8)
    cv2.imwrite(str(tmp_path / "parts/NG/part-001.png"), picture)  # a miss for everyone
    here.manifest_path.unlink()
    night(here)
    with Log.open_read(here.log_path) as log:
        first = [(alert.rule, alert.member, alert.condition) for alert in alerts(log)]
    assert first == [("limit escape_rate", "m", "jpeg@20")]
    night(here)
    with Log.open_read(here.log_path) as log:
        (s,) = [alert for alert in alerts(log) if alert.member == "s" and alert.condition == "clean"]
    assert (s.severity, s.owner, s.nights) == ("info", "Ada", 2)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('rules = [{rule = "tides"}]', "alerts.rules.0.rule = 'tides'"),
        ('rules = [{rule = "drift", limit = 3}]', "rule drift takes no limit"),
        ('rules = [{rule = "cost", nigths = 2}]', "unknown key alerts.rules.0.nigths"),
        ('quiet_hours = "late"', "write hours as 22:00-06:00"),
        ('least = "awful"', "alerts.least = 'awful'"),
    ],
)
def test_a_wrong_rule_is_one_line_in_the_status_file(tmp_path: Path, text: str, what: str) -> None:
    here = site(tmp_path)
    here.file.write_text(here.file.read_text() + "\n[alerts.mqtt]\n")
    here.file.write_text(here.file.read_text().replace("[alerts]", f"[alerts]\n{text}"))
    with pytest.raises(UsageError) as refused:
        run_night(here.folder, QUIET)
    document = read_status(here.folder / "status.json")
    assert document is not None
    assert what in document["message"]
    assert document["exit_code"] == Exit.USAGE
    assert document["error"]["mend"] == refused.value.mend


def test_a_timer_without_a_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["nightly", "--site", str(tmp_path)]) == Exit.USAGE
    assert capsys.readouterr().err.count("\n") == 1
    document = read_status(tmp_path / "status.json")
    assert document is not None
    assert document["error"]["what"] == "no site here"
    assert run(["nightly", "--site", str(tmp_path / "gone")]) == Exit.USAGE


def test_a_busy_site_keeps_its_status(tmp_path: Path) -> None:
    here = site(tmp_path)
    night(here)
    before = read_status(here.folder / "status.json")
    for expected in (0, 1):  # told only where it is so twice in a row
        with site_lock(here.folder), pytest.raises(SiteBusy):
            run_night(here.folder, QUIET)
        with Log.open_read(here.log_path) as log:
            assert len(alerts(log)) == expected
    assert read_status(here.folder / "status.json") == before


def test_no_space_is_named_before_the_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = site(tmp_path)
    monkeypatch.setattr("appliance.watch.health.free_mb", lambda folder: LEAST_FREE_MB - 1)
    with pytest.raises(MachineFailed, match=f"only {LEAST_FREE_MB - 1} MB free"):
        run_night(here.folder, QUIET)
    document = read_status(here.folder / "status.json")
    assert document is not None
    assert document["exit_code"] == Exit.MACHINE
    assert "metrics" not in document
    assert "inspect_eval_night_exit_code" in (here.folder / "metrics.prom").read_text()


def test_a_damaged_log_is_named(tmp_path: Path) -> None:
    here = site(tmp_path)
    night(here)
    here.log_path.write_bytes(os.urandom(20_000))
    with pytest.raises(InputRefused, match="is not a log"):
        run_night(here.folder, QUIET)
    document = read_status(here.folder / "status.json")
    assert document is not None
    assert "log restore" in document["error"]["mend"]


def test_a_fault_of_ours_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = site(tmp_path)
    monkeypatch.setattr("appliance.watch.night.judge_run", lambda *_, **__: {}["nothing"])
    with pytest.raises(MachineFailed, match="stopped by an error nobody planned for: KeyError"):
        run_night(here.folder, QUIET)
    with Log.open_read(here.log_path) as log:
        (found,) = alerts(log)
    assert (found.rule, found.severity) == ("health night", "critical")


def test_copies_that_cannot_be_written_are_an_alert_and_no_stop(tmp_path: Path) -> None:
    here = site(tmp_path, backups="taken")
    (here.folder / "taken").write_text("a file")
    assert night(here)[0] == Exit.BREACH
    with Log.open_read(here.log_path) as log:
        (found,) = alerts(log)
    assert found.rule == "health backup"
    assert "cannot be written" in found.what


def test_a_clock_that_was_set_back_is_told(tmp_path: Path) -> None:
    here = site(tmp_path)
    night(here)
    ahead = (datetime.now(UTC) + timedelta(days=3650)).isoformat()
    with Log.open(here.log_path) as log:
        log.connection.execute("UPDATE runs SET started = ?", (ahead,))
    night(here)
    with Log.open_read(here.log_path) as log:
        (found,) = alerts(log)
        assert len(log.runs()) == 2
    assert "the clock was set back" in found.what


def test_retention_keeps_baselines_and_counts_files(tmp_path: Path) -> None:
    here = site(tmp_path, keep_runs=1, keep_days=1, keep_reports=1, keep_backups=1)
    night(here)
    with Log.open(here.log_path) as log:
        set_baseline(log, "last", at="t", who="Ada")
        log.connection.execute("UPDATE runs SET started = '2020-01-01T00:00:00+00:00'")
    night(here)
    with Log.open(here.log_path) as log:
        log.connection.execute("UPDATE runs SET started = '2020-01-01T00:00:00+00:00'")
        first = log.runs()[-1].run
    night(here)
    with Log.open_read(here.log_path) as log:
        assert [brief.run for brief in log.runs()][-1] == first
        assert len(log.runs()) == 2
    assert len(list(here.reports.iterdir())) <= 2
    assert len(list((here.folder / "backups").iterdir())) == 1


def test_incoming_pictures_are_judged_and_a_broken_one_costs_itself(tmp_path: Path) -> None:
    here = site(tmp_path, incoming="incoming")
    folder = here.folder / "incoming"
    folder.mkdir()
    draw = np.random.default_rng(1)
    for i in range(60):
        cv2.imwrite(str(folder / f"{i:03d}.png"), np.clip(draw.normal(90, 12, (40, 48, 3)), 0, 255).astype(np.uint8))
    (folder / "broken.png").write_bytes(b"\x89PNG but no more")
    result = run_night(here.folder, QUIET)
    line = result.document["incoming"]
    assert (line["pictures"], line["refused"]) == (61, 1)
    assert [member["pictures"] for member in line["members"]] == [60, 60, 60]
    assert "no profile" in line["members"][0]["guess"]["why_not"]
    assert json.loads((here.folder / "status.json").read_text())["incoming"]["members"][0]["guess"]["accuracy"] is None
    assert run(["nightly", "--incoming", "--site", str(here.folder)]) == Exit.OK  # nothing new


def test_incoming_without_a_folder_is_told_and_stops_nothing(tmp_path: Path) -> None:
    here = site(tmp_path, incoming="gone")
    code, message = night(here)
    assert code == Exit.BREACH
    assert "9 of 9 cells covered" in message
    with Log.open_read(here.log_path) as log:
        assert "the folder of incoming pictures is not there" in alerts(log)[0].what


def test_the_failure_handler_speaks_for_a_unit_that_could_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = site(tmp_path)
    night(here)
    monkeypatch.setenv("MONITOR_UNIT", "inspect-eval-site-nightly.service")
    monkeypatch.setenv("MONITOR_SERVICE_RESULT", "exit-code")
    monkeypatch.setenv("MONITOR_EXIT_STATUS", "4")
    assert run(["nightly", "--failed", "--site", str(here.folder)]) == Exit.OK
    document = read_status(here.folder / "status.json")
    assert document is not None
    assert document["exit_code"] == 0  # the night had said so itself
    monkeypatch.setenv("MONITOR_SERVICE_RESULT", "oom-kill")
    assert run(["nightly", "--failed", "--site", str(here.folder)]) == Exit.OK
    document = read_status(here.folder / "status.json")
    assert document is not None
    assert "inspect-eval-site-nightly.service ran out of memory" in document["message"]


def test_passwords_of_channels_are_not_in_the_log(tmp_path: Path) -> None:
    here = write_whole_site(
        tmp_path, nightly={"cost": False}, alerts={"urls": ["mailto://user:s3cret@127.0.0.1:1/?to=a@b.c"]}
    )
    night(here)
    assert b"s3cret" not in here.log_path.read_bytes()
    assert "s3cret" not in (here.folder / "status.json").read_text()


def test_a_full_disk_still_says_so_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "status.json"
    write_status(path, {"exit_code": 0, "message": "fine", "alerts": [{}] * 10})
    inode = path.stat().st_ino

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    write_status(path, {"exit_code": 4, "message": "no space", "alerts": [{}] * 10})
    document = read_status(path)
    assert document == {"exit_code": 4, "message": "no space"}
    assert path.stat().st_ino == inode
