"""Which parts are put before a person."""

import numpy as np

from appliance.score.grid import read_grid
from appliance.score.worst import contradicted, worst_parts
from tests.score.build import CLEAN, decided, drawn, failed, member_rows, part_rows, record, sweep

TRUTH = np.array([True, True, True, False, False, False])
ROWS = (CLEAN, *sweep("blur", (1, 2)))
ALL = [True] * 6


def _wrong(*parts: int) -> np.ndarray:
    return ~np.isin(np.arange(6), parts)


def test_escapes_then_disagreement_then_what_was_right_on_clean() -> None:
    cells = {
        ("S", "clean"): decided(_wrong(0), TRUTH),
        ("M", "clean"): decided(ALL, TRUTH),
        ("S", "blur@1"): decided(_wrong(0, 1, 2, 4), TRUTH),
        ("M", "blur@1"): decided(_wrong(2), TRUTH),
    }
    grid = read_grid(*record(cells, part_rows(TRUTH), member_rows(["S", "M"]), ROWS))
    found = worst_parts(grid)
    # 1 turned from right to wrong, 0 was wrong on clean; on 2 both are wrong; 4 is no escape
    assert [part.part for part in found] == ["p0001.png", "p0000.png", "p0002.png", "p0004.png"]
    first = found[0]
    assert (first.condition, first.ng, first.wrong, first.right) == ("blur@1", True, ("S",), ("M",))
    assert first.scores == {"S": -1.0, "M": 1.0}
    assert first.clean_scores == {"S": 1.0, "M": 1.0}


def test_conditions_take_turns_and_no_part_comes_twice() -> None:
    rows = (CLEAN, *sweep("blur", (1, 2, 3, 4, 5)), *sweep("dark", (0.8, 0.5, 0.3), 1.0))
    grid = read_grid(*drawn(conditions=rows, parts=400))
    found = worst_parts(grid, most=12)
    assert len(found) == 12
    assert len({part.part for part in found}) == 12
    assert len({part.condition for part in found}) >= 6
    assert all(part.wrong for part in found)


def test_a_part_is_shown_where_it_is_worst() -> None:
    cells = {
        ("S", "blur@1"): decided(_wrong(1), TRUTH),
        ("M", "blur@1"): decided(ALL, TRUTH),
        ("S", "blur@2"): decided(_wrong(1), TRUTH),
        ("M", "blur@2"): decided(_wrong(1), TRUTH),
    }
    grid = read_grid(*record(cells, part_rows(TRUTH), member_rows(["S", "M"]), ROWS))
    assert [(part.part, part.condition) for part in worst_parts(grid)] == [("p0001.png", "blur@1")]


def test_failed_members_are_neither_right_nor_wrong() -> None:
    cells = {("S", "blur@1"): decided(_wrong(1), TRUTH), ("M", "blur@1"): failed(6)}
    grid = read_grid(*record(cells, part_rows(TRUTH), member_rows(["S", "M"]), ROWS))
    (found,) = worst_parts(grid)
    assert (found.wrong, found.right, found.clean_scores) == (("S",), (), {})


def test_nothing_wrong_shows_nothing() -> None:
    cells = {("S", row.key): decided(ALL, TRUTH) for row in ROWS}
    grid = read_grid(*record(cells, part_rows(TRUTH), member_rows(["S"]), ROWS))
    assert worst_parts(grid) == ()
    assert contradicted(grid) == ()


def test_labels_that_every_member_contradicts() -> None:
    cells = {("S", "clean"): decided(_wrong(1, 3), TRUTH), ("M", "clean"): decided(_wrong(3, 4), TRUTH)}
    run = (part_rows(TRUTH), member_rows(["S", "M"]), ROWS)
    assert contradicted(read_grid(*record(cells, *run))) == ("p0003.png",)
    alone = {key: cell for key, cell in cells.items() if key[0] == "S"}
    assert contradicted(read_grid(*record(alone, *run))) == ()
    with_failed = {**cells, ("L", "clean"): failed(6)}
    run = (part_rows(TRUTH), member_rows(["S", "M", "L"]), ROWS)
    assert contradicted(read_grid(*record(with_failed, *run))) == ("p0003.png",)
