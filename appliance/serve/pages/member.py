"""One size: how it stands, how it moved over the nights, how far its limits hold, what it is."""

import json
from typing import Any

from markupsafe import Markup

from appliance.log.connect import snapshot
from appliance.log.kept import Night, nights_like
from appliance.log.types import MemberRow
from appliance.report.view_heat import perturbed
from appliance.report.view_rows import flat
from appliance.score.grid import CLEAN
from appliance.score.summary_types import Summary
from appliance.serve import names
from appliance.serve.alerts import unclosed
from appliance.serve.desk import View, unknown
from appliance.serve.drift import drift_figures, read_drift
from appliance.serve.figures import Figure
from appliance.serve.heat import EMPTY, Cell, address, figure, table_row
from appliance.serve.page import Page
from appliance.serve.scored import envelope_cell, limit_cells, limits_judged
from appliance.serve.sight import escapes_out_of_sight
from appliance.serve.times import day
from appliance.serve.trends import trend_figures
from appliance.watch.judge import chart_setting

NIGHTS, SPAN, MOST_LOST = 14, 60, 5
CELLS = """SELECT c.run, c.condition, c.accuracy FROM json_each(?1) r CROSS JOIN json_each(?2) k
CROSS JOIN cells c ON c.run = r.value AND c.member = ?3 AND c.condition = k.value"""


def page(view: View) -> Page:
    """The page of one size in the last finished run (or the one asked for)."""
    run, summary = view.run(), _summary(view)
    row = _member(summary, view.asked("name"))
    score = next(member for member in summary.members if member.name == row.name)
    nights = nights_like(view.log, run, NIGHTS)
    limits = view.tallies()
    worst = names.conditions(view.w, summary.record.conditions).get(score.worst_condition, score.worst_condition)
    values: dict[str, Any] = {
        "row": row,
        "score": score,
        "worst": worst,
        "run": run,
        "limits": limits_judged(view.w, limits),
        "cells": limit_cells(view.w, limits).get(row.name, []),
        "envelopes": _envelopes(view, summary, row.name),
        "days": [(night.run, day(view.w, night.started)) for night in nights],
        "nights": _nights(view, summary, row.name, nights),
        "figures": figures(view),
        "card": list(flat(row.card)),
        "costs": [cost for cost in summary.costs if cost.member == row.name],
        "repeatable": next((item for item in summary.repeatability if item.member == row.name), None),
        "unseen": escapes_out_of_sight(summary.sight, row.name),
        "lost": _lost(view, summary),
        "alerts": [alert for alert in unclosed(view.log) if alert.member == row.name],
        "members": [member.name for member in summary.members],
        "on_line": row.name == view.site.dashboard.member,
        "none_on_line": not view.site.dashboard.member,
    }
    return Page("member.html", view.w("Size {name}", name=row.name), "", values)


def _summary(view: View) -> Summary:
    return view.summary("members", "sight", "repeatability", f"envelopes/{view.asked('name')}")


def figures(view: View) -> list[Figure]:
    """The trends of this size alone."""
    summary = _summary(view)
    row = _member(summary, view.asked("name"))
    every = [member.name for member in summary.members]
    drift = read_drift(view.log, chart_setting(view.site.nightly), row.name)
    return [*drift_figures(view.w, drift, every), *trend_figures(view, view.run(), SPAN, (row.name,))]


def _lost(view: View, summary: Summary) -> list[tuple[str, str]]:
    """(key, name) of the conditions that take most defects out of sight."""
    labels = names.conditions(view.w, summary.record.conditions)
    rows = () if summary.sight is None else summary.sight.conditions
    return [(row.condition, labels[row.condition]) for row in rows[:MOST_LOST] if row.condition in labels]


def _member(summary: Summary, name: str) -> MemberRow:
    found = next((row for row in summary.record.members if row.name == name), None)
    if found is None:
        raise unknown(f"no size {name!r} in this run")
    return found


def _envelopes(view: View, summary: Summary, member: str) -> list[tuple[str, list[Any]]]:
    """(perturbation, a cell for each limit)."""
    limits = list(dict.fromkeys(envelope.limit for envelope in summary.envelopes))
    mine = {(e.perturbation, e.limit): e for e in summary.envelopes if e.member == member}
    rows = dict.fromkeys(row.name for row in perturbed(summary))
    return [
        (names.perturbation(view.w, name), [envelope_cell(view.w, mine.get((name, limit))) for limit in limits])
        for name in rows
    ]


def _nights(view: View, summary: Summary, member: str, nights: list[Night]) -> Markup:
    """The drop of each perturbation at its strongest severity, night by night, as the rows of a table."""
    strongest = {row.name: row.key for row in perturbed(summary)}  # severities rise: the last one stays
    seen = _accuracies(view, [night.run for night in nights], member, [CLEAN, *strongest.values()])
    here = address(view.run())
    rows = [
        table_row(here, key, names.perturbation(view.w, name), [_cell(found, key) for found in seen])
        for name, key in strongest.items()
    ]
    return Markup("".join(rows))  # noqa: S704 - names are escaped, numbers are ours


def _accuracies(view: View, runs: list[str], member: str, keys: list[str]) -> list[dict[str, float | None]]:
    """Per run the accuracy under each of `keys` that it has."""
    found: dict[str, dict[str, float | None]] = {run: {} for run in runs}
    with snapshot(view.log.connection, view.log.path):
        for run, key, accuracy in view.log.connection.execute(CELLS, (json.dumps(runs), json.dumps(keys), member)):
            found[run][key] = accuracy
    return list(found.values())


def _cell(found: dict[str, float | None], key: str) -> Cell:
    clean, here = found.get(CLEAN), found.get(key)
    return EMPTY if clean is None or here is None else (*figure(100 * (clean - here)), False)
