"""Cost records lie in the log whole and can be queried row by row; an older log gains their table."""

from pathlib import Path

from appliance.cost.record import cost_record_json, parse_cost_record
from appliance.log.costs import add_document, documents
from appliance.log.log import Log
from tests.cost.build import record, row


def _add(log: Log, made: str, *members: str) -> int:
    given = record(*(row(name, p99_ms=None if name == "m" else 6.0) for name in members))
    return add_document(log, made=made, family="bright", machine="m" * 64, document=cost_record_json(given))


def test_records_come_back_whole_and_the_latest_first(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        assert [_add(log, "2026-11-26T10:00:00+00:00", "s"), _add(log, "2026-11-26T11:00:00+00:00", "m")] == [1, 2]
        found = [parse_cost_record(text).rows[0].member for text in documents(log)]
        assert found == ["m", "s"]
        assert len(documents(log, most=1)) == 1


def test_the_view_has_a_row_a_member_with_plain_names(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        _add(log, "2026-11-26T10:00:00+00:00", "s", "m")
        sql = "SELECT member, load, p99_ms, state, energy_mj, energy_source FROM v_cost_records"
        assert log.connection.execute(sql).fetchall() == [
            ("s", "closed", 6.0, "valid", 50.0, "rapl"),
            ("m", "closed", None, "valid", 50.0, "rapl"),
        ]
