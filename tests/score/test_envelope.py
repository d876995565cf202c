"""Envelopes on sweeps whose crossing is known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.log.types import ConditionRow
from appliance.score.cells import empty_cell
from appliance.score.envelope import Sweep, envelope, sweeps
from appliance.score.intervals import rate
from appliance.score.types import CellScore, Envelope, EnvelopeState
from tests.score.build import CLEAN, sweep

N = 1000


def _cell(condition: str, escapes: int, n: int = N) -> CellScore:
    return replace(empty_cell("S", condition), ng=n, accuracy=rate(n - escapes, n), escape=rate(escapes, n))


def _envelope(
    clean: int, swept: dict[float, int | None], neutral: float = 0.0, allowed: float = 0.02, n: int = N
) -> Envelope:
    rows = sweep("blur", list(swept), neutral)
    cells = {("S", "clean"): _cell("clean", clean, n)}
    for row, escapes in zip(rows, swept.values(), strict=True):
        cells["S", row.key] = empty_cell("S", row.key) if escapes is None else _cell(row.key, escapes, n)
    return envelope(cells, "S", sweeps(rows)[0], "escape_rate", allowed)


def _upper(k: int) -> float:
    return rate(k, N).upper


def test_the_crossing_is_interpolated_between_severities() -> None:
    found = _envelope(2, {1.0: 5, 2.0: 10, 4.0: 60})
    before, after = _upper(10), _upper(60)
    assert found.state is EnvelopeState.REACHED
    assert found.severity == pytest.approx(2 + 2 * (0.02 - before) / (after - before))
    assert found.tested == (1.0, 2.0, 4.0)


def test_severities_may_fall_from_neutral() -> None:
    found = _envelope(2, {0.8: 5, 0.3: 60}, neutral=1.0)
    before, after = _upper(5), _upper(60)
    assert found.severity == pytest.approx(0.8 - 0.5 * (0.02 - before) / (after - before))
    assert found.tested == (0.8, 0.3)


def test_on_both_sides_the_nearer_crossing_counts() -> None:
    below = _envelope(2, {-1.0: 60, 1.0: 3, 2.0: 60})
    assert below.severity is not None
    assert -1 < below.severity < 0
    above = _envelope(2, {-3.0: 60, 0.5: 60})
    assert above.severity is not None
    assert 0 < above.severity < 0.5
    assert above.tested == (0.5, -3.0)


def test_a_dent_in_the_sweep_is_smoothed() -> None:
    # a fall after a rise pools both to their mean (isotonic least squares), which crosses the limit or does not
    pooled = np.mean([_upper(30), _upper(8)])
    assert pooled > 0.02
    found = _envelope(2, {1.0: 5, 2.0: 30, 3.0: 8})
    assert found.severity == pytest.approx(1 + (0.02 - _upper(5)) / (pooled - _upper(5)))
    calm = _envelope(2, {1.0: 5, 2.0: 14, 3.0: 5})
    assert np.mean([_upper(14), _upper(5)]) < 0.02 < _upper(14)
    assert calm.state is EnvelopeState.NOT_REACHED


def test_not_reached_within_the_tested_range() -> None:
    found = _envelope(2, {1.0: 3, 2.0: 5})
    assert (found.state, found.severity) == (EnvelopeState.NOT_REACHED, None)


def test_crossed_already_at_clean() -> None:
    found = _envelope(40, {1.0: 60})
    assert (found.state, found.severity) == (EnvelopeState.ALREADY_AT_CLEAN, None)


def test_too_few_parts_say_how_many() -> None:
    found = _envelope(0, {1.0: 0}, n=100)
    assert (found.state, found.parts_needed) == (EnvelopeState.NOT_PROVABLE, 149)


def test_failed_severities_are_not_tested() -> None:
    assert _envelope(2, {1.0: None, 2.0: 60}).tested == (2.0,)
    assert _envelope(2, {1.0: None}).state is EnvelopeState.NOT_REACHED


def test_repeats_count_with_their_worse_bound() -> None:
    row = sweep("blur", (2.0,))[0]
    again = ConditionRow("blur@2#1", "blur", "optics", "px", 2.0, 0.0, 1, 1)
    cells = {
        ("S", "clean"): _cell("clean", 2),
        ("S", row.key): _cell(row.key, 5),
        ("S", again.key): _cell(again.key, 60),
    }
    found = envelope(cells, "S", sweeps([CLEAN, row, again])[0], "escape_rate", 0.02)
    assert found.severity == pytest.approx(2 * (0.02 - _upper(2)) / (_upper(60) - _upper(2)))


def test_an_infinite_neutral_severity_is_no_point_of_the_line() -> None:
    found = _envelope(2, {1000.0: 60, 100.0: 90}, neutral=float("inf"))
    assert (found.state, found.severity) == (EnvelopeState.REACHED, float("inf"))
    later = _envelope(2, {1000.0: 5, 100.0: 60}, neutral=float("inf"))
    assert later.severity is not None
    assert 100 < later.severity < 1000


def test_sweeps_keep_their_order() -> None:
    rows = (CLEAN, *sweep("blur", (1, 2)), *sweep("dark", (0.5,), 1.0, "ratio"))
    assert [(s.name, s.neutral, len(s.rows)) for s in sweeps(rows)] == [("blur", 0.0, 2), ("dark", 1.0, 1)]
    assert isinstance(sweeps(rows)[0], Sweep)


@given(st.lists(st.integers(0, 200), min_size=1, max_size=6), st.integers(0, 5))
def test_the_envelope_lies_within_what_was_tested(escapes: list[int], clean: int) -> None:
    found = _envelope(clean, {float(i + 1): k for i, k in enumerate(escapes)})
    if found.state is EnvelopeState.REACHED:
        assert found.severity is not None
        assert 0 <= found.severity <= len(escapes)
        assert max(_upper(k) for k in escapes) > 0.02
    else:
        assert found.state is EnvelopeState.NOT_REACHED
        assert _upper(escapes[0]) <= 0.02 or len(escapes) > 1


@given(st.lists(st.integers(0, 100), min_size=2, max_size=5), st.integers(0, 4))
def test_more_escapes_never_widen_the_envelope(escapes: list[int], where: int) -> None:
    worse = list(escapes)
    worse[where % len(worse)] += 20
    one, other = (_envelope(0, {float(i + 1): k for i, k in enumerate(row)}) for row in (escapes, worse))
    reach = [found.severity if found.severity is not None else float("inf") for found in (one, other)]
    assert reach[1] <= reach[0] + 1e-9
