from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.log.log import Log
from appliance.log.types import Cell, Outcomes
from appliance.watch.readings import (
    FAR,
    keep_readings,
    kept_readings,
    pair,
    reading_of,
    readings_of,
    standard_error,
    take_readings,
)
from tests.log.build import DONE, Audit, outcomes_of
from tests.watch.build import FIRST, fill, night


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log.open(tmp_path / "log.db")


def test_a_night_like_the_baseline_reads_exactly_nothing(log: Log) -> None:
    fill(log, night(0))
    fill(log, night(1))
    found = take_readings(log, "night00001", FIRST)
    assert [(r.member, r.condition) for r in found[:4]] == [
        ("m0", "clean"),
        ("m0", "blur-0@1"),
        ("m0", "blur-0@2"),
        ("m0", "all"),
    ]
    assert {(r.errors_z, r.margin_z, r.flips, r.moved) for r in found} == {(0.0, 0.0, 0.0, False)}


def test_what_moved_is_read_where_it_moved(log: Log) -> None:
    fill(log, night(0))
    fill(log, night(1), wrong=6, only=("m1", "blur-0@1"))
    found = {(r.member, r.condition): r for r in take_readings(log, "night00001", FIRST)}
    moved = {key for key, reading in found.items() if reading.moved}
    assert moved == {("m1", "blur-0@1"), ("m1", "all")}
    cell = found["m1", "blur-0@1"]
    assert cell.wrong - cell.wrong_before == pytest.approx(6 / 60)
    assert cell.flips == pytest.approx(6 / 60)
    assert found["m1", "all"].wrong - found["m1", "all"].wrong_before == pytest.approx(3 / 60)


def test_z_by_hand() -> None:
    truth = np.array([True, True, False, False] * 25)
    then = Outcomes(np.where(truth, 2.0, -2.0).astype(np.float32), truth.copy())
    then.score[::2] += 1  # within a label, scores scatter by 0.5 about their mean
    now = Outcomes(then.score.copy(), truth.copy())
    then.ng[:10] = ~truth[:10]  # 10 of 100 wrong in the baseline
    now.ng[:25] = ~truth[:25]  # 25 of 100 tonight
    now.score[:] -= np.where(truth, 0.1, -0.1).astype(np.float32)
    reading = reading_of(pair(now, then, truth, None), "b", "a", "m", "clean")
    assert reading.errors_z == pytest.approx(0.15 / np.sqrt(0.1 * 0.9 / 100))
    assert reading.margin == pytest.approx(-0.1, abs=1e-6)
    assert reading.margin_z == pytest.approx(0.1 / (0.5 / 10), abs=1e-4)


def test_groups_widen_the_standard_error() -> None:
    residuals = np.repeat([1.0, -1.0], 8)
    alone = standard_error(residuals, None)
    assert alone == pytest.approx(1 / 4)
    assert standard_error(residuals, np.arange(16) // 4) == pytest.approx(alone * 2)  # 4 parts are worth one
    assert standard_error(residuals, np.arange(16) % 8) == pytest.approx(alone)  # never narrower than alone


def test_no_error_in_the_baseline_is_no_proof_of_none() -> None:
    truth = np.arange(100) < 50
    then = Outcomes(np.where(truth, 2.0, -2.0).astype(np.float32), truth.copy())
    now = Outcomes(then.score, truth.copy())
    now.ng[0] = False
    z = reading_of(pair(now, then, truth, None), "b", "a", "m", "clean").errors_z
    rare = 0.5 / 101
    assert z == pytest.approx(0.01 / np.sqrt(rare * (1 - rare) / 100))
    assert z < FAR


def test_parts_without_a_score_are_left_out(log: Log) -> None:
    truth = np.array([True, False, True])
    then = Outcomes(np.array([1, np.nan, 2], np.float32), truth)
    now = Outcomes(np.array([1, -1, np.nan], np.float32), truth)
    assert len(pair(now, then, truth, None).truth) == 1


def test_a_baseline_of_a_subset_is_completed_by_the_nights_after_it(log: Log) -> None:
    fill(log, night(0, cells=2))
    fill(log, night(1, cells=3), shift=0.5)
    fill(log, night(2, cells=3), shift=0.5)
    found = {r.condition: r for r in take_readings(log, "night00002", FIRST) if r.member == "m0"}
    assert found["blur-0@1"].shift == pytest.approx(0.5, abs=1e-6)  # against the baseline
    assert found["blur-0@2"].shift == 0.0  # against night 1, the first to hold it


def test_a_part_subset_is_compared_part_by_part(log: Log) -> None:
    fill(log, night(0, parts=60))
    few = night(1, parts=20)
    few.start(log)
    first = night(0, parts=60)
    whole = outcomes_of(FIRST, "m0", "clean", first.ng)
    log.add_cells("night00001", [Cell("m0", "clean", Outcomes(whole.score[:20], whole.ng[:20]))])
    (reading,) = take_readings(log, "night00001", FIRST)
    assert (reading.n, reading.moved) == (20, False)


def test_readings_are_kept_and_read_back(log: Log) -> None:
    for number in range(3):
        fill(log, night(number), wrong=number)
    runs = ["night00001", "night00002"]
    fresh = readings_of(log, runs, FIRST)
    keep_readings(log, fresh)
    keep_readings(log, fresh)  # twice is once
    assert sorted(kept_readings(log, FIRST), key=str) == sorted(fresh, key=str)
    assert {r.run for r in kept_readings(log, FIRST, last=1)} == {"night00002"}
    assert {r.member for r in kept_readings(log, FIRST, member="m1")} == {"m1"}


def reshot(number: int, parts: int, draw: np.random.Generator) -> tuple[Audit, list[Cell]]:
    """A night whose pictures were taken anew: every answer is drawn anew, one in ten is wrong."""
    given = night(number, parts=parts, members=1, cells=1)
    rows = [replace(part, sha256=f"{number:032x}{i:032x}") for i, part in enumerate(given.parts)]
    given = replace(given, parts=rows)
    wrong = draw.random(parts) < 0.1
    ng = given.ng ^ wrong
    return given, [Cell("m0", "clean", Outcomes(np.where(ng, 1.0, -1.0).astype(np.float32), ng))]


def test_pictures_taken_anew_give_standard_z_whatever_the_first_night_was(log: Log) -> None:
    draw = np.random.default_rng(11)
    share = []
    for number in range(50):
        given, cells = reshot(number, 200, draw)
        given.start(log)
        log.add_cells(given.head.run, cells)
        log.finish_run(given.head.run, DONE)
        share.append(float(np.mean(cells[0].outcomes.ng != given.ng)))
    assert np.ptp(share[:3]) > 0.02  # the first nights differ: against one alone z would differ by 1
    for first in range(3):
        z = [take_readings(log, f"night{n:05d}", f"night{first:05d}")[0].errors_z for n in range(25, 50)]
        usual = float(np.mean(share[first : first + 20]))
        expected = (np.array(share[25:]) - usual) / np.sqrt(usual * (1 - usual) / 200)
        assert z == pytest.approx(list(expected), rel=0.1, abs=0.02)  # lots widen a little
