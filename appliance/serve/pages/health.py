"""Log health: the file, its room on the disk, its runs, and how to look deeper."""

import shutil
from dataclasses import dataclass
from typing import Any

from appliance.language.catalogue import mark
from appliance.log.connect import snapshot
from appliance.log.schema import applied
from appliance.log.types import RunState
from appliance.report import units
from appliance.serve import names
from appliance.serve.desk import View
from appliance.serve.page import Page
from appliance.serve.schedule import UnderWay, under_way
from appliance.serve.scored import recent
from appliance.serve.times import shown
from appliance.watch.nights import Night, nights

ROWS, NIGHTS = 25, 14
NIGHT_STATES = {
    "running": mark("running"),
    "done": mark("done"),
    "cut": mark("cut at its time limit"),
    "failed": mark("failed"),
    "interrupted": mark("interrupted"),
}
KINDS = {"done": "good", "cut": "open", "failed": "bad", "interrupted": "open"}


@dataclass(frozen=True)
class RunLine:
    """One run in the list."""

    run: str
    started: str
    state: str
    kind: str
    suite: str
    cells: str
    warnings: int
    seconds: str


def page(view: View) -> Page:
    """The page of the log; `before` shows runs older than the one of that number."""
    before = view.number("before", 1, 999_999_999, 0) or None
    briefs, begun = recent(view.log, ROWS, before), under_way(view)
    values: dict[str, Any] = {
        "facts": _facts(view),
        "counts": _counts(view),
        "runs": [_line(view, item, gone=_gone(begun, item.run)) for item in briefs],
        "older": _number(view, briefs[-1].run) if len(briefs) == ROWS else None,
        "under_way": begun,
        "nights": [_night(view, night) for night in nights(view.log, NIGHTS)],
    }
    return Page("health.html", view.w("Health of the log"), "health", values)


def _night(view: View, night: Night) -> dict[str, Any]:
    """One night in the list: when, how it ended, what it covered."""
    state = night.state.value
    return {
        "run": night.run,
        "started": shown(night.started),
        "state": view.w(NIGHT_STATES[state]) if state in NIGHT_STATES else state,
        "kind": KINDS.get(state, "none"),
        "cells": f"{units.count(night.covered_cells)} / {units.count(night.grid_cells)}",
        "message": night.message,
    }


def _facts(view: View) -> list[tuple[str, str]]:
    w, path = view.w, view.log.path
    waiting = path.with_name(f"{path.name}-wal")
    free = shutil.disk_usage(path.parent).free
    return [
        (w("File"), str(path)),
        (w("Size"), _mb(path.stat().st_size)),
        (w("Waiting to be folded in"), _mb(waiting.stat().st_size if waiting.exists() else 0)),
        (w("Free on its disk"), _mb(free)),
        (w("Schema"), ", ".join(sorted(applied(view.log.connection)))),
    ]


def _mb(size: int) -> str:
    return f"{units.number(size / 1e6)}{units.SPACE}MB" if size < 1e9 else f"{units.number(size / 1e9)}{units.SPACE}GB"


def _counts(view: View) -> list[tuple[str, int]]:
    sql = "SELECT state, count(*) FROM runs GROUP BY state ORDER BY state"
    with snapshot(view.log.connection, view.log.path):
        found = view.log.connection.execute(sql).fetchall()
    return [(view.w(names.RUN_STATES.get(state, state)), count) for state, count in found]


def _number(view: View, run: str) -> int:
    with snapshot(view.log.connection, view.log.path):
        return int(view.log.connection.execute("SELECT number FROM runs WHERE run = ?", (run,)).fetchone()[0])


def _gone(begun: UnderWay | None, run: str) -> bool:
    return begun is not None and begun.run == run and not begun.alive


def _line(view: View, item: Any, *, gone: bool) -> RunLine:
    state = RunState.INTERRUPTED.value if gone else item.state.value
    return RunLine(
        item.run,
        shown(item.started),
        view.w(names.RUN_STATES[state]),
        KINDS.get(state, "none"),
        item.suite,
        f"{units.count(item.cells)} / {units.count(item.members * item.conditions)}",
        item.warnings,
        units.DASH if item.seconds is None else units.seconds(item.seconds),
    )
