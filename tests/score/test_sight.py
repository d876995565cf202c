"""Defects that vanish under a condition, against counts made by hand."""

import numpy as np
import pytest

from appliance.score.beside import Beside
from appliance.score.grid import read_grid
from appliance.score.sight import MemberEscapes, sight
from appliance.score.summary import summarise
from tests.score.build import CLEAN, decided, member_rows, part_rows, record, sweep

TRUTH = [True, True, True, True, False]
ROWS = (CLEAN, *sweep("blur", (1, 2)))
NONE = (np.nan, np.nan)


def seen(*rows: tuple[float, float]) -> np.ndarray:
    return np.array(rows, np.float32)


SIGHTS = {
    "clean": seen((100, 20.0), (100, 10.0), (80, 8.0), (50, 2.0), NONE),  # the fourth is a matter of pattern
    "blur@1": seen((100, 9.0), (90, 6.0), (80, 5.0), (50, 1.0), NONE),
    "blur@2": seen((100, 5.0), (100, 3.9), (0, np.nan), (50, 0.5), NONE),
}
CELLS = {
    ("S", "clean"): decided([True] * 5, TRUTH),
    ("S", "blur@1"): decided([True] * 5, TRUTH),
    ("S", "blur@2"): decided([False, False, False, False, True], TRUTH),
    ("M", "blur@2"): decided([True, False, True, True, False], TRUTH),
}


def grid():  # type: ignore[no-untyped-def]  # a fixture in all but name
    return read_grid(*record(CELLS, part_rows(TRUTH), member_rows(["S", "M"]), ROWS))


def test_what_vanishes_and_whose_escapes_these_are() -> None:
    found = sight(grid(), SIGHTS)
    assert found is not None
    assert (found.masked, found.even, found.cnr) == (4, 1, pytest.approx(9.0))
    (row,) = found.conditions  # nothing vanishes under blur 1
    assert (row.condition, row.defects, row.vanished, row.outside) == ("blur@2", 3, 2, 1)
    assert (row.area, row.cnr, row.most) == (pytest.approx(1.0), pytest.approx(4.45), True)
    assert row.escapes == (MemberEscapes("S", 2, 3), MemberEscapes("M", 1, 1))


@pytest.mark.parametrize("sights", [{}, {"clean": seen(*[NONE] * 5)}, {"blur@1": SIGHTS["blur@1"]}])
def test_nothing_is_said_without_masks_or_without_clean(sights: dict[str, np.ndarray]) -> None:
    assert sight(grid(), sights) is None


def test_a_defect_that_is_larger_or_clearer_than_on_clean_has_not_vanished() -> None:
    found = sight(grid(), {"clean": SIGHTS["clean"], "blur@1": seen(*[(200, 50.0)] * 4, NONE)})
    assert found is not None
    assert found.conditions == ()


def test_a_summary_holds_it_only_where_it_was_seen() -> None:
    made = record(CELLS, part_rows(TRUTH), member_rows(["S", "M"]), ROWS)
    assert summarise(*made).sight is None
    summary = summarise(*made, beside=Beside(SIGHTS))
    assert summary.sight == sight(grid(), SIGHTS)
