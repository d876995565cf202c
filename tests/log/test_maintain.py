import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.errors import InputRefused, InspectError, MachineFailed, UsageError
from appliance.log.check import Level, check
from appliance.log.digest import run_digest
from appliance.log.log import Log
from appliance.log.maintain import Retention, backup, prune, restore
from appliance.log.types import RunState, RunTail
from tests.log.build import DONE, Audit, audit

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def _log(path: Path, *runs: str) -> Path:
    with Log.open(path) as log:
        for run in runs:
            _fill(log, audit(run))
    return path


def _fill(log: Log, given: Audit) -> None:
    given.fill(log)
    log.finish_run(given.head.run, replace(DONE, digest=run_digest(log, given.head.run)))


def _runs(path: Path) -> list[str]:
    with Log.open_read(path) as log:
        return [brief.run for brief in log.runs()]


def test_a_backup_is_one_sound_file(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with Log.open(path) as log:
        audit("one").fill(log)
        backup(path, tmp_path / "copy.db")  # the writer has it open, its pages are still in the write-ahead log
        audit("two").fill(log)
    assert _runs(tmp_path / "copy.db") == ["one"]
    assert check(tmp_path / "copy.db") == []
    assert not list(tmp_path.glob("*copy.db?*"))


def test_backup_says_what_it_cannot_do(tmp_path: Path) -> None:
    path = _log(tmp_path / "log.db", "one")
    with pytest.raises(UsageError, match="its own backup"):
        backup(path, path)
    with pytest.raises(InputRefused, match="there is no log"):
        backup(tmp_path / "none.db", tmp_path / "copy.db")
    with pytest.raises(MachineFailed):
        backup(path, tmp_path / "none" / "copy.db")
    assert not [p for p in tmp_path.iterdir() if not p.name.startswith("log.db")]


def test_a_backup_of_a_damaged_log_keeps_the_older_backup(tmp_path: Path) -> None:
    path = _log(tmp_path / "log.db", "one")
    backup(path, tmp_path / "copy.db")
    _spoil(path)
    with pytest.raises(InspectError, match="damaged"):
        backup(path, tmp_path / "copy.db")
    assert _runs(tmp_path / "copy.db") == ["one"]


def _spoil(path: Path) -> None:
    """Every page but the first loses its head; the file still begins as a log does."""
    with path.open("r+b") as file:
        for page in range(4096, path.stat().st_size, 4096):
            file.seek(page)
            file.write(b"\xff" * 16)


def test_restore_onto_an_empty_machine(tmp_path: Path) -> None:
    backup(_log(tmp_path / "log.db", "one"), tmp_path / "copy.db")
    site = tmp_path / "site"
    site.mkdir()
    assert restore(tmp_path / "copy.db", site / "log.db") is None
    assert _runs(site / "log.db") == ["one"]
    with Log.open(site / "log.db") as log:
        audit("two").fill(log)


def test_restore_over_a_log_that_is_open_keeps_what_was(tmp_path: Path) -> None:
    path = _log(tmp_path / "log.db", "one")
    backup(path, tmp_path / "copy.db")
    with Log.open(path) as log, Log.open_read(path) as reader:
        audit("two").fill(log)
        kept = restore(tmp_path / "copy.db", path)
        assert [brief.run for brief in reader.runs()] == ["one"]
        audit("three").fill(log)
    assert kept is not None
    assert _runs(kept) == ["two", "one"]
    again = restore(kept, path)  # and back: the copy restored from is not itself overwritten
    assert _runs(path) == _runs(kept) == ["two", "one"]
    assert again is not None
    assert _runs(again) == ["three", "one"]
    assert check(path) == []


@pytest.mark.parametrize("harm", ["spoilt", "text", "empty"])
def test_restore_over_a_damaged_log(tmp_path: Path, harm: str) -> None:
    path = _log(tmp_path / "log.db", "one")
    backup(path, tmp_path / "copy.db")
    if harm == "spoilt":
        _spoil(path)
    else:
        path.write_bytes(b"text " * 2000 if harm == "text" else b"")
    before = path.read_bytes()
    path.with_name("log.db-journal").write_bytes(b"left over")
    kept = restore(tmp_path / "copy.db", path)
    assert _runs(path) == ["one"]
    assert check(path, full=True) == []
    assert kept is not None
    assert kept.read_bytes() == before
    assert not path.with_name("log.db-journal").exists()


def test_a_damaged_copy_changes_nothing(tmp_path: Path) -> None:
    path = _log(tmp_path / "log.db", "one")
    backup(path, tmp_path / "copy.db")
    _spoil(tmp_path / "copy.db")
    with pytest.raises(InspectError):
        restore(tmp_path / "copy.db", path)
    (tmp_path / "text.db").write_text("no")
    with pytest.raises(InputRefused):
        restore(tmp_path / "text.db", path)
    assert _runs(path) == ["one"]


def test_a_sound_log_has_no_findings(tmp_path: Path) -> None:
    path = _log(tmp_path / "log.db", "one", "two")
    assert check(path) == []
    assert check(path, full=True) == []


def test_an_unfinished_run_is_told_not_blamed(tmp_path: Path) -> None:
    path = _log(tmp_path / "log.db", "one")
    with Log.open(path) as log:
        audit("two").start(log)
        log.finish_run("two", RunTail(RunState.INTERRUPTED, "2026-11-24T02:01:00+00:00", 60.0))
    (found,) = check(path, full=True)
    assert (found.level, found.what) == (Level.INFO, "run two is interrupted, 0 of 12 cells finished")
    assert "--resume" in found.mend


HARM = {
    "a decision": "UPDATE cells SET escapes = escapes + 1 WHERE id = 1",
    "a count": "UPDATE cells SET accuracy = 0.5 WHERE id = 1",
    "a blob": "UPDATE outcomes SET packed = zeroblob(length(packed)) WHERE cell = 1",
    "a lost blob": "DELETE FROM outcomes WHERE cell = 1",
    "a swap": "UPDATE members SET sha256 = 'x' WHERE name = 'm0'",
    "a lost cell": "DELETE FROM cells WHERE id = 2",
}


@pytest.mark.parametrize("harm", HARM)
def test_full_check_sees_what_the_pages_cannot_tell(tmp_path: Path, harm: str) -> None:
    path = _log(tmp_path / "log.db", "one")
    with Log.open(path) as log:
        log.connection.execute(HARM[harm])
    assert check(path) == []
    found = check(path, full=True)
    assert found
    assert all(f.level is Level.ERROR for f in found)
    assert all(f.mend for f in found)


def test_quick_check_sees_broken_pages_and_lost_parents(tmp_path: Path) -> None:
    path = _log(tmp_path / "log.db", "one")
    with Log.open(path) as log:
        log.connection.execute("PRAGMA foreign_keys = OFF")
        log.connection.execute("DELETE FROM runs")
    assert "has lost its runs" in check(path)[0].what
    _spoil(path)
    assert check(path)[0].level is Level.ERROR
    assert "restore" in check(path)[0].mend
    path.write_bytes(b"text " * 2000)
    assert "is not a log" in check(path)[0].what
    path.write_bytes(b"")
    assert "holds no log" in check(path)[0].what


def _nights(path: Path, started: list[str]) -> None:
    with Log.open(path) as log:
        for number, when in enumerate(started):
            given = audit(f"night{number:03d}", parts=500)
            _fill(log, replace(given, head=replace(given.head, started=when)))


def _days_ago(*days: int) -> list[str]:
    return [(NOW - timedelta(days=d)).isoformat(timespec="seconds") for d in days]


def test_retention_lets_go_what_is_neither_new_nor_young(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    _nights(path, _days_ago(50, 40, 30, 20, 10, 1))
    with Log.open(path) as log:
        size = path.stat().st_size
        assert prune(log, Retention(runs=2, days=25), now=NOW, keep=["night001"]) == ["night000", "night002"]
        assert [b.run for b in log.runs()] == ["night005", "night004", "night003", "night001"]
        assert prune(log, Retention(runs=2, days=25), now=NOW, keep=["night001"]) == []
        assert path.stat().st_size < size
    assert check(path, full=True) == []


def test_parts_go_with_their_last_run(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with Log.open(path) as log:
        old, new = audit("old", parts=20), audit("new", parts=30)
        old.fill(log)
        replace(new, head=replace(new.head, started=NOW.isoformat())).fill(log)
        prune(log, Retention(runs=1, days=0), now=NOW + timedelta(days=1))
        counted = [
            log.connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0]
            for t in ("part_sets", "parts", "outcomes")
        ]
        assert counted == [1, 30, 12]


@pytest.mark.parametrize("jump", [timedelta(days=3650), timedelta(days=-365), timedelta(hours=-1)])
def test_a_jump_of_the_clock_deletes_nothing_that_counting_keeps(tmp_path: Path, jump: timedelta) -> None:
    path = tmp_path / "log.db"
    _nights(path, _days_ago(*range(9, -1, -1)))
    with Log.open(path) as log:
        assert prune(log, Retention(runs=10, days=30), now=NOW + jump) == []
        assert prune(log, Retention(runs=0, days=0), now=NOW + timedelta(days=3650))[-1] == "night008"
        assert [b.run for b in log.runs()] == ["night009"]  # the newest always stays


def test_runs_written_while_the_clock_was_wrong_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    _nights(path, [*_days_ago(300), *_days_ago(-3650, 366, 0)])
    with Log.open(path) as log:
        assert prune(log, Retention(runs=3, days=100), now=NOW) == ["night000"]


def test_copying_the_live_file_is_what_backup_is_for(tmp_path: Path) -> None:
    """The trap: the file alone lacks what is in the write-ahead log."""
    path = tmp_path / "log.db"
    with Log.open(path) as log:
        audit("one").fill(log)
        shutil.copy(path, tmp_path / "plain.db")
        backup(path, tmp_path / "copy.db")
    assert (tmp_path / "plain.db").stat().st_size < (tmp_path / "copy.db").stat().st_size
    assert _runs(tmp_path / "copy.db") == ["one"]
