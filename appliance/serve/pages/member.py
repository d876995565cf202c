"""One size: how it stands, how it moved over the nights, how far its limits hold, what it is."""

from dataclasses import dataclass
from typing import Any

from appliance.log.connect import snapshot
from appliance.log.kept import Night, nights_like
from appliance.log.types import MemberRow
from appliance.report import units
from appliance.report.view_heat import perturbed, shade
from appliance.report.view_rows import flat
from appliance.score.grid import CLEAN
from appliance.score.summary_types import Summary
from appliance.serve import names
from appliance.serve.alerts import unclosed
from appliance.serve.desk import View, unknown
from appliance.serve.drift import drift_figures, read_drift
from appliance.serve.figures import Figure
from appliance.serve.page import Page
from appliance.serve.scored import envelope_cell, limit_cells, limits_judged
from appliance.serve.times import day
from appliance.serve.trends import trend_figures
from appliance.watch.judge import chart_setting

NIGHTS, SPAN = 14, 60
CELLS = "SELECT condition, accuracy FROM cells WHERE run = ? AND member = ?"


@dataclass(frozen=True)
class NightRow:
    """One perturbation over the nights: the key of its strongest condition, and (shade, figure) for each night."""

    name: str
    key: str
    cells: tuple[tuple[str, str], ...]


def page(view: View) -> Page:
    """The page of one size in the last finished run (or the one asked for)."""
    run, summary = view.run(), view.summary("members", "envelopes")
    row = _member(summary, view.asked("name"))
    score = next(member for member in summary.members if member.name == row.name)
    nights = nights_like(view.log, run, NIGHTS)
    limits, _ = view.tables()
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
        "alerts": [alert for alert in unclosed(view.log) if alert.member == row.name],
        "members": [member.name for member in summary.members],
        "on_line": row.name == view.site.dashboard.member,
    }
    return Page("member.html", view.w("Size {name}", name=row.name), "", values)


def figures(view: View) -> list[Figure]:
    """The trends of this size alone."""
    summary = view.summary("members", "envelopes")
    row = _member(summary, view.asked("name"))
    every = [member.name for member in summary.members]
    drift = drift_figures(view.w, read_drift(view.log, chart_setting(view.site.nightly)), every, (row.name,))
    return [*drift, *trend_figures(view, view.run(), SPAN, (row.name,))]


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


def _nights(view: View, summary: Summary, member: str, nights: list[Night]) -> list[NightRow]:
    """The drop of each perturbation at its strongest severity, night by night."""
    seen = [_accuracies(view, night.run, member) for night in nights]
    strongest = {row.name: row.key for row in perturbed(summary)}  # severities rise: the last one stays
    return [
        NightRow(names.perturbation(view.w, name), key, tuple(_cell(found, key) for found in seen))
        for name, key in strongest.items()
    ]


def _accuracies(view: View, run: str, member: str) -> dict[str, float | None]:
    with snapshot(view.log.connection, view.log.path):
        return dict(view.log.connection.execute(CELLS, (run, member)).fetchall())


def _cell(found: dict[str, float | None], key: str) -> tuple[str, str]:
    clean, here = found.get(CLEAN), found.get(key)
    if clean is None or here is None:
        return "hx", units.DASH
    drop = 100 * (clean - here)
    return shade(drop), units.short_pp(drop)
