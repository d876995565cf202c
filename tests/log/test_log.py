import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.errors import InputRefused, UsageError
from appliance.log.log import Log
from appliance.log.types import Cell, Outcomes, RunState, RunTail, Warn
from tests.log.build import COST, DONE, audit


def test_a_run_comes_back_as_it_was_given(tmp_path: Path) -> None:
    given = audit()
    with Log.open(tmp_path / "log.db") as log:
        given.fill(log)
        log.add_costs(given.head.run, [COST])
        log.add_warnings(given.head.run, [Warn("part", "cannot be decoded", "OK/1.png", "take it out")])
    with Log.open_read(tmp_path / "log.db") as log:
        record = log.read_run("last")
        assert record.head == given.head
        assert record.tail == DONE
        assert record.parts == tuple(given.parts)
        assert record.members == tuple(given.members)
        assert record.conditions == tuple(given.conditions)
        assert record.cells == tuple((m.name, c.key) for c in given.conditions for m in given.members)
        assert record.costs == (COST,)
        assert record.warnings == (Warn("part", "cannot be decoded", "OK/1.png", "take it out"),)
        for member, condition, outcomes in log.all_outcomes("last"):
            wanted = given.cell(member, condition).outcomes
            assert np.array_equal(outcomes.score, wanted.score)
            assert np.array_equal(outcomes.ng, wanted.ng)


def test_the_newest_run_is_first_even_when_the_clock_went_back(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        for run, started in (("b", "2026-11-24"), ("c", "2036-01-01"), ("a", "2025-11-24")):
            given = audit(run)
            replace(given, head=replace(given.head, started=started)).fill(log)
        assert [brief.run for brief in log.runs()] == ["a", "c", "b"]
        assert log.read_run("last").head.run == "a"
        assert log.previous_run("a") == "c"
        assert log.previous_run("b") is None


def test_a_brief_counts_what_is_there(tmp_path: Path) -> None:
    given = audit(parts=20, members=2, cells=6)
    with Log.open(tmp_path / "log.db") as log:
        given.start(log)
        log.add_cells(given.head.run, given.cells("clean"))
        brief = log.runs()[0]
        assert (brief.parts, brief.members, brief.conditions, brief.cells) == (20, 2, 6, 2)
        assert (brief.state, brief.seconds, brief.digest) == (RunState.RUNNING, None, "")


def test_a_run_is_found_by_a_beginning_that_fits_no_other(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        for run in ("20261124-01", "20261124-012", "20261125-01", "%_"):
            audit(run).start(log)
        assert log.resolve("20261125") == "20261125-01"
        assert log.resolve("20261124-01") == "20261124-01"
        assert log.resolve("%") == "%_"
        with pytest.raises(UsageError, match="3 runs begin with"):
            log.resolve("2026")
        with pytest.raises(UsageError, match="no run 'x' in the log"):
            log.read_run("x")


def test_an_empty_log_has_no_last_run(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        assert log.runs() == []
        with pytest.raises(UsageError, match="no run 'last'"):
            log.read_run("last")


def test_only_a_run_of_the_same_plan_that_is_not_done_is_resumed(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        audit("one").fill(log)
        assert log.resumable("p" * 64) is None
        two = audit("two")
        two.start(log)
        assert log.resumable("p" * 64) == "two"
        assert log.resumable("q" * 64) is None
        log.add_cells("two", two.cells("clean"))
        log.finish_run("two", RunTail(RunState.INTERRUPTED, "2026-11-24T02:01:00+00:00", 60.0))
        assert log.resumable("p" * 64) == "two"
        assert log.finished_cells("two") == {("m0", "clean"), ("m1", "clean")}
        log.finish_run("two", DONE)
        assert log.resumable("p" * 64) is None
        assert log.runs()[0].state is RunState.DONE


def test_a_run_whose_process_was_killed_is_interrupted(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        audit("one").fill(log)
        audit("two").start(log)
        assert log.settle() == 1
        assert [brief.state for brief in log.runs()] == [RunState.INTERRUPTED, RunState.DONE]
        assert log.resumable("p" * 64) == "two"
        assert log.settle() == 0


def test_previous_is_of_the_same_family_and_parts_and_done(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        audit("one").fill(log)
        other = audit("two")
        replace(other, head=replace(other.head, family="screws")).fill(log)
        other = audit("three")
        replace(other, head=replace(other.head, parts_root="elsewhere")).fill(log)
        audit("four").start(log)
        audit("five").fill(log)
        assert log.previous_run("five") == "one"


def test_counts_leave_out_parts_that_were_not_scored(tmp_path: Path) -> None:
    given = audit(parts=6)  # labels NG OK OK NG OK OK
    score = np.array([1, 1, -1, -1, np.nan, np.nan], np.float32)
    cell = Cell("m0", "clean", Outcomes(score, score > 0), 0.5)
    with Log.open(tmp_path / "log.db") as log:
        given.start(log)
        log.add_cells(given.head.run, [cell])
        columns = "n, ok, ng, escapes, overkills, accuracy, seconds"
        assert log.connection.execute(f"SELECT {columns} FROM cells").fetchone() == (4, 2, 2, 1, 1, 0.5, 0.5)
        rates = log.connection.execute("SELECT escape_rate, overkill_rate, drop_pp FROM v_cells").fetchone()
        assert rates == (0.5, 0.5, 0.0)


def test_a_failed_cell_says_why_and_has_no_accuracy(tmp_path: Path) -> None:
    given = audit(parts=4)
    nothing = Outcomes(np.full(4, np.nan, np.float32), np.zeros(4, np.bool_))
    with Log.open(tmp_path / "log.db") as log:
        given.start(log)
        log.add_cells(given.head.run, [Cell("m0", "clean", nothing, failure="ran out of memory")])
        assert log.failures("last") == {("m0", "clean"): "ran out of memory"}
        assert log.finished_cells("last") == {("m0", "clean")}
        assert log.connection.execute("SELECT n, accuracy FROM cells").fetchone() == (0, None)


def test_cells_are_added_all_or_none(tmp_path: Path) -> None:
    given = audit()
    with Log.open(tmp_path / "log.db") as log:
        given.start(log)
        log.add_cells(given.head.run, [given.cell("m0", "clean")])
        with pytest.raises(sqlite3.IntegrityError):
            log.add_cells(given.head.run, [given.cell("m1", "clean"), given.cell("m0", "clean")])
        assert log.finished_cells("last") == {("m0", "clean")}
        with pytest.raises(ValueError, match="has 3 of 20 parts"):
            log.add_cells(
                given.head.run, [Cell("m1", "clean", Outcomes(np.zeros(3, np.float32), np.zeros(3, np.bool_)))]
            )
        with pytest.raises(UsageError, match="no run 'ghost'"):
            log.add_cells("ghost", given.cells("clean"))
        assert log.connection.execute("SELECT count(*) FROM outcomes").fetchone() == (1,)


def test_a_cell_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        audit().start(log)
        with pytest.raises(UsageError, match="no finished cell m0, clean"):
            log.outcomes("last", "m0", "clean")


def test_parts_configuration_and_environment_are_stored_once(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        for night in range(5):
            audit(f"night{night}").start(log)
        other = audit("changed")
        replace(other, parts=[*other.parts[:-1], replace(other.parts[-1], ng=not other.parts[-1].ng)]).start(log)
        count = "SELECT count(*) FROM "
        counts = [
            log.connection.execute(count + t).fetchone()[0] for t in ("part_sets", "parts", "configs", "environments")
        ]
        assert counts == [2, 40, 1, 1]
        assert log.read_run("changed").parts[-1].ng != log.read_run("night0").parts[-1].ng


def test_names_that_are_no_text_are_kept_readable(tmp_path: Path) -> None:
    given = audit(parts=1)
    odd = replace(given.parts[0], id="NG/\udcff\u202e<b>.png")
    with Log.open(tmp_path / "log.db") as log:
        replace(given, parts=[odd]).start(log)
        log.add_warnings(given.head.run, [Warn("part", "bad", odd.id)])
        assert log.read_run("last").parts[0].id == "NG/\\udcff\u202e<b>.png"
        assert log.read_run("last").warnings[0].file == "NG/\\udcff\u202e<b>.png"


def test_a_cost_without_a_number_comes_back_as_nan(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        audit().start(log)
        log.add_costs(audit().head.run, [replace(COST, peak_rss_mb=float("nan"))])
        cost = log.read_run("last").costs[0]
        assert np.isnan(cost.peak_rss_mb)
        assert cost.p99 is None


def test_a_reader_beside_a_writer_cannot_write(tmp_path: Path) -> None:
    given = audit()
    with Log.open(tmp_path / "log.db") as log, Log.open_read(tmp_path / "log.db") as reader:
        given.start(log)
        assert reader.read_run("last").head.run == given.head.run
        log.add_cells(given.head.run, given.cells("clean"))
        assert len(reader.finished_cells("last")) == 2
        with pytest.raises(Exception, match="cannot be written"):
            reader.add_cells(given.head.run, given.cells("blur-0@1"))


def test_no_log_yet(tmp_path: Path) -> None:
    for opening in (Log.open_read, lambda p: Log.open(p, create=False)):
        with pytest.raises(InputRefused, match="there is no log yet"):
            opening(tmp_path / "log.db")
    assert list(tmp_path.iterdir()) == []


def test_a_name_with_signs_of_a_web_address_is_a_plain_name(tmp_path: Path) -> None:
    path = tmp_path / "a?mode=memory#%41.db"
    with Log.open(path) as log:
        audit().start(log)
    assert path.exists()
