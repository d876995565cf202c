"""Log health: the file, its room on the disk, its runs, and how to look deeper."""

import shutil
from dataclasses import dataclass
from typing import Any

from appliance.log.connect import snapshot
from appliance.log.schema import applied
from appliance.report import units
from appliance.serve import names
from appliance.serve.desk import View
from appliance.serve.page import Page
from appliance.serve.schedule import under_way
from appliance.serve.scored import recent
from appliance.serve.times import shown

ROWS = 50


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
    briefs = recent(view.log, ROWS, before)
    values: dict[str, Any] = {
        "facts": _facts(view),
        "counts": _counts(view),
        "runs": [_line(view, item) for item in briefs],
        "older": _number(view, briefs[-1].run) if len(briefs) == ROWS else None,
        "under_way": under_way(view),
    }
    return Page("health.html", view.w("Health of the log"), "health", values)


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


def _line(view: View, item: Any) -> RunLine:
    state = item.state.value
    kinds = {"done": "good", "failed": "bad", "interrupted": "open"}
    return RunLine(
        item.run,
        shown(item.started),
        view.w(names.RUN_STATES[state]),
        kinds.get(state, "none"),
        item.suite,
        f"{units.count(item.cells)} / {units.count(item.members * item.conditions)}",
        item.warnings,
        units.DASH if item.seconds is None else units.seconds(item.seconds),
    )
