"""What `calibrate` says it changed in site.toml is what differs in site.toml, old and new."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from appliance.calibrate.changes import Change, changes
from appliance.cli.main import run
from appliance.errors import Exit
from appliance.report.terminal_calibration import print_changes
from appliance.sections.calibration import CalibrationSection, ShownSection
from tests.calibration.test_command import write_line
from tests.cli.sites import write_whole_site


def shown(name: str, p99: float) -> ShownSection:
    return ShownSection(name=name, unit="mm", pictures=9, p50=0.5, p90=1.0, p99=p99)


def test_changed_new_and_gone_keys_are_told_and_others_are_not() -> None:
    before = CalibrationSection(pictures=16, days=3, shown=(shown("defocus", 2.0), shown("tilt", 1.5)))
    after = CalibrationSection(pictures=18, days=3, shown=(shown("defocus", 3.0), shown("shift", 1.5)))
    found = {change.key: (change.old, change.new) for change in changes(before, after)}
    assert found.pop("calibration.pictures") == (16, 18)
    assert found.pop("calibration.shown.defocus.p99") == (2.0, 3.0)
    assert found["calibration.shown.shift.p50"] == (None, 0.5)
    assert found["calibration.shown.tilt.p50"] == (0.5, None)
    assert {key.split(".")[2] for key in found} == {"shift", "tilt"}
    assert changes(after, after) == ()
    assert Change("calibration.pictures", 16, 18) in changes(before, after)


def test_a_perturbation_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    before = CalibrationSection(pictures=16, shown=(shown("defocus", 2.0), shown("tilt", 1.5)))
    after = CalibrationSection(pictures=18, shown=(shown("defocus", 3.0), shown("shift", 1.5)))
    print_changes(changes(before, after), written=True)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  calibration.pictures: 16 -> 18",
        "  calibration.shown.defocus: p99 2 -> 3",
        "  calibration.shown.shift: new, p50 0.5, p90 1, p99 1.5",
        "  calibration.shown.tilt: gone",
    ]
    print_changes((), written=True)
    assert "the same as before" in capsys.readouterr().out


def plain(file: Path) -> dict[str, Any]:
    """[calibration] as it stands in the file, rows by name."""
    table = tomllib.loads(file.read_text("utf-8")).get("calibration", {})
    rows = {f"shown.{row['name']}.{key}": row[key] for row in table.get("shown", []) for key in row if key != "name"}
    return {f"calibration.{key}": value for key, value in {**table, **rows}.items() if key != "shown"}


def test_the_command_tells_old_and_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_whole_site(tmp_path)
    here, line = ["--site", str(site.folder)], tmp_path / "line"
    write_line(line)
    assert run(["calibrate", str(line), "--dry-run", *here]) == Exit.OK
    assert "site.toml is as it was" in capsys.readouterr().out
    assert run(["calibrate", str(line), *here]) == Exit.OK
    said, first = capsys.readouterr().out, plain(site.file)
    assert "Changed in site.toml, old -> new:\n" in said
    assert "  calibration.pictures: 0 -> 16\n" in said
    assert re.search(r"  calibration\.shown\.intensity: new, p50 [\d.]+, p90 [\d.]+, p99 0\.\d+\n", said)
    (line / "day-03.png").unlink()
    assert run(["calibrate", str(line), "--json", *here]) == Exit.OK
    told = {row["key"]: (row["old"], row["new"]) for row in json.loads(capsys.readouterr().out)["changed"]}
    then = plain(site.file)
    assert told["calibration.pictures"] == (16, 15)
    differ = {key for key in first.keys() | then.keys() if first.get(key) != then.get(key)}
    assert told.keys() == differ
    assert all(told[key] == (first.get(key), then.get(key)) for key in differ if not key.endswith(".shares"))
