"""Worst cases in the report: how many decisions can be flipped, how far off the flip lies, and what it looks like."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from appliance.language.tongue import mark, w
from appliance.probe.summary import Tolerance, tolerances
from appliance.probe.types import FlipRow, Kind, ProbeRecord
from appliance.report import svg, units
from appliance.report.labels import perturbation_name, severity_text
from appliance.report.page import render
from appliance.report.pictures import Album, Shot
from appliance.report.scales import linear, ticks
from appliance.report.sections import Section, SectionMaker
from appliance.report.series import looks
from appliance.report.terminal_probe import distance_text, sentences, weakest_text
from appliance.score.summary_types import Summary

MOST_PICTURES = 6
_SIZE = (620.0, 260.0)

Render = Callable[[str, ProbeRecord, FlipRow], bytes | None]
"""(`clean` or `flip`, the probe, the row) -> an encoded picture, or None where it cannot be shown."""


@dataclass(frozen=True)
class SizeRow:
    """One size of the table, ready to print."""

    item: Tolerance
    median: tuple[str, str]
    nearest: tuple[str, str]
    weakest: str


@dataclass(frozen=True)
class FlipView:
    """One mild flip in pictures."""

    row: FlipRow
    clean: Shot
    flip: Shot
    how: str


def probe_section(records: Sequence[ProbeRecord], picture: Render | None) -> SectionMaker:
    """The section of the last probes; nothing where there is none."""

    def make(summary: Summary) -> Section | None:
        known = {member.name for member in summary.members}
        fit = [record for record in records if known.issuperset(record.members)]
        if not fit:
            return None
        parts = [_html(record, picture) for record in fit]
        return Section(mark("Worst cases"), "worst-cases", Markup("").join(parts), 85)

    return make


def _html(record: ProbeRecord, picture: Render | None) -> Markup:
    found = tolerances(record)
    rows = [SizeRow(t, distance_text(t.quantiles["median"]), distance_text(t.quantiles["p10"]), weakest_text(t, 3))
            for t in found]  # fmt: skip
    physical = record.kind is Kind.PHYSICAL
    return render(
        "probe.html",
        record=record,
        physical=physical,
        rows=rows,
        chart=flip_chart(found, record.reach) if physical else None,
        styles=looks(tuple(record.members)).values(),
        sentences=sentences(record),
        views=_views(record, picture) if physical and picture is not None else (),
    )


def flip_chart(found: Sequence[Tolerance], reach: float) -> Markup:
    """620 x 260: the share of decisions that are flipped within a distance, a step line a size."""
    ends = [d for item in found for d in item.distances if math.isfinite(d)]
    wide = max([1.0, reach, *ends])
    top = max([0.05, *(item.flipped.estimate for item in found if item.flipped.n)])
    across, down = linear(0.0, wide, 50, _SIZE[0] - 12), linear(0.0, top, _SIZE[1] - 40, 10)
    parts = [_grid(across, down, wide, top)]
    edge = across(1.0)
    parts.append(svg.line(edge, 10, edge, _SIZE[1] - 40, "axis"))
    styles = looks(tuple(item.member for item in found))
    parts += [_steps(item, styles[item.member].colour, across, down, wide) for item in found]
    title = w("Share of right decisions that some combination within a distance flips")
    desc = w("Horizontal: distance in shares of the box. Vertical: percent of decisions.")
    return svg.picture(parts, _SIZE, title, desc)


def _grid(across: Callable[[float], float], down: Callable[[float], float], wide: float, top: float) -> Markup:
    marks = [svg.line(50, down(value), _SIZE[0] - 12, down(value), "grid") for value in ticks(0.0, top, 4)]
    marks += [
        svg.label(44, down(value) + 4, units.number(100 * value), "t small soft", "end") for value in ticks(0.0, top, 4)
    ]
    marks += [
        svg.label(across(value), _SIZE[1] - 22, units.number(value), "t small soft") for value in ticks(0.0, wide, 6)
    ]
    middle = (50 + _SIZE[0]) / 2
    marks.append(svg.label(middle, _SIZE[1] - 4, w("distance (1: one disturbance at its end)"), "t small soft"))
    marks.append(svg.label(4, 8, "%", "t small soft", "start"))
    return svg.group(marks)


def _steps(
    item: Tolerance, colour: str, across: Callable[[float], float], down: Callable[[float], float], wide: float
) -> Markup:
    count = len(item.distances) or 1
    points, share = [(across(0.0), down(0.0))], 0.0
    for index, distance in enumerate(d for d in item.distances if math.isfinite(d)):
        points.append((across(distance), down(share)))
        share = (index + 1) / count
        points.append((across(distance), down(share)))
    points.append((across(wide), down(share)))
    return svg.polyline(points, f"stroke {colour}")


def _views(record: ProbeRecord, picture: Render) -> tuple[FlipView, ...]:
    """The mildest flips, one a part."""
    mild: dict[str, FlipRow] = {}
    for row in sorted((row for row in record.rows if row.flipped and row.severities), key=lambda row: row.distance):
        mild.setdefault(row.part, row)
    rows = list(mild.values())[:MOST_PICTURES]
    by_key = {row.part: row for row in rows}
    album = Album(lambda part, which: picture(which, record, by_key[part]))
    return tuple(
        FlipView(
            row,
            album.shot(row.part, "clean", w("{part}, clean", part=row.part)),
            album.shot(row.part, "flip", w("{part}, at the mildest flip of {size}", part=row.part, size=row.member)),
            recipe(record, row),
        )
        for row in rows
    )


def recipe(record: ProbeRecord, row: FlipRow) -> str:
    """The severities of a flip in words."""
    known = {axis["name"]: axis["unit"] for axis in record.box}
    return w(", ").join(
        f"{perturbation_name(name)} {severity_text(name, float(f'{value:.3g}'), known[name])}"
        for name, value in row.severities.items()
    )
