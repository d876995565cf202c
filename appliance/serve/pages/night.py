"""One night: limits, sizes, the heat map of what each condition costs each size, the worst parts, cost, warnings."""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from appliance.log.types import CostRow, RunState
from appliance.report import chart_size, units
from appliance.report.view_heat import Measure, drop_measure, escape_measure, legend, perturbed
from appliance.score.kept import member_rows
from appliance.score.summary_types import Summary
from appliance.score.types import CellScore, Interval, MemberScore, Rate
from appliance.serve import names
from appliance.serve.chart_heat import HeatLine, draw
from appliance.serve.desk import View
from appliance.serve.figures import Figure, Table
from appliance.serve.page import Page
from appliance.serve.scored import brief, limit_cells, limits_judged, recent
from appliance.serve.state import Facts, State, overall
from appliance.serve.times import moment, shown

MAPS: dict[str, Measure] = {"drop": drop_measure, "escapes": escape_measure}
CHOICE = 60
WARNINGS = 40


@dataclass(frozen=True)
class HeatRow:
    """One condition: its key, its severity, and for each size (shade, figure, faint)."""

    key: str
    label: str
    cells: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class HeatTable:
    """The conditions of one perturbation."""

    name: str
    group: str
    rows: tuple[HeatRow, ...]


def page(view: View) -> Page:
    """The page of the run asked for, the last finished one where none is."""
    run = view.run()
    summary, line = view.summary(), brief(view.log, run)
    chosen = view.asked("map") or "drop"
    values = {
        "summary": summary,
        "line": line,
        "state": view.w(names.RUN_STATES[line.state.value]),
        "overall": _overall(view, summary, line.started),
        "whole": line.state is RunState.DONE,
        "started": shown(line.started),
        "nights": [(item.run, shown(item.started)) for item in recent(view.log, CHOICE)],
        "limits": limits_judged(view.w, summary),
        "cells": limit_cells(view.w, summary),
        "labels": names.conditions(view.w, summary.record.conditions),
        "heat": heat(view, summary, MAPS.get(chosen, drop_measure)),
        "map": chosen,
        "shades": _shades(view),
        "figures": _sizes(view, summary),
        "costs": [_cost(view, row) for row in summary.costs],
        "warnings": summary.record.warnings[:WARNINGS],
    }
    return Page("night.html", view.w("Night of {day}", day=shown(line.started)), "night", values)


def _overall(view: View, summary: Summary, started: str) -> State:
    """How the sizes stood that night, as the first page would have said it."""
    then = moment(started)
    member = view.site.dashboard.member
    return overall(
        Facts(tuple(member_rows(summary)), then, then or view.now, timedelta(1), summary.record.head.limits, member),
        view.w,
    )


def heat(view: View, summary: Summary, measure: Measure) -> list[HeatTable]:
    """The heat map: a table for each perturbation, in the order from part to file."""
    found: dict[str, list[HeatRow]] = {}
    groups: dict[str, str] = {}
    members = [member.name for member in summary.members]
    for row in perturbed(summary):
        cells = tuple(_heat_cell(summary.cells.get((name, row.key)), measure) for name in members)
        found.setdefault(row.name, []).append(HeatRow(row.key, names.severity(view.w, row), cells))
        groups[row.name] = names.group(view.w, row.group)
    return [HeatTable(names.perturbation(view.w, name), groups[name], tuple(rows)) for name, rows in found.items()]


def _heat_cell(cell: CellScore | None, measure: Measure) -> tuple[str, str, bool]:
    return ("hx", units.DASH, False) if cell is None or not cell.accuracy.n else measure(cell)


def _shades(view: View) -> list[tuple[str, str]]:
    """The legend of the heat map, in the reader's language."""
    said = {"hb": view.w("better"), "h0": view.w("within ±1")}
    bounds = {"h6": view.w("over {low}", low=35)}
    return [
        (shade, said.get(shade) or bounds.get(shade) or text.replace(" to ", units.DASH)) for shade, text in legend()
    ]


def _cost(view: View, row: CostRow) -> dict[str, Any]:
    return {"row": row, "state": view.w(names.COST_STATES[row.state]) if row.state in names.COST_STATES else row.state}


def figures(view: View) -> list[Figure]:
    """What can be saved: the chart of sizes, and the heat map that is a table on the page."""
    summary = view.summary()
    return [*_sizes(view, summary), _map(view, summary)]


def _map(view: View, summary: Summary) -> Figure:
    members = [member.name for member in summary.members]
    lines = [
        HeatLine(f"{table.name} {row.label}", tuple((shade, text) for shade, text, _ in row.cells))
        for table in heat(view, summary, MAPS.get(view.asked("map"), drop_measure))
        for row in table.rows
    ]
    title = view.w("What each condition costs each size")
    return Figure("conditions", title, draw(lines, members, title), lambda: heat_table(view, summary), "drop")


def _sizes(view: View, summary: Summary) -> list[Figure]:
    """Size against robustness, where there are two sizes to compare."""
    every = [_point(member) for member in summary.members]
    points = chart_size.drawable(every)
    if len(points) < 2:
        return []
    w = view.w
    said = chart_size.SizeWords(
        title=w("Accuracy of each size, clean and under perturbation"),
        desc=w("Filled circles: clean. Open squares: mean over all conditions. Bars: 95 % intervals."),
        x=w("multiply-accumulates (MACs) for one picture"),
        y=w("accuracy, %"),
        clean=w("clean"),
        mean=w("mean under perturbation"),
    )
    drawing = chart_size.size_chart(points, 760, 340, said)
    return [Figure("sizes", said.title, drawing, lambda: _sizes_table(view, summary), "accuracy")]


def _point(member: MemberScore) -> chart_size.SizePoint:
    return chart_size.SizePoint(member.name, float(member.macs), _interval(member.clean.accuracy), member.mean_accuracy)


def _interval(rate: Rate) -> Interval:
    return Interval(rate.estimate, rate.low, rate.high)


def _sizes_table(view: View, summary: Summary) -> Table:
    w = view.w
    header = (w("size"), w("MACs"), w("clean"), w("low"), w("high"), w("mean under perturbation"), w("low"), w("high"))
    rows = tuple(
        (m.name, m.macs, *_three(_interval(m.clean.accuracy)), *_three(m.mean_accuracy)) for m in summary.members
    )
    return Table(header, rows)


def _three(value: Interval) -> tuple[float | None, float | None, float | None]:
    low, middle, high = (x if math.isfinite(x) else None for x in (value.low, value.estimate, value.high))
    return middle, low, high


def heat_table(view: View, summary: Summary) -> Table:
    """The heat map as numbers: a row for each condition and size."""
    w = view.w
    header = (w("condition"), w("severity"), w("unit"), w("size"), w("accuracy"), w("drop, pp"), w("escape rate"))
    rows = [
        (
            row.name,
            row.severity,
            row.unit,
            member.name,
            cell.accuracy.estimate,
            None if cell.drift is None else cell.drift.drop.estimate,
            cell.escape.estimate,
        )
        for row in perturbed(summary)
        for member in summary.members
        if (cell := summary.cells.get((member.name, row.key))) is not None and cell.accuracy.n
    ]
    return Table(header, tuple(rows))
