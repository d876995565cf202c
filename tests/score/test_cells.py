"""Cell scores: classes, groups, failed cells and Holm over the run."""

import numpy as np
import pytest

from appliance.log.types import Outcomes
from appliance.score.cells import cell_scores
from appliance.score.grid import read_grid
from appliance.score.intervals import rate_of
from appliance.score.paired import holm
from tests.score.build import CLEAN, decided, drawn, failed, member_rows, part_rows, record, sweep

TRUTH = np.array([True, True, False, False, False])
BLUR = (CLEAN, *sweep("blur", (1,)))


def test_rates_by_hand() -> None:
    cells = {("S", "clean"): decided([True, False, True, True, False], TRUTH)}
    grid = read_grid(*record(cells, part_rows(TRUTH), member_rows(["S"]), (CLEAN,)))
    found = cell_scores(grid, "classification")["S", "clean"]
    assert (found.ok, found.ng) == (3, 2)
    assert (found.accuracy.k, found.accuracy.n) == (3, 5)
    assert (found.escape.k, found.escape.n) == (1, 2)
    assert (found.overkill.k, found.overkill.n) == (1, 3)
    assert found.drift is None
    assert found.per_class_recall == {}


def test_calibration_is_of_probabilities_only() -> None:
    grid = read_grid(*drawn(("S",), (CLEAN,), 30))
    assert cell_scores(grid, "classification")["S", "clean"].ece >= 0
    assert np.isnan(cell_scores(grid, "anomaly")["S", "clean"].ece)


def test_failed_cells_are_empty_and_parts_without_a_score_left_out() -> None:
    partly = Outcomes(np.array([np.nan, 1, 1, -1, -1], np.float32), np.array([0, 1, 1, 0, 0], bool))
    cells = {("S", "clean"): partly, ("S", "blur@1"): failed(5)}
    grid = read_grid(*record(cells, part_rows(TRUTH), member_rows(["S"]), BLUR))
    found = cell_scores(grid, "classification")
    assert (found["S", "clean"].ng, found["S", "clean"].ok, found["S", "clean"].escape.k) == (1, 3, 0)
    assert found["S", "blur@1"].accuracy.n == 0
    assert found["S", "blur@1"].drift is None


def test_classes_of_a_multi_class_member() -> None:
    names = ["ok", "scratch", "dent"]
    labels = ["scratch", "dent", "ok", "ok", "strange"]
    decisions = Outcomes(np.ones(5, np.float32), np.ones(5, bool), np.array([1, 1, 0, 2, 1], np.int16))
    parts = part_rows(TRUTH, classes=labels)
    grid = read_grid(*record({("S", "clean"): decisions}, parts, member_rows(["S"], names), (CLEAN,)))
    found = cell_scores(grid, "classification")["S", "clean"]
    assert found.confusion == ((1, 0, 1), (0, 1, 0), (0, 1, 0))
    assert {name: (r.k, r.n) for name, r in found.per_class_recall.items()} == {
        "ok": (1, 2),
        "scratch": (1, 1),
        "dent": (0, 1),
    }


def test_groups_widen_every_rate() -> None:
    groups = [f"lot{i // 10}" for i in range(60)]
    run, reader = drawn(("S",), BLUR, 60, groups=groups)
    grid = read_grid(run, reader)
    found = cell_scores(grid, "classification")["S", "blur@1"]
    cell = reader("S", "blur@1")
    lots = np.arange(60) // 10
    assert found.accuracy == rate_of(cell.ng == grid.truth, lots)
    assert found.escape == rate_of(~cell.ng[grid.truth], lots[grid.truth])
    assert found.drift is not None
    assert found.drift.flip_rate == rate_of(cell.ng != reader("S", "clean").ng, lots)


def test_holm_is_over_every_drift_of_the_run() -> None:
    found = cell_scores(read_grid(*drawn()), "classification")
    drifts = [cell.drift for cell in found.values() if cell.drift is not None]
    assert len(drifts) == 3 * 5
    assert [d.holm_p for d in drifts] == pytest.approx(holm([d.mcnemar_p for d in drifts]))
