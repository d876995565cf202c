"""Accuracy against severity: one small panel for each perturbation, all members in it."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from appliance.report import svg, units, words
from appliance.report.scales import Frame, Place, linear, steps, ticks
from appliance.report.series import Look
from appliance.report.text import columns
from appliance.score.types import Rate

_SIZE = (320.0, 196.0)
_FRAME = Frame(34, 10, 308, 158)
_CHAR = 7.0  # width of an average character of the panels' 11-unit text
_CROWDED = 0.07  # a gap below this share of the axis makes a linear axis unreadable


@dataclass(frozen=True)
class CurveWords:
    """What a panel says: the report's own words, or another page's in its language."""

    title: str = words.CURVE_TITLE
    desc: str = words.CURVE_DESC
    point: str = words.CURVE_POINT
    uneven: str = words.CURVE_UNEVEN
    neutral: str = words.NEUTRAL


REPORT_WORDS = CurveWords()


@dataclass(frozen=True)
class Curve:
    """One member's accuracy (fractions 0..1) at each severity, in the panel's order."""

    look: Look
    points: tuple[tuple[float, Rate], ...]


@dataclass(frozen=True)
class Panel:
    """One perturbation: its severities from the neutral one on, and a curve for each member."""

    name: str
    unit: str
    neutral: float
    severities: tuple[float, ...]
    curves: tuple[Curve, ...]


def outward(neutral: float, severities: Sequence[float]) -> tuple[float, ...]:
    """Distinct severities with the neutral one, in reading order: away from neutral, or rising where both ways."""
    values = sorted({neutral, *severities})
    falling = all(value <= neutral for value in values)
    return tuple(reversed(values)) if falling else tuple(values)


def _is_even(values: Sequence[float]) -> bool:
    """Whether the axis must give each step the same room: some gap is too small, or an end is infinite."""
    whole = abs(values[-1] - values[0])
    gaps = [abs(b - a) for a, b in itertools.pairwise(values)]
    return not math.isfinite(whole) or (bool(gaps) and min(gaps) < _CROWDED * whole)


def _x_place(panel: Panel) -> tuple[Place, bool]:
    values = panel.severities
    left, right = _FRAME.left + 8, _FRAME.right - 8
    if _is_even(values):
        return steps(values, left, right), True
    return linear(values[0], values[-1], left, right), False


def _tick(panel: Panel, value: float, neutral: str) -> str:
    return neutral if not math.isfinite(value) else units.axis_value(value, panel.unit)


def _x_labels(panel: Panel, x: Place, neutral: str) -> list[Markup]:
    drawn, end = [], -1e9
    for value in panel.severities:
        text = _tick(panel, value, neutral)
        half = columns(text) * _CHAR / 2
        drawn.append(svg.line(x(value), _FRAME.bottom, x(value), _FRAME.bottom + 4, "axis"))
        if x(value) - half > end + 4:
            drawn.append(svg.label(x(value), _FRAME.bottom + 15, text, "t small"))
            end = x(value) + half
    return drawn


def _grid(y: Place, low: float) -> list[Markup]:
    values = ticks(100 * low, 100, 4)
    lines = [svg.line(_FRAME.left, y(value), _FRAME.right, y(value), "grid") for value in values]
    return lines + [svg.label(_FRAME.left - 5, y(value) + 4, f"{value:g}", "t small", "end") for value in values]


def _point(point: str, curve: Curve, value: float, rate: Rate, place: tuple[float, float], unit: str) -> Markup:
    text = point.format(
        member=curve.look.name,
        severity=units.severity(value, unit),
        value=units.percent(rate.estimate),
        span=units.rate_span(rate),
    )
    return svg.titled(curve.look.marker(*place, f"fill {curve.look.colour}"), text)


def _curve(panel: Panel, curve: Curve, x: Place, y: Place, point: str) -> Markup:
    known = [(value, rate) for value, rate in curve.points if rate.n]
    places = [(x(value), y(100 * rate.estimate)) for value, rate in known]
    marks = [
        _point(point, curve, value, rate, place, panel.unit) for (value, rate), place in zip(known, places, strict=True)
    ]
    return svg.group([svg.polyline(places, f"stroke {curve.look.colour}"), *marks])


def curve_panel(panel: Panel, low: float, said: CurveWords = REPORT_WORDS) -> Markup:
    """The panel as SVG; `low` (fraction) is where the accuracy axis starts, the same for all panels of a page."""
    x, even = _x_place(panel)
    y = linear(100 * low, 100, _FRAME.bottom, _FRAME.top)
    unit = units.axis(panel.unit)
    parts = [
        *_grid(y, low),
        svg.line(_FRAME.left, _FRAME.bottom, _FRAME.right, _FRAME.bottom, "axis"),
        *_x_labels(panel, x, said.neutral),
        *(_curve(panel, curve, x, y, said.point) for curve in panel.curves),
        svg.label(
            (_FRAME.left + _FRAME.right) / 2,
            _SIZE[1] - 6,
            said.uneven.format(unit=unit).strip() if even else unit,
            "t small soft",
        ),
    ]
    return svg.picture(parts, _SIZE, said.title.format(name=panel.name), said.desc, "panel")
