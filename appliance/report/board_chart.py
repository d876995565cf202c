"""The one chart of the board's page: what each size brings, or costs, with its interval.

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
CHOSEN, OTHER = "#0067a8", "#8a94a0"
ROW, TOP, WIDTH, CHAR = 27.0, 8.0, 680.0, 7.4


@dataclass(frozen=True)
class Mark:
    """One row of the chart: the way's name, its value, what is written at its right end."""

    name: str
    value: Interval
    note: str
    chosen: bool


def board_chart(marks: Sequence[Mark], title: str, show: Callable[[float], str]) -> Markup:
    """A dot with its interval for each way, zero marked, ticks written by `show`; at least one mark."""
    left = 16 + CHAR * max(columns(clip(mark.name, 18)) for mark in marks)
    right = WIDTH - 12 - CHAR * max(columns(mark.note) for mark in marks)
    low = min(0.0, *(mark.value.low for mark in marks))
    high = max(0.0, *(mark.value.high for mark in marks))
    place = linear(low, high if high > low else low + 1.0, left, right)
    bottom = TOP + ROW * len(marks)
    rows = [_row(mark, number, place, right) for number, mark in enumerate(marks)]
    return svg.picture([*_grid(ticks(low, high, 4), place, bottom, show), *rows], (WIDTH, bottom + 24), title)


def _grid(values: Sequence[float], place: Place, bottom: float, show: Callable[[float], str]) -> list[Markup]:
    parts = []
    for value in values:
        x, colour = place(value), INK if value == 0 else LINE
        parts.append(svg.tag("line", x1=x, x2=x, y1=TOP - 4, y2=bottom, stroke=colour, stroke_width=1.0))
        parts.append(_text(x, bottom + 17, show(value), INK))
    return parts


def _row(mark: Mark, number: int, place: Place, right: float) -> Markup:
    y, colour = TOP + ROW * (number + 0.5), CHOSEN if mark.chosen else OTHER
    ends = place(mark.value.low), place(mark.value.high)
    weight = "bold" if mark.chosen else "normal"
    return svg.group(
        [
            _text(4, y + 4, clip(mark.name, 18), INK, "start", weight),
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
