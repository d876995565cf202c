"""A figure night by night: a line for each size, the limit it must keep to, the band it is expected in."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import add

import numpy as np
from markupsafe import Markup

from appliance.report import svg
from appliance.report.scales import Frame, Place, linear, ticks
from appliance.report.series import Look
from appliance.report.text import clip, columns
from appliance.report.units import SPACE

_CHAR = 7.2
_LINE = 15.0
MOST_MARKS = 20
TALLEST = 400
TENTHS = np.array([f"{tenth / 10:.1f}" for tenth in range(10 * TALLEST + 1)], object)
"""Heights in a drawing as text: a year of nights is thousands of points, and looking up is faster than writing."""


@dataclass(frozen=True)
class Line:
    """One size over the nights, finite; None where a night has no figure. `alarms` are indices of nights to mark."""

    look: Look
    values: tuple[float | None, ...]
    alarms: tuple[int, ...] = ()


@dataclass(frozen=True)
class Band:
    """Where the figure is expected: its centre and control limits, the same for every night."""

    low: float
    centre: float
    high: float
    text: str


@dataclass(frozen=True)
class Trend:
    """What is drawn. `days` label the nights, `show` writes a figure (a share where `percent`)."""

    title: str
    desc: str
    days: tuple[str, ...]
    lines: tuple[Line, ...]
    show: Callable[[float], str]
    percent: bool = True
    limit: float | None = None
    limit_text: str = ""
    band: Band | None = None


def draw(trend: Trend, width: float = 560, height: float = 250) -> Markup:
    """The trend as SVG; text is 12 units high."""
    low, high = _range(trend)
    room = max([columns(clip(line.look.name, 12)) for line in trend.lines], default=4) * _CHAR + 26
    wide = max(columns(text) for _, text in _ticks(trend, (low, high))) * _CHAR + 12
    frame = Frame(wide, 16, width - room, height - 30)
    x = linear(0, max(len(trend.days) - 1, 1), frame.left + 4, frame.right - 4)
    y = linear(low, high, frame.bottom, frame.top)
    places = [f"{x(index):.1f}," for index in range(len(trend.days))]
    parts = [
        *_band(trend, frame, y),
        *_grid(trend, frame, y, (low, high)),
        *_days(trend, frame, x),
        *_limit(trend, frame, y),
        *(_line(trend, line, x, y, places) for line in trend.lines),
        *_names(trend, frame, y),
    ]
    return svg.picture(parts, (width, height), trend.title, trend.desc, "trend")


def _values(trend: Trend) -> list[float]:
    found = [value for line in trend.lines for value in line.values if value is not None]
    if trend.limit is not None:
        found.append(trend.limit)
    if trend.band is not None:
        found += [trend.band.low, trend.band.high]
    return found


def _range(trend: Trend) -> tuple[float, float]:
    found = _values(trend) or [0.0, 1.0]
    low, high = min(found), max(found)
    room = 0.08 * (high - low) or abs(high) * 0.05 or 0.01
    return (max(low - room, 0.0) if low >= 0 else low - room), high + room


def _grid(trend: Trend, frame: Frame, y: Place, span: tuple[float, float]) -> list[Markup]:
    found = _ticks(trend, span)
    lines = [svg.line(frame.left, y(value), frame.right, y(value), "grid") for value, _ in found]
    return lines + [svg.label(frame.left - 6, y(value) + 4, text, "t", "end") for value, text in found]


def _ticks(trend: Trend, span: tuple[float, float]) -> list[tuple[float, str]]:
    """Round values with their texts, in as many decimals as tell them apart."""
    values = ticks(*span, 4)
    if not trend.percent or len(values) < 2:
        return [(value, trend.show(value)) for value in values]
    places = max(0, -math.floor(math.log10(100 * (values[1] - values[0])) + 1e-9))
    return [(value, f"{100 * value:.{places}f}{SPACE}%") for value in values]


def _days(trend: Trend, frame: Frame, x: Place) -> list[Markup]:
    drawn: list[Markup] = [svg.line(frame.left, frame.bottom, frame.right, frame.bottom, "axis")]
    end, index, step = -1e9, 0, x(1) - x(0)
    while index < len(trend.days):
        at, half = x(index), columns(trend.days[index]) * _CHAR / 2
        if at - half > end + 12 and at < frame.right + 2:
            drawn += [
                svg.line(at, frame.bottom, at, frame.bottom + 4, "axis"),
                svg.label(at, frame.bottom + 18, trend.days[index], "t"),
            ]
            end = at + half
            index += max(1, math.floor((end + 12 - at) / step)) if step > 0 else 1
        else:
            index += 1
    return drawn


def _limit(trend: Trend, frame: Frame, y: Place) -> list[Markup]:
    if trend.limit is None:
        return []
    height = y(trend.limit)
    return [
        svg.line(frame.left, height, frame.right, height, "limit"),
        svg.label(frame.left + 6, height - 5, trend.limit_text, "t limit-text", "start"),
    ]


def _band(trend: Trend, frame: Frame, y: Place) -> list[Markup]:
    band = trend.band
    if band is None:
        return []
    return [
        svg.rect(frame.left, y(band.high), frame.right - frame.left, y(band.low) - y(band.high), "band"),
        svg.line(frame.left, y(band.high), frame.right, y(band.high), "control"),
        svg.line(frame.left, y(band.low), frame.right, y(band.low), "control"),
        svg.line(frame.left, y(band.centre), frame.right, y(band.centre), "centre"),
        svg.label(frame.right - 6, y(band.high) - 5, band.text, "t small soft", "end"),
    ]


def _line(trend: Trend, line: Line, x: Place, y: Place, places: Sequence[str]) -> Markup:
    """One size's line, broken where a night has no figure. places: `x,` of each night, written once for all lines."""
    base, slope = 10 * y(0.0) + 0.5, 10 * (y(1.0) - y(0.0))  # heights are linear, and all inside the drawing
    pieces: list[list[str]] = [[]]
    if None not in line.values:
        heights = TENTHS[(base + slope * np.array(line.values, np.float64)).astype(np.intp)]
        pieces = [list(map(add, places, heights.tolist()))]
    else:
        for at, value in zip(places, line.values, strict=True):
            if value is None:
                pieces.append([])
            else:
                pieces[-1].append(at + TENTHS[int(base + slope * value)])
    colour = f"stroke {line.look.colour}"
    drawn = [svg.tag("polyline", points=" ".join(piece), class_=colour) for piece in pieces if len(piece) > 1]
    marks = [_mark(trend, line, index, x, y) for index in _marked(line)]
    return svg.group([*drawn, *marks])


def _marked(line: Line) -> list[int]:
    """Nights with a marker: all of a short series, the last and the alarms of a long one."""
    known = [index for index, value in enumerate(line.values) if value is not None]
    if len(known) <= MOST_MARKS:
        return known
    alone = [index for index in known if _alone(line, index)] if len(known) < len(line.values) else []
    return sorted({known[-1], *alone, *(set(line.alarms) & set(known))})


def _alone(line: Line, index: int) -> bool:
    """A night between two without a figure: no line would show it."""
    beside = [line.values[i] for i in (index - 1, index + 1) if 0 <= i < len(line.values)]
    return all(value is None for value in beside)


def _mark(trend: Trend, line: Line, index: int, x: Place, y: Place) -> Markup:
    value = line.values[index]
    if value is None:
        return Markup("")
    title = f"{line.look.name}, {trend.days[index]}: {trend.show(value)}"
    mark = line.look.marker(x(index), y(value), f"fill {line.look.colour}")
    if index in line.alarms:
        mark = mark + svg.tag("circle", cx=x(index), cy=y(value), r=8.0, class_="alarm")
    return svg.titled(mark, title)


def _names(trend: Trend, frame: Frame, y: Place) -> list[Markup]:
    """Each line's name at its right end, moved apart where they would touch."""
    ends = [(y(value), line) for line in trend.lines if (value := _last(line)) is not None]
    ends.sort(key=lambda end: end[0])
    heights = _apart([height for height, _ in ends], frame.bottom)
    return [
        svg.group(
            [
                line.look.marker(frame.right + 7, height, f"fill {line.look.colour}"),
                svg.label(frame.right + 14, height + 4, clip(line.look.name, 12), "t strong", "start"),
            ]
        )
        for height, (_, line) in zip(heights, ends, strict=True)
    ]


def _apart(heights: list[float], bottom: float) -> list[float]:
    """Rising heights, a line of text apart: pushed down where they touch, then up where the last would leave."""
    down: list[float] = []
    for height in heights:
        down.append(max(height, down[-1] + _LINE) if down else height)
    up: list[float] = []
    for height in reversed(down):
        up.append(min(height, up[-1] - _LINE if up else bottom))
    return up[::-1]


def _last(line: Line) -> float | None:
    return next((value for value in reversed(line.values) if value is not None), None)
