import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from appliance.errors import Exit, InputRefused, InspectError, MachineFailed
from appliance.log.copying import faults
from appliance.log.log import Log
from appliance.log.types import Warn
from tests.log.build import COST, audit


def _one_line(error: InspectError) -> str:
    assert "\n" not in str(error)
    assert error.mend
    assert error.file.endswith("log.db")
    return error.what


@pytest.mark.parametrize("opening", [Log.open, Log.open_read])
@pytest.mark.parametrize("content", [b"not a database at all, only text" * 40, os.urandom(8192)])
def test_a_file_that_is_no_database(tmp_path: Path, opening: Callable[[Path], Log], content: bytes) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(content)
    with pytest.raises(InputRefused) as refused:
        opening(path)
    assert _one_line(refused.value) == "is not a log"
    assert path.read_bytes() == content


@pytest.mark.parametrize("opening", [Log.open, Log.open_read])
def test_a_database_of_another_program_is_left_alone(tmp_path: Path, opening: Callable[[Path], Log]) -> None:
    path = tmp_path / "log.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE invoices (id)")
    before = path.read_bytes()
    with pytest.raises(InputRefused) as refused:
        opening(path)
    assert _one_line(refused.value) == "is a database of another program, not a log"
    assert path.read_bytes() == before


@pytest.mark.parametrize("opening", [Log.open, Log.open_read])
def test_a_log_of_a_newer_version_is_refused_by_name(tmp_path: Path, opening: Callable[[Path], Log]) -> None:
    path = tmp_path / "log.db"
    with Log.open(path) as log:
        log.connection.execute("INSERT INTO migrations (migration_set, name, applied_at) VALUES ('log', 'lots', '')")
    with pytest.raises(InputRefused) as refused:
        opening(path)
    assert _one_line(refused.value) == "the log was written by a newer version (schema lots)"


@pytest.mark.parametrize("opening", [Log.open, Log.open_read])
def test_a_damaged_log_says_so(tmp_path: Path, opening: Callable[[Path], Log]) -> None:
    path = tmp_path / "log.db"
    with Log.open(path) as log:
        audit(parts=2000).fill(log)
    data = bytearray(path.read_bytes())
    data[100:] = os.urandom(len(data) - 100)  # the header still says that it is a log
    path.write_bytes(data)
    with pytest.raises(MachineFailed) as failed:
        opening(path)
    assert _one_line(failed.value) == "the log is damaged"


def test_a_cut_log_says_so(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with Log.open(path) as log:
        audit(parts=2000).fill(log)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 // 4096 * 4096)
    for opening in (Log.open, Log.open_read):
        with pytest.raises(MachineFailed, match="the log is damaged"):
            opening(path)


def test_a_damaged_cell_is_named(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with Log.open(path) as log:
        audit().fill(log)
        log.connection.execute("UPDATE outcomes SET packed = substr(packed, 1, 40) WHERE cell = 1")
        with pytest.raises(MachineFailed, match="outcomes of run 20261124-020000-0001, m0, clean are damaged"):
            log.outcomes("last", "m0", "clean")


DAMAGE = {
    "UPDATE runs SET state = 'asleep'": "a run",
    "UPDATE runs SET seed = 'many'": "a run",
    "UPDATE runs SET seconds = 'long'": "a run",
    "UPDATE configs SET config = '{'": "a run",
    "UPDATE environments SET environment = '[]'": "a run",
    "UPDATE members SET params = 'many'": "a member",
    "UPDATE members SET card = x'00'": "a member",
    "UPDATE conditions SET severity = 'strong'": "a condition",
    "UPDATE parts SET ng = 7": "a part",
    "UPDATE parts SET width = 'wide' WHERE position = 3": "a part",
    "UPDATE costs SET p90 = 'slow'": "a cost",
    "UPDATE warnings SET what = x'07'": "a warning",
}


@pytest.mark.parametrize("harm", DAMAGE)
def test_a_damaged_row_is_named(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "log.db"
    with Log.open(path) as log:
        given = audit()
        given.fill(log)
        log.add_costs(given.head.run, [COST])
        log.add_warnings(given.head.run, [Warn("part", "unreadable")])
        log.read_run("last")
        log.connection.execute(harm)
        with pytest.raises(MachineFailed) as failed:
            log.read_run("last")
    assert DAMAGE[harm] in str(failed.value) or "neither 0 nor 1" in str(failed.value)
    assert _one_line(failed.value).startswith("the log is damaged: ")


def test_a_fault_of_ours_is_not_called_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> list[object]:
        raise TypeError("a fault of ours")

    with Log.open(tmp_path / "log.db") as log:
        monkeypatch.setattr("appliance.log.read.briefs", wrong)
        with pytest.raises(TypeError, match="a fault of ours"):
            log.runs()


@pytest.mark.parametrize("opening", [Log.open, Log.open_read])
def test_a_folder_that_is_not_there_or_is_a_file(tmp_path: Path, opening: Callable[[Path], Log]) -> None:
    for path in (tmp_path / "none" / "log.db", tmp_path):
        with pytest.raises(InspectError) as failed:
            opening(path)
        assert failed.value.code in (Exit.INPUT, Exit.MACHINE)
        assert "\n" not in str(failed.value)


def test_an_empty_file_becomes_a_log(tmp_path: Path) -> None:
    (tmp_path / "log.db").touch()
    with pytest.raises(InputRefused, match="older version"):
        Log.open_read(tmp_path / "log.db")
    with Log.open(tmp_path / "log.db", create=False) as log:
        assert log.runs() == []


def test_it_is_durable_and_marked_as_ours(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "application_id", "auto_vacuum")
        found = [log.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
        assert found == ["wal", 2, 1, 0x494E5350, 2]
        assert faults(log.connection, full=True) == []


def test_views_are_there_for_any_sql_tool(tmp_path: Path) -> None:
    given = audit(parts=30, members=2, cells=6)
    with Log.open(tmp_path / "log.db") as log:
        given.fill(log)
    with closing(sqlite3.connect(tmp_path / "log.db")) as plain:
        plain.row_factory = sqlite3.Row
        counts = {v: plain.execute(f"SELECT count(*) FROM {v}").fetchone()[0] for v in ("v_runs", "v_cells", "v_parts")}
        assert counts == {"v_runs": 1, "v_cells": 12, "v_parts": 30}
        member = dict(plain.execute("SELECT * FROM v_members WHERE member = 'm0'").fetchone())
        cells = [dict(row) for row in plain.execute("SELECT * FROM v_cells WHERE member = 'm0'")]
    perturbed = [cell["accuracy"] for cell in cells if cell["condition"] != "clean"]
    assert member["mean_accuracy"] == pytest.approx(sum(perturbed) / len(perturbed))
    assert member["worst_accuracy"] == min(cell["accuracy"] for cell in cells)
    assert member["cells"] == 6
    assert cells[0]["condition"] == "clean"
    assert all(cell["drop_pp"] == pytest.approx(100 * (cells[0]["accuracy"] - cell["accuracy"])) for cell in cells)
