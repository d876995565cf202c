"""A kept summary is the summary, to the bit; trends read what it says."""

import math
from dataclasses import replace
from pathlib import Path

from appliance.log import kept
from appliance.log.kept import latest_done, member_nights, nights_like
from appliance.log.log import Log
from appliance.log.types import Cell, RunTail
from appliance.score.as_json import audit_json
from appliance.score.kept import (
    KIND,
    VERSION,
    keep_summary,
    kept_heat,
    kept_summary,
    kept_tallies,
    pack_summary,
    unpack_summary,
)
from appliance.score.summary import summarise
from appliance.score.types import LimitState
from tests.score.build import drawn, record


def logged(log: Log, run: str = "r1", seed: int = 0):  # type: ignore[no-untyped-def]
    made, read = drawn(parts=60, seed=seed, run=run)
    log.start_run(made.head, made.parts, made.members, made.conditions)
    log.add_cells(run, [Cell(m, c, read(m, c)) for m, c in made.cells])
    assert made.tail is not None
    log.finish_run(run, made.tail)
    summary = summarise(log.read_run(run), lambda m, c: log.outcomes(run, m, c))
    keep_summary(log, summary)
    return summary


def test_a_summary_comes_back_as_it_was() -> None:
    made, read = drawn(parts=60)
    summary = summarise(made, read)
    back = unpack_summary(made, pack_summary(summary))
    assert audit_json(back) == audit_json(summary)
    assert pack_summary(back) == pack_summary(summary)


def test_one_perturbation_is_read_without_the_others() -> None:
    summary = summarise(*drawn(parts=60))
    packed = pack_summary(summary)
    one = unpack_summary(summary.record, {name: packed[name] for name in ("cells/clean", "cells/blur", "verdict")})
    assert {key for _, key in one.cells} == {"clean", "blur@1", "blur@2", "blur@3"}
    assert all(one.cells[key].accuracy == summary.cells[key].accuracy for key in one.cells)
    assert (one.verdict, one.members) == (summary.verdict, ())
    assert list(unpack_summary(summary.record, packed).cells) == list(summary.cells)


def test_tallies_and_heat_say_what_the_cells_say(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        summary = logged(log)
        rows, heat = kept_tallies(log, "r1"), kept_heat(log, "r1")
        assert rows is not None
        assert heat is not None
        assert len(rows) == 6
        for row in rows:
            mine = [v for v in summary.limits if v.binding and (v.member, v.limit) == (row.member, row.limit)]
            assert (row.judged, row.held) == (len(mine), sum(v.state is LimitState.HOLDS for v in mine))
        for (member, key), cell in summary.cells.items():
            assert heat[key][member].accuracy == cell.accuracy.estimate
            assert cell.drift is None or heat[key][member].drop == cell.drift.drop.estimate


def test_what_is_undefined_stays_undefined() -> None:
    summary = summarise(*record({}, drawn(parts=8)[0].parts, drawn(parts=8)[0].members, drawn(parts=8)[0].conditions))
    back = unpack_summary(summary.record, pack_summary(summary))
    assert all(math.isnan(member.mce) for member in back.members)


def test_the_log_keeps_it_and_rows_for_trends(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        first, second = logged(log), logged(log, "r2", 1)
        back = kept_summary(log, log.read_run("r2"))
        assert back is not None
        assert audit_json(back) == audit_json(second)
        rows = member_nights(log, ["r1", "r2"])
        assert [(row.run, row.member) for row in rows] == [(r, m) for r in ("r1", "r2") for m in ("XS", "S", "M")]
        assert rows[0].accuracy == first.members[0].clean.accuracy.estimate
        assert rows[0].escape_upper == first.members[0].clean.escape.upper
        assert {row.state for row in rows} <= {state.value for state in LimitState}
        assert [night.run for night in nights_like(log, "r2", 10)] == ["r1", "r2"]
        assert [night.run for night in nights_like(log, "r1", 10)] == ["r1"]
        assert latest_done(log) == "r2"


def test_another_version_or_a_damaged_document_is_not_read(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        logged(log)
        assert kept.kept_pieces(log, "r1", KIND, VERSION + 1) is None
        whole = log.connection.execute("SELECT packed FROM documents").fetchone()[0]
        for spoilt in (
            b"",
            bytes.fromhex("00112233"),
            whole[:200],
            whole[:-9],
            whole.replace(b'"verdict"', b'"verdicT"'),
        ):
            log.connection.execute("UPDATE documents SET packed = ?", (spoilt,))
            assert kept_summary(log, log.read_run("r1")) is None


def test_a_piece_is_read_without_the_others(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        summary = logged(log)
        whole = log.connection.execute("SELECT packed FROM documents").fetchone()[0]
        log.connection.execute("UPDATE documents SET packed = ?", (whole[:-200] + bytes(200),))  # the heat map is last
        found = kept_summary(log, log.read_run("r1"), {"members", "envelopes/M"})
        assert found is not None
        assert found.members == summary.members
        assert found.envelopes == tuple(item for item in summary.envelopes if item.member == "M")
        assert kept_heat(log, "r1") is None


def test_a_deleted_run_takes_what_was_kept_with_it(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        logged(log)
        log.connection.execute("DELETE FROM runs")
        left = [
            log.connection.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("documents", "member_scores")
        ]
        assert left == [0, 0]


def test_runs_from_before_the_table_are_counted(tmp_path: Path) -> None:
    from appliance.log.tables_scores import BACKFILL

    with Log.open(tmp_path / "log.db") as log:
        made, read = drawn(parts=60)
        log.start_run(made.head, made.parts, made.members, made.conditions)
        log.add_cells("r1", [Cell(m, c, read(m, c)) for m, c in made.cells])
        tail = made.tail
        assert isinstance(tail, RunTail)
        log.finish_run("r1", replace(tail))
        log.connection.execute(BACKFILL)
        rows = member_nights(log, ["r1"])
        summary = summarise(made, read)
        assert [row.accuracy for row in rows] == [m.clean.accuracy.estimate for m in summary.members]
        assert [row.worst_condition for row in rows] == [m.worst_condition for m in summary.members]
        assert [row.escape_upper for row in rows] == [None, None, None]
