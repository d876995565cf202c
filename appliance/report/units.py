"""Numbers as text: the one place that decides digits, units and signs. All take and return plain values.

A number that does not exist (NaN) is shown as a dash. Spaces inside a number and its unit do not break.
"""

import math
from collections.abc import Callable

from appliance.language.tongue import mark, w
from appliance.score.types import Interval, Rate

DASH = "\u2013"
SPACE = "\u00a0"
MINUS = "\u2212"
TIMES = "\u00d7"
_SI = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
# How a severity is written, and what the axis of a chart says, where that is not "value unit" and "unit".
_SEVERITIES = {
    "": "{}",
    "1": "{}",
    "deg": "{}°",
    "ratio": "{x}{}",
    "lux ratio": "{x}{}",
    "exposure ratio": "{x}{}",
    "quality": "quality{s}{}",
    "exponent": "exponent{s}{}",
    "e-": "{}{s}e⁻",
    "um": "{}{s}µm",
    "us": "{}{s}µs",
    "per mille": "{}{s}‰",
}
_AXES: dict[str, str] = {
    "1": "",
    "deg": mark("degrees"),
    "e-": mark("electrons (e⁻)"),
    "um": "µm",
    "us": "µs",
    "%": mark("percent"),
    "share": mark("percent"),
    "lux ratio": mark("lux ratio"),
    "exposure ratio": mark("exposure ratio"),
    "ratio": mark("ratio"),
    "quality": mark("quality"),
    "exponent": mark("exponent"),
    "per mille": mark("per mille"),
    "segments": mark("segments"),
    "bit": mark("bit"),
}


def signed(text: str) -> str:
    """A formatted number with a true minus sign."""
    return text.replace("-", MINUS)


def number(value: float, digits: int = 3) -> str:
    """`digits` significant digits without exponent or trailing zeros; thousands set apart from 10,000 on."""
    if not math.isfinite(value):
        return DASH if math.isnan(value) else signed(f"{value:g}").replace("inf", "∞")
    if value == 0:
        return "0"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(places, 12)}f}" if abs(value) >= 10_000 else f"{value:.{min(places, 12)}f}"
    return signed(text.rstrip("0").rstrip(".") if "." in text else text)


def _percent(fraction: float) -> str:
    """A fraction in percent, one decimal; more where one would make 100 or 0 of something that is not."""
    value = 100 * fraction
    for places in (1, 2, 3):
        text = f"{value:.{places}f}"
        if float(text) not in (0.0, 100.0):
            return text
    return f"{value:.1f}" if value in (0.0, 100.0) else f"{value:.3f}"


def bare_percent(fraction: float) -> str:
    """A fraction 0..1 as a percentage without its sign, for tables that name the unit in the head."""
    return DASH if math.isnan(fraction) else signed(_percent(fraction))


def percent(fraction: float) -> str:
    """A fraction 0..1 as `97.7 %`."""
    return DASH if math.isnan(fraction) else f"{bare_percent(fraction)}{SPACE}%"


def bare_pp(points: float) -> str:
    """Percentage points with one decimal, without the unit."""
    return DASH if math.isnan(points) else signed(f"{points + 0.0:.1f}").replace(f"{MINUS}0.0", "0.0")


def pp(points: float) -> str:
    """Percentage points as `12.1 pp`."""
    return DASH if math.isnan(points) else f"{bare_pp(points)}{SPACE}pp"


def short_pp(points: float) -> str:
    """Percentage points for a small cell: a decimal below 10 only."""
    if math.isnan(points) or abs(points) < 9.95:
        return bare_pp(points)
    return signed(f"{points:.0f}")


def span(low: float, high: float, show: Callable[[float], str]) -> str:
    """The two ends of an interval; with a word between where a minus sign would read as a dash."""
    if math.isnan(low) or math.isnan(high):
        return DASH
    start, end = show(low), show(high)
    return w("{low} to {high}", low=start, high=end) if low < 0 else f"{start}{DASH}{end}"


def rate_span(rate: Rate) -> str:
    """Bounds of a rate in percent, without the unit."""
    return span(100 * rate.low, 100 * rate.high, bare_pp) if rate.n else DASH


def percent_span(interval: Interval) -> str:
    """Bounds of a fraction in percent, without the unit."""
    return span(100 * interval.low, 100 * interval.high, bare_pp)


def pp_span(interval: Interval) -> str:
    """Bounds in percentage points, without the unit."""
    return span(interval.low, interval.high, bare_pp)


def count(value: int) -> str:
    """A whole number with thousands set apart from 10,000 on."""
    return f"{value:,}" if abs(value) >= 10_000 else str(value)


def si(value: float) -> str:
    """A large count with an SI prefix: `1.2 M`."""
    for size, prefix in _SI:
        if abs(value) >= size * 0.9995:
            return f"{number(value / size)}{SPACE}{prefix}"
    return number(value)


def ms(value: float | None) -> str:
    """Milliseconds with three digits, without the unit."""
    return DASH if value is None else number(value)


def seconds(value: float) -> str:
    """A duration as `42 s`, `3 min 20 s` or `2 h 5 min`."""
    whole = round(value)
    if whole < 60:
        return f"{number(value)}{SPACE}s"
    if whole < 3600:
        return f"{whole // 60}{SPACE}min {whole % 60}{SPACE}s"
    return f"{whole // 3600}{SPACE}h {whole % 3600 // 60}{SPACE}min"


def axis(unit: str) -> str:
    """A unit as the axis of a chart names it."""
    return _AXES.get(unit, unit)


def axis_value(value: float, unit: str) -> str:
    """A severity beside an axis that names the unit."""
    return number(100 * value if unit == "share" else value, 4)


def severity(value: float, unit: str, digits: int = 4) -> str:
    """A severity with its physical unit: `0.8 mm`, `2°`, `quality 50`. A `share` is written in percent."""
    if unit == "share":
        return f"{number(100 * value, digits)}{SPACE}%"
    return _SEVERITIES.get(unit, "{}{s}{unit}").format(number(value, digits), s=SPACE, x=TIMES, unit=unit)


def severity_range(low: float, high: float, unit: str) -> str:
    """From one severity to another, the unit once: `0 to 8 mm`, `quality 100 to 25`."""
    form = _SEVERITIES.get(unit, "{}")
    if form.startswith("{x}"):
        return f"{severity(low, unit)} to {severity(high, unit)}"
    if form.startswith("{}"):
        return f"{axis_value(low, unit)} to {severity(high, unit)}"
    return f"{severity(low, unit)} to {axis_value(high, unit)}"


def index(value: float) -> str:
    """A relative figure (mCE) with two decimals."""
    return DASH if math.isnan(value) else signed(f"{value:.2f}")


def score(value: float, largest: float = 1.0) -> str:
    """An NG score: two decimals among scores the size of logits, three digits where all are small or large."""
    if math.isnan(value):
        return DASH
    return signed(f"{round(value, 2) + 0.0:.2f}") if 0.1 <= largest < 1000 else number(value)


def p_value(value: float) -> str:
    """A p value; small ones as a bound."""
    if math.isnan(value):
        return DASH
    return "< 0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
