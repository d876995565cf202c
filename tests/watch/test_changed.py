from dataclasses import replace
from pathlib import Path

import pytest

from appliance.log.log import Log
from appliance.log.types import RunRecord
from appliance.watch.changed import same_pictures, what_changed
from tests.watch.build import fill, night


@pytest.fixture
def record(tmp_path: Path) -> RunRecord:
    with Log.open(tmp_path / "log.db") as log:
        fill(log, night(0))
        return log.read_run("last")


def test_a_subset_of_the_grid_is_no_change(record: RunRecord) -> None:
    few = replace(record, parts=record.parts[:20], conditions=record.conditions[:1])
    assert what_changed(few, record) == ()
    assert same_pictures(few, record)


def test_what_did_change_is_named(record: RunRecord) -> None:
    environment = {**record.head.environment, "driver": "580.1"}
    now = replace(
        record,
        head=replace(record.head, environment=environment, config={**record.head.config, "takt": 0.5}),
        members=(replace(record.members[0], sha256="f" * 64), *record.members[1:]),
        parts=(replace(record.parts[0], sha256="e" * 64), *record.parts[1:]),
    )
    assert what_changed(now, record) == (
        "Model m0 has other weights.",
        f"Part {record.parts[0].id} has another picture.",
        "Setting takt is 0.5, was 1.0.",
        "Environment driver is 580.1, was not set.",
    )
    assert not same_pictures(now, record)


def test_settings_of_another_version_are_no_change(record: RunRecord) -> None:
    newer = replace(record, head=replace(record.head, config={**record.head.config, "new": 1}, config_digest="other"))
    assert what_changed(newer, record) == ()
