import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.log.costs import add_document
from appliance.log.log import Log
from appliance.watch.cost_drift import FLOOR_NIGHTS, cost_drifts, dearer
from tests.log.build import COST
from tests.watch.build import FIRST, night


def fill(log: Log, latencies: list[float], **changes: object) -> None:
    """A night for each latency, in ms."""
    for number, p50 in enumerate(latencies):
        given = night(number, cells=1)
        given.start(log)
        log.add_costs(given.head.run, [replace(COST, member="m0", p50=p50, peak_rss_mb=100.0, **changes)])


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log.open(tmp_path / "log.db")


def found(log: Log, limit: float | None = None) -> list[str]:
    return [f"{f.rule} {f.member}" for f in dearer(cost_drifts(log, FIRST), {"m0"}, limit)]


def test_a_rise_beyond_what_nights_differ_by(log: Log) -> None:
    usual = list(10 * np.exp(np.random.default_rng(1).normal(0, 0.02, 20)))
    fill(log, [*usual, 12.0, 12.1, 11.9])
    assert found(log) == ["cost p50 m0"]
    (drift,) = [d for d in cost_drifts(log, FIRST) if d.figure == "p50"]
    assert drift.ratio == pytest.approx(1.2, abs=0.03)
    assert 1.02 < drift.floor < 1.12
    (told,) = dearer([drift], {"m0"})
    assert told.nights == 2
    assert "median latency of m0 rose from" in told.what


def test_what_nights_differ_by_is_no_rise(log: Log) -> None:
    fill(log, list(10 * np.exp(np.random.default_rng(2).normal(0, 0.02, 25))))
    assert found(log) == []
    assert found(log, limit=0.9) == ["cost p50 m0", "cost peak_rss_mb m0"]  # the site's own ratio


def test_one_odd_night_is_no_drift(log: Log) -> None:
    fill(log, [10.0, 10.2] * 8 + [30.0])
    assert found(log) == []


def test_too_few_nights_make_no_floor(log: Log) -> None:
    fill(log, [10.0] * (FLOOR_NIGHTS - 4) + [20.0] * 3)
    assert cost_drifts(log, FIRST) == []


def test_nights_that_are_not_valid_do_not_count(log: Log) -> None:
    fill(log, [10.0] * 20, state="contended")
    assert cost_drifts(log, FIRST) == []


def test_energy_and_clock_are_watched_too(log: Log) -> None:
    fill(log, [10.0])
    for number in range(12):
        slow = number >= 9
        row = {"member": "m0", "load": "closed", "provider": "cpu", "precision": "fp32", "batch": 1, "threads": 2}
        energy = {"mj": 60.0 if slow else 50.0 + number % 2, "source": "rapl"}
        document = {
            "notes": ["nightly"],
            "machine": {"cpu_mhz": 2000.0 if slow else 3000.0 + number % 2},
            "rows": [{**row, "state": "valid", "energy": energy}],
        }
        made = f"2026-02-{number + 1:02d}T02:00:00+00:00"
        add_document(log, made=made, family="f", machine="x", document=json.dumps(document))
    assert found(log) == ["cost energy m0", "cost clock "]


def test_an_estimate_of_energy_is_not_watched(log: Log) -> None:
    fill(log, [10.0])
    for number in range(12):
        row = {"member": "m0", "state": "valid", "energy": {"mj": 10.0 + 10 * number, "source": "estimate"}}
        document = {"notes": ["nightly"], "machine": {}, "rows": [row]}
        made = f"2026-02-{number + 1:02d}T02:00:00+00:00"
        add_document(log, made=made, family="f", machine="x", document=json.dumps(document))
    assert found(log) == []
