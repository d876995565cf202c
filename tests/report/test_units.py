"""Numbers as text."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.report import units
from appliance.score.types import Interval
from tests.report.build import rate

NAN = float("nan")
_PLAIN = {0x2212: "-", 0x2013: "-", 0xD7: "x", 0xA0: " "}
CASES = [
    (units.percent(0.977), "97.7 %"),
    (units.percent(1.0), "100.0 %"),
    (units.percent(0.0), "0.0 %"),
    (units.percent(0.9999), "99.99 %"),
    (units.percent(0.0002), "0.02 %"),
    (units.percent(NAN), "-"),
    (units.pp(-1.25), "-1.2 pp"),
    (units.pp(-0.01), "0.0 pp"),
    (units.pp(NAN), "-"),
    (units.short_pp(9.96), "10"),
    (units.short_pp(9.94), "9.9"),
    (units.short_pp(-12.4), "-12"),
    (units.si(812), "812"),
    (units.si(1_234_567), "1.23 M"),
    (units.si(999_999), "1 M"),
    (units.si(4.7e11), "470 G"),
    (units.number(0.0004567), "0.000457"),
    (units.number(1234.5), "1234"),
    (units.number(12_345), "12,345"),
    (units.number(0), "0"),
    (units.number(-2.5), "-2.5"),
    (units.number(math.inf), "∞"),
    (units.ms(None), "-"),
    (units.ms(4.613), "4.61"),
    (units.severity(0.8, "mm"), "0.8 mm"),
    (units.severity(2, "deg"), "2°"),
    (units.severity(0.7, "lux ratio"), "x0.7"),
    (units.severity(50, "quality"), "quality 50"),
    (units.severity(12_000, "e-"), "12,000 e⁻"),
    (units.severity(0.4, "share"), "40 %"),
    (units.severity(3, ""), "3"),
    (units.severity_range(0, 8, "deg"), "0 to 8°"),
    (units.severity_range(100, 25, "quality"), "quality 100 to 25"),
    (units.severity_range(1, 0.5, "ratio"), "x1 to x0.5"),
    (units.severity_range(0, 1, "share"), "0 to 100 %"),
    (units.seconds(4.25), "4.25 s"),
    (units.seconds(200.4), "3 min 20 s"),
    (units.seconds(7500), "2 h 5 min"),
    (units.p_value(0.0002), "< 0.001"),
    (units.p_value(0.0391), "0.039"),
    (units.p_value(0.5), "0.50"),
    (units.p_value(NAN), "-"),
    (units.index(0.4), "0.40"),
    (units.score(-1), "-1.00"),
    (units.score(-0.001), "0.00"),
    (units.score(0.00312, 0.02), "0.00312"),
    (units.rate_span(rate(0, 240)), "0.0-1.5"),
    (units.rate_span(rate(0, 0)), "-"),
    (units.pp_span(Interval(0.1, -0.4, 1.2)), "-0.4 to 1.2"),
    (units.percent_span(Interval(NAN, NAN, NAN)), "-"),
]


@pytest.mark.parametrize(("shown", "expected"), CASES, ids=[expected for _, expected in CASES])
def test_number_is_shown_as(shown: str, expected: str) -> None:
    assert shown.translate(_PLAIN) == expected


def test_signs_are_typographic() -> None:
    assert units.bare_pp(-1.0) == "\u22121.0"
    assert units.rate_span(rate(0, 240)) == "0.0\u20131.5"
    assert units.severity(0.7, "ratio") == "\u00d70.7"
    assert units.percent(0.5) == "50.0\u00a0%"


@given(st.floats(0, 1))
def test_a_percentage_reads_100_or_0_only_where_it_is(value: float) -> None:
    text = units.bare_percent(value)
    if 1e-5 < value < 1 - 1e-5:
        assert float(text) not in (0.0, 100.0)
    assert abs(float(text) - 100 * value) <= 0.0501


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_every_float_has_a_text(value: float) -> None:
    for show in (units.number, units.bare_percent, units.bare_pp, units.short_pp, units.index, units.score):
        if math.isfinite(value) or math.isnan(value):
            assert show(value)
            assert "e" not in show(value)


@given(st.floats(1e-6, 1e9), st.integers(2, 5))
def test_three_digits_are_within_half_a_unit_of_the_last(value: float, digits: int) -> None:
    shown = float(units.number(value, digits).replace(",", ""))
    assert abs(shown - value) <= 0.5000001 * 10 ** (math.floor(math.log10(value)) - digits + 1) + 0.5 * (value >= 10)
