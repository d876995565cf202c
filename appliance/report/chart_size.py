"""Size against robustness: accuracy of each member, clean and under perturbation, over its MACs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from appliance.report import svg, units, words
from appliance.report.scales import Frame, Place, decades, floor_to, linear, logarithmic, ticks
from appliance.report.text import clip, columns
from appliance.score.types import Interval

_CHAR = 8.8  # width of an average character of bold 12-unit text in a wide face
_DODGE = 3.0  # the two series stand beside each other, so that their intervals do not cover each other


@dataclass(frozen=True)
class SizeWords:
    """What the chart says: the report's own words, or another page's in its language."""

    title: str = words.SIZE_TITLE
    desc: str = words.SIZE_DESC
    x: str = words.SIZE_X
    y: str = words.SIZE_Y
    clean: str = words.SIZE_CLEAN
    mean: str = words.SIZE_MEAN
    point: str = words.SIZE_POINT


REPORT_WORDS = SizeWords()


@dataclass(frozen=True)
class SizePoint:
    """One member: MACs for one picture and accuracy (fractions 0..1), clean and mean over perturbed conditions."""

    name: str
    macs: float
    clean: Interval
    mean: Interval


def drawable(points: Sequence[SizePoint]) -> list[SizePoint]:
    """The points that have a place: MACs known, and a result clean or perturbed."""
    return [point for point in points if point.macs > 0 and _known(point)]


def _known(point: SizePoint) -> bool:
    return not (math.isnan(point.clean.estimate) and math.isnan(point.mean.estimate))


def _axis_low(points: Sequence[SizePoint]) -> float:
    shown = [value for point in points for value in (point.clean, point.mean) if not math.isnan(value.estimate)]
    lows = [value.low for value in shown]
    return max(0.0, min(0.9, floor_to(min(lows, default=0.0), 0.1)))


def _macs_range(points: Sequence[SizePoint]) -> tuple[float, float]:
    return min(point.macs for point in points) / 1.6, max(point.macs for point in points) * 1.6


def _grid(frame: Frame, x: Place, y: Place, macs: tuple[float, float], low: float) -> list[Markup]:
    rows = [svg.line(frame.left, y(value), frame.right, y(value), "grid") for value in ticks(100 * low, 100, 5)]
    rows += [svg.label(frame.left - 6, y(value) + 4, f"{value:g}", "t", "end") for value in ticks(100 * low, 100, 5)]
    for value in decades(*macs):
        rows += [
            svg.line(x(value), frame.bottom, x(value), frame.bottom + 4, "axis"),
            svg.label(x(value), frame.bottom + 17, units.si(value)),
        ]
    return rows


def _bar(place: float, y: Place, value: Interval, class_: str) -> list[Markup]:
    top, bottom = y(100 * value.high), y(100 * value.low)
    ends = [svg.line(place - 4, end, place + 4, end, f"stroke {class_}") for end in (top, bottom)]
    return [svg.line(place, top, place, bottom, f"stroke {class_}"), *ends]


def _mark(place: float, height: float, class_: str) -> Markup:
    if class_ == "clean":
        return svg.tag("circle", cx=place, cy=height, r=5.0, class_="fill clean")
    return svg.rect(place - 4.5, height - 4.5, 9, 9, "open mean")


def _series(points: Sequence[SizePoint], x: Place, y: Place, class_: str, said: SizeWords) -> Markup:
    shown = [(point, point.clean if class_ == "clean" else point.mean) for point in points]
    shown = [(point, value) for point, value in shown if not math.isnan(value.estimate)]
    aside = -_DODGE if class_ == "clean" else _DODGE
    path = [(x(point.macs) + aside, y(100 * value.estimate)) for point, value in shown]
    name = said.clean if class_ == "clean" else said.mean
    marks = [
        svg.titled(
            Markup("").join([*_bar(place, y, value, class_), _mark(place, height, class_)]),
            said.point.format(
                member=point.name,
                series=name,
                value=units.percent(value.estimate),
                span=units.percent_span(value),
            ),
        )
        for (place, height), (point, value) in zip(path, shown, strict=True)
    ]
    return svg.group([svg.polyline(path, f"join {class_}"), *marks])


def _rows(places: Sequence[tuple[float, str]]) -> list[int]:
    """The first row in which each label does not touch the one before it."""
    ends: list[float] = []
    chosen = []
    for place, text in places:
        half = columns(text) * _CHAR / 2 + 5
        row = next((index for index, end in enumerate(ends) if place - half >= end), len(ends))
        ends[row : row + 1] = [place + half]
        chosen.append(row)
    return chosen


def _name(place: float, height: float, text: str, frame: Frame) -> Markup:
    """A member's name above its points, pushed inward at the edges."""
    half = columns(text) * _CHAR / 2
    if place + half > frame.right:
        return svg.label(frame.right, height, text, "t strong", "end")
    if place - half < frame.left:
        return svg.label(frame.left, height, text, "t strong", "start")
    return svg.label(place, height, text, "t strong")


def _inside(place: float, text: str, frame: Frame) -> float:
    half = columns(text) * _CHAR / 2
    return min(max(place, frame.left + half), frame.right - half)


def _name_rows(points: Sequence[SizePoint], x: Place, frame: Frame) -> list[int]:
    texts = [(x(point.macs), clip(point.name, 12)) for point in points]
    return _rows([(_inside(place, text, frame), text) for place, text in texts])


def _names(points: Sequence[SizePoint], x: Place, frame: Frame) -> list[Markup]:
    return [
        _name(x(point.macs), frame.top - 10 - 15 * row, clip(point.name, 12), frame)
        for point, row in zip(points, _name_rows(points, x, frame), strict=True)
    ]


def size_chart(
    points: Sequence[SizePoint], width: float = 1060, height: float = 430, said: SizeWords = REPORT_WORDS
) -> Markup:
    """The chart of drawable points (at least one) as SVG, `width` x `height` units; text is 12 units high."""
    macs, low = _macs_range(points), _axis_low(points)
    plain = Frame(46, 0, width - 14, height - 42)
    x = logarithmic(*macs, plain.left, plain.right)
    rows = max(_name_rows(points, x, plain))
    frame = Frame(plain.left, 44 + 15 * rows, plain.right, plain.bottom)
    y = linear(100 * low, 100, frame.bottom, frame.top)
    parts = [
        *_grid(frame, x, y, macs, low),
        svg.line(frame.left, frame.bottom, frame.right, frame.bottom, "axis"),
        *_names(points, x, frame),
        _series(points, x, y, "mean", said),
        _series(points, x, y, "clean", said),
        svg.label((frame.left + frame.right) / 2, height - 6, said.x, "t soft"),
        svg.label(4, 12, said.y, "t soft", "start"),
    ]
    return svg.picture(parts, (width, height), said.title, said.desc)
