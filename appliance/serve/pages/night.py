"""One night: limits, sizes, the heat map of what each condition costs each size, the worst parts, cost, warnings."""

import math
from datetime import timedelta
from typing import Any

from appliance.log.kept import member_nights
from appliance.log.types import CostRow, RunState
from appliance.report import chart_size
from appliance.score.summary_types import Summary, Told
from appliance.score.types import Interval, MemberScore, Rate
from appliance.serve import names
from appliance.serve.chart_heat import HeatLine, draw
from appliance.serve.desk import COSTS, View
from appliance.serve.figures import Figure, Table
from appliance.serve.heat import DROP, ESCAPES, address, heat_numbers, heat_tables, shades
from appliance.serve.page import Page
from appliance.serve.scored import brief, limit_cells, limits_judged, recent_names
from appliance.serve.state import Facts, State, overall
from appliance.serve.tiles import judged
from appliance.serve.times import moment, shown

PARTS = ("members", "worst_parts", "changes", "verdict", "notes", "told", COSTS)
CHOICE = 60
WARNINGS, ALL = 40, 2000


def page(view: View) -> Page:
    """The page of the run asked for, the last finished one where none is."""
    run = view.run()
    summary, line = view.summary(*PARTS), brief(view.log, run)
    limits = view.tallies()
    chosen = ESCAPES if view.asked("map") == ESCAPES else DROP
    values = {
        "summary": summary,
        "told": _told(view, summary),
        "line": line,
        "state": view.w(names.RUN_STATES[line.state.value]),
        "overall": _overall(view, run, line.started),
        "whole": line.state is RunState.DONE,
        "started": shown(line.started),
        "nights": [(name, shown(started)) for name, started in recent_names(view.log, CHOICE)],
        "limits": limits_judged(view.w, limits),
        "cells": limit_cells(view.w, limits),
        "labels": names.conditions(view.w, summary.record.conditions),
        "heat": heat_tables(view.w, summary, view.heat(), chosen),
        "address": address(run),
        "map": chosen,
        "shades": shades(view.w),
        "figures": _sizes(view, summary),
        "costs": [_cost(view, row) for row in summary.costs],
        "warnings": summary.record.warnings[: ALL if view.asked("warnings") == "all" else WARNINGS],
    }
    return Page("night.html", view.w("Night of {day}", day=shown(line.started)), "night", values)


def _told(view: View, summary: Summary) -> Told:
    """What is said of the run in the reader's language."""
    return summary.told.get(view.w.language) or Told(summary.verdict, summary.changes, summary.notes)


def _overall(view: View, run: str, started: str) -> State:
    """How the sizes stood that night, as the first page would have said it."""
    rows, then = judged(view, member_nights(view.log, [run]), run), moment(started)
    facts = Facts(rows, then, then or view.now, timedelta(1), view.limits(run), view.site.dashboard.member)
    return overall(facts, view.w)


def _cost(view: View, row: CostRow) -> dict[str, Any]:
    w = view.w
    state = w(names.COST_STATES[row.state]) if row.state in names.COST_STATES else row.state
    return {"row": row, "state": state}


def figures(view: View) -> list[Figure]:
    """What can be saved: the chart of sizes, and the heat map that is a table on the page."""
    summary = view.summary(*PARTS)
    return [*_sizes(view, summary), _map(view, summary)]


def _map(view: View, summary: Summary) -> Figure:
    w, heat = view.w, view.heat()
    lines = [
        HeatLine(f"{table.name} {row.label}", tuple((tone, text) for tone, text, _ in row.cells))
        for table in heat_tables(w, summary, heat, view.asked("map"))
        for row in table.rows
    ]
    title = w("What each condition costs each size")
    drawing = draw(lines, [row.name for row in summary.record.members], title)
    return Figure("conditions", title, drawing, lambda: heat_numbers(w, summary.record, heat), "drop")


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
