"""Corruption errors against the published ImageNet-C table, and figures worked by hand."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from appliance.score.corruption import area, mce, mean_drop, relative_mce

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "tables" / "robustbench"
NAN = float("nan")


def _table() -> dict[str, dict[str, list[float]]]:
    with (SHARED / "unaggregated_results.csv").open(newline="") as file:
        names, _, *rows = csv.reader(file)
    table: dict[str, dict[str, list[float]]] = {}
    for model, *values in rows:
        for name, value in zip(names[1:], values, strict=True):
            table.setdefault(model, {}).setdefault(name, []).append(float(value))
    return table


@pytest.mark.real
@pytest.mark.skipif(not SHARED.is_dir(), reason="the published tables are not beside the repository")
def test_mce_of_every_published_model() -> None:
    table = _table()
    published = {
        model: float(known["corruptions_mce"])
        for model in table
        if "corruptions_mce" in (known := json.loads((SHARED / f"{model}.json").read_text()))
    }
    assert len(published) == len(table) == 12
    for model, expected in published.items():
        assert 100 * mce(table[model], table["AlexNet"]) == pytest.approx(expected, abs=0.00501), model


CELLS = {"blur": [0.8, 0.6], "dark": [0.9, 0.9]}
REFERENCE = {"blur": [0.6, 0.2], "dark": [0.9, 0.5]}


def test_by_hand() -> None:
    assert mean_drop(0.95, CELLS) == pytest.approx(95 - 80)
    assert mce(CELLS, REFERENCE) == pytest.approx((0.6 / 1.2 + 0.2 / 0.6) / 2)
    # clean errors 0.05 and 0.1: added errors 0.5 of 1.0 and 0.1 of 0.4
    assert relative_mce(0.95, CELLS, 0.9, REFERENCE) == pytest.approx((0.5 / 1.0 + 0.1 / 0.4) / 2)
    assert mce(REFERENCE, REFERENCE) == relative_mce(0.9, REFERENCE, 0.9, REFERENCE) == 1.0


def test_severities_that_failed_are_left_out_of_both() -> None:
    failed = {"blur": [0.8, NAN], "dark": [0.9, 0.9]}
    assert mce(failed, REFERENCE) == pytest.approx((0.2 / 0.4 + 0.2 / 0.6) / 2)
    assert mean_drop(0.95, failed) == pytest.approx(100 * (0.95 - 2.6 / 3))


def test_a_faultless_reference_measures_nothing() -> None:
    assert mce(CELLS, {"blur": [1.0, 1.0], "dark": [0.9, 0.5]}) == pytest.approx(0.2 / 0.6)
    assert np.isnan(mce(CELLS, {"blur": [1.0, 1.0]}))
    assert np.isnan(relative_mce(0.95, CELLS, 0.9, {"blur": [0.95, 0.92]}))


def test_no_cells_have_no_score() -> None:
    assert np.isnan(
        [mean_drop(0.9, {}), mean_drop(0.9, {"blur": [NAN]}), mce({}, {}), relative_mce(0.9, {}, 0.9, {})]
    ).all()


def test_area_by_hand() -> None:
    assert area([0, 1, 3], [1.0, 0.8, 0.4]) == pytest.approx((0.9 * 1 + 0.6 * 2) / 3)
    assert area([3, 0, 1], [0.4, 1.0, 0.8]) == area([0, 1, 3], [1.0, 0.8, 0.4])
    assert area([1.0, 0.5, 0.5], [1.0, 0.6, 0.8]) == pytest.approx(0.85)  # downwards, a repeat at 0.5


def test_area_leaves_out_what_has_no_place_on_the_axis() -> None:
    assert area([0, 1, 2], [1.0, NAN, 0.5]) == pytest.approx(0.75)
    assert area([np.inf, 1, 2], [1.0, 0.5, 0.7]) == pytest.approx(0.6)
    assert np.isnan([area([1], [0.5]), area([1, 1], [0.5, 0.7]), area([], [])]).all()
