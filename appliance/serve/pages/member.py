"""One size: how it stands, how it moved over the nights, how far its limits hold, what it is."""

from typing import Any

from appliance.log.kept import nights_like
from appliance.log.types import MemberRow
from appliance.report.view_rows import flat
from appliance.score.summary_types import Summary
from appliance.serve import names
from appliance.serve.alerts import unclosed
from appliance.serve.desk import View, unknown
from appliance.serve.drift import drift_figures, read_drift
from appliance.serve.figures import Figure
from appliance.serve.member_tables import drops_figure, envelope_rows, envelopes_figure, read_drops
from appliance.serve.page import Page
from appliance.serve.scored import limit_cells, limits_judged
from appliance.serve.sight import escapes_out_of_sight
from appliance.serve.times import day
from appliance.serve.trends import trend_figures
from appliance.watch.judge import chart_setting

NIGHTS, SPAN, MOST_LOST = 14, 60, 5


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
        "envelopes": envelope_rows(view, summary),
        "days": [(night.run, day(view.w, night.started)) for night in nights],
        "nights": read_drops(view, summary, row.name, nights).body(run),
        "figures": figures(view),
        "card": [(_card(view, key), value) for key, value in flat(row.card)],
        "costs": [cost for cost in summary.costs if cost.member == row.name],
        "repeatable": next((item for item in summary.repeatability if item.member == row.name), None),
        "unseen": escapes_out_of_sight(summary.sight, row.name),
        "sighted": summary.sight is not None,
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


def saved(view: View) -> list[Figure]:
    """What can be saved: the trends, and the tables of the page as drawings."""
    summary = _summary(view)
    name = _member(summary, view.asked("name")).name
    drops = read_drops(view, summary, name, nights_like(view.log, view.run(), NIGHTS))
    return [*figures(view), drops_figure(view, drops, name), envelopes_figure(view, summary, name)]


def _lost(view: View, summary: Summary) -> list[tuple[str, str]]:
    """(key, name) of the conditions that take most defects out of sight."""
    labels = names.conditions(view.w, summary.record.conditions)
    rows = () if summary.sight is None else summary.sight.conditions
    return [(row.condition, labels[row.condition]) for row in rows[:MOST_LOST] if row.condition in labels]


def _card(view: View, key: str) -> str:
    return view.w(names.CARD[key]) if key in names.CARD else key


def _member(summary: Summary, name: str) -> MemberRow:
    found = next((row for row in summary.record.members if row.name == name), None)
    if found is None:
        raise unknown(f"no size {name!r} in this run")
    return found
