"""The one chart of the board's page: what each size brings, or costs, with its interval, and the line to be held.

Colours stand on the elements, not in a style sheet, so that a browser, a PDF and a printer draw the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from appliance.report import svg
from appliance.report.scales import Place, linear, ticks
from appliance.report.text import clip, columns
from appliance.score.types import Interval

INK, LINE = "#1a1e23", "#d9dde2"
CHOSEN, OTHER, LIMIT = "#0067a8", "#8a94a0", "#a31621"
ROW, TOP, CHAR = 27.0, 8.0, 7.4
WIDE, NARROW = 680.0, 350.0
"""Widths in px: on paper and a screen, and on a phone, where the wide one's letters would shrink to half."""


@dataclass(frozen=True)
class Mark:
    """One row of the chart: the way's name, its value, what is written at its right end."""

    name: str
    value: Interval
    note: str
    chosen: bool


@dataclass(frozen=True)
class Line:
    """What the values are held against: an upright line with its name."""

    value: float
    name: str


def board_chart(
    marks: Sequence[Mark], title: str, show: Callable[[float], str], line: Line | None = None, width: float = WIDE
) -> Markup:
    """A dot with its interval for each way, zero and `line` marked, ticks written by `show`; at least one mark."""
    name = 18 if width >= WIDE else 8
    left = 16 + CHAR * max(columns(clip(mark.name, name)) for mark in marks)
    right = width - 14 - CHAR * max(columns(mark.note) for mark in marks)
    ends = [0.0] if line is None else [0.0, line.value]
    low = min(*ends, *(mark.value.low for mark in marks))
    high = max(*ends, *(mark.value.high for mark in marks))
    place = linear(low, high if high > low else low + 1.0, left, right)
    top = TOP if line is None else TOP + 18
    bottom = top + ROW * len(marks)
    rows = [_row(mark, y, place, right, name) for mark, y in zip(marks, _rows(top, len(marks)), strict=True)]
    grid = _grid(_apart(ticks(low, high, 4), place, show), place, (top, bottom), show)
    limit = [] if line is None else _limit(line, place, (top, bottom), width)
    return svg.picture([*grid, *limit, *rows], (width, bottom + 24), title)


def _rows(top: float, count: int) -> list[float]:
    return [top + ROW * (number + 0.5) for number in range(count)]


def _apart(values: Sequence[float], place: Place, show: Callable[[float], str]) -> list[float]:
    """Every tick, or every second or third, so that no two names touch; zero stays."""
    widest = CHAR * (1 + max((columns(show(value)) for value in values), default=0))
    step = abs(place(values[1]) - place(values[0])) if len(values) > 1 else widest
    every = max(1, int(-(-widest // max(step, 1.0))))
    zero = next((at for at, value in enumerate(values) if value == 0), 0)
    return [value for at, value in enumerate(values) if (at - zero) % every == 0]


def _limit(line: Line, place: Place, ends: tuple[float, float], width: float) -> list[Markup]:
    """The line, named above it within the picture."""
    x, (top, bottom) = place(line.value), ends
    half = CHAR * columns(line.name) / 2 + 2
    return [
        svg.tag("line", x1=x, x2=x, y1=top - 4, y2=bottom, stroke=LIMIT, stroke_width=2.0, stroke_dasharray="5 3"),
        _text(min(max(x, half), width - half), top - 9, line.name, LIMIT),
    ]


def _grid(
    values: Sequence[float], place: Place, ends: tuple[float, float], show: Callable[[float], str]
) -> list[Markup]:
    parts, (top, bottom) = [], ends
    for value in values:
        x, colour = place(value), INK if value == 0 else LINE
        parts.append(svg.tag("line", x1=x, x2=x, y1=top - 4, y2=bottom, stroke=colour, stroke_width=1.0))
        parts.append(_text(x, bottom + 17, show(value), INK))
    return parts


def _row(mark: Mark, y: float, place: Place, right: float, name: int) -> Markup:
    colour = CHOSEN if mark.chosen else OTHER
    ends = place(mark.value.low), place(mark.value.high)
    weight = "bold" if mark.chosen else "normal"
    return svg.group(
        [
            _text(4, y + 4, clip(mark.name, name), INK, "start", weight),
            svg.tag("line", x1=ends[0], x2=ends[1], y1=y, y2=y, stroke=colour, stroke_width=3.0),
            *(svg.tag("line", x1=x, x2=x, y1=y - 5, y2=y + 5, stroke=colour, stroke_width=2.0) for x in ends),
            svg.tag("circle", cx=place(mark.value.estimate), cy=y, r=5.5, fill=colour),
            _text(right + 10, y + 4, mark.note, INK, "start", weight),
        ]
    )


def _text(x: float, y: float, content: str, fill: str, anchor: str = "middle", weight: str = "normal") -> Markup:
    return svg.tag(
        "text",
        content,
        x=float(x),
        y=float(y),
        fill=fill,
        text_anchor=anchor,
        font_size="13",
        font_weight=weight,
        font_family=FONTS,
    )


FONTS = "Noto Sans, Noto Sans CJK JP, Hiragino Sans, Yu Gothic, Meiryo, Liberation Sans, Arial, sans-serif"
