"""Scales and ticks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.report.scales import decades, linear, logarithmic, steps, ticks


def test_scales_meet_their_ends() -> None:
    assert linear(2, 4, 10, 20)(3) == 15
    assert linear(2, 2, 10, 20)(2) == 15
    assert logarithmic(1, 100, 0, 10)(10) == pytest.approx(5)
    assert [steps((1.0, 0.5, 0.1), 0, 10)(value) for value in (1.0, 0.5, 0.1)] == [0, 5, 10]
    assert steps((1.0,), 0, 10)(1.0) == 0


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (80, 100, [80, 85, 90, 95, 100]),
        (90, 100, [90, 92, 94, 96, 98, 100]),
        (5, 5, [5]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == expected


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_few_and_inside(low: float, width: float) -> None:
    values = ticks(low, low + width)
    assert 1 <= len(values) <= 12
    assert all(low - 1e-6 * width <= value <= low + width * (1 + 1e-6) + 1e-6 for value in values)


def test_decades_are_powers_of_ten_or_finer_where_few() -> None:
    assert decades(5e5, 2e9) == [1e6, 1e7, 1e8, 1e9]
    assert decades(1.1e6, 8e6) == [2e6, 5e6]
