"""One condition: its picture at each severity, what it does to each size, and the parts decided wrongly."""

import json
from typing import Any

import numpy as np

from appliance.log.connect import snapshot
from appliance.log.kept import nights_like
from appliance.log.types import ConditionRow
from appliance.report import units
from appliance.report.chart_curves import Curve, CurveWords, Panel, curve_panel, outward
from appliance.report.labels import CLEAN
from appliance.report.scales import floor_to
from appliance.report.series import looks
from appliance.report.view_heat import perturbed
from appliance.score.summary_types import Summary
from appliance.score.types import Rate
from appliance.serve import names
from appliance.serve.chart_trend import Line, Trend, draw
from appliance.serve.desk import View, unknown
from appliance.serve.figures import Figure, Table
from appliance.serve.page import Page
from appliance.serve.scored import PartLine, cells_under, find_part, part_lines, wrong
from appliance.serve.sight import sight_table
from appliance.serve.times import day

SPAN, MOST_PARTS = 30, 30
TREND = """
SELECT c.run, c.member, c.accuracy FROM json_each(?1) r CROSS JOIN json_each(?2) m
CROSS JOIN cells c ON c.run = r.value AND c.member = m.value AND c.condition = ?3"""


def page(view: View) -> Page:
    """The page of one condition of a run; `part` chooses the picture."""
    run, summary = view.run(), _summary(view)
    row = _condition(summary, view.asked("key"))
    siblings = _siblings(summary, row)
    steps = [(item.key, names.severity(view.w, item), item.level) for item in siblings]
    parts = part_lines(view.log, run)
    bad = _wrong_parts(view, run, summary, row, parts)
    first = view.number("from", 0, 1_000_000, 0)
    shown = find_part(parts, view.asked("part")) if view.asked("part") else bad[0][0] if bad else parts[0]
    values: dict[str, Any] = {
        "run": run,
        "row": row,
        "name": names.condition(view.w, row),
        "perturbation": names.perturbation(view.w, row.name),
        "steps": steps,
        "sight": sight_table(view, summary.sight, [(key, text) for key, text, _ in steps if key != CLEAN]),
        "members": [member.name for member in summary.members],
        "table": [_line(summary, item) for item in siblings],
        "labels": names.conditions(view.w, summary.record.conditions),
        "part": shown,
        "wrong": bad[first : first + MOST_PARTS],
        "first": first,
        "most": MOST_PARTS,
        "count": len(bad),
        "figures": figures(view),
    }
    return Page("condition.html", names.condition(view.w, row), "night", values)


def figures(view: View) -> list[Figure]:
    """Accuracy against severity, and this condition over the nights."""
    summary = _summary(view)
    row = _condition(summary, view.asked("key"))
    found = [_over_nights(view, summary, row)]
    return [_against_severity(view, summary, row), *found] if row.key != CLEAN else found


def _summary(view: View) -> Summary:
    return view.summary("members", "sight", "cells/clean", f"cells/{_perturbation(view)}")


def _perturbation(view: View) -> str:
    """The name before the severity of the key asked for; of a key that is not there any name will do."""
    return (view.asked("key") or CLEAN).rpartition("@")[0] or CLEAN


def _condition(summary: Summary, key: str) -> ConditionRow:
    found = next((row for row in summary.record.conditions if row.key == (key or CLEAN)), None)
    if found is None:
        raise unknown(f"no condition {key!r} in this run")
    return found


def _siblings(summary: Summary, row: ConditionRow) -> list[ConditionRow]:
    """Every severity of this perturbation in the run, weakest first."""
    return [item for item in perturbed(summary) if item.name == row.name] or [row]


def _line(summary: Summary, row: ConditionRow) -> list[Any]:
    return [summary.cells.get((member.name, row.key)) for member in summary.members]


def _wrong_parts(
    view: View, run: str, summary: Summary, row: ConditionRow, parts: list[PartLine]
) -> list[tuple[PartLine, list[str]]]:
    """Parts that any size decides wrongly under the condition: NG parts first, then by how many sizes err."""
    truth = np.array([part.ng for part in parts], np.bool_)
    cells = cells_under(view.log, run, [member.name for member in summary.members], row.key)
    errors = {name: wrong(cell, truth) for name, cell in cells.items()}
    found = [(part, [name for name, miss in errors.items() if miss[part.position]]) for part in parts]
    return sorted((item for item in found if item[1]), key=lambda item: (not item[0].ng, -len(item[1])))


def _against_severity(view: View, summary: Summary, row: ConditionRow) -> Figure:
    w, rows = view.w, _siblings(summary, row)
    style = looks(tuple(member.name for member in summary.members))
    severities = outward(row.neutral, [item.severity for item in rows])
    rates = {member.name: _rates(summary, member.name, rows) for member in summary.members}
    curves = tuple(
        Curve(style[name], tuple((value, found[value]) for value in severities if value in found))
        for name, found in rates.items()
    )
    panel = Panel(names.perturbation(w, row.name), row.unit, row.neutral, severities, curves)
    lowest = min((rate.estimate for curve in curves for _, rate in curve.points if rate.n), default=0.0)
    said = CurveWords(
        title=w("{name}: accuracy against severity"),
        desc=w("One line for each size, from no disturbance on the left to the strongest tested on the right."),
        uneven=w("{unit} (steps not to scale)"),
        neutral=w("none"),
    )
    title = said.title.format(name=panel.name)
    header = (w("severity"), w("unit"), *rates)
    table = [
        (value, row.unit, *(rates[name][value].estimate if value in rates[name] else None for name in rates))
        for value in severities
    ]
    drawing = curve_panel(panel, max(0.0, min(0.9, floor_to(lowest, 0.1))), said)
    return Figure("severity", title, drawing, lambda: Table(header, tuple(table)), "accuracy")


def _rates(summary: Summary, member: str, rows: list[ConditionRow]) -> dict[float, Rate]:
    """Accuracy at each severity of the first repeat; the neutral severity is the clean cell."""
    cells = {row.severity: summary.cells.get((member, row.key)) for row in reversed(rows)}
    clean = summary.cells.get((member, CLEAN))
    found = {value: cell.accuracy for value, cell in cells.items() if cell is not None}
    return found if clean is None else {rows[0].neutral: clean.accuracy} | found


def _over_nights(view: View, summary: Summary, row: ConditionRow) -> Figure:
    w, members = view.w, [member.name for member in summary.members]
    nights = nights_like(view.log, view.run(), SPAN)
    asked = (json.dumps([night.run for night in nights]), json.dumps(members), row.key)
    with snapshot(view.log.connection, view.log.path):
        found = {(run, name): value for run, name, value in view.log.connection.execute(TREND, asked)}
    style = looks(tuple(members))
    lines = tuple(Line(style[name], tuple(found.get((night.run, name)) for night in nights)) for name in members)
    title = w("Accuracy under {condition}, night by night", condition=names.condition(w, row))
    trend = Trend(title, w("One line for each size, night by night. Higher is better."),
                  tuple(day(w, night.started) for night in nights), lines, units.percent)  # fmt: skip
    rows = tuple((n.run, n.started, *(line.values[i] for line in lines)) for i, n in enumerate(nights))
    return Figure("nights", title, draw(trend), lambda: Table((w("run"), w("started"), *members), rows), "accuracy")
