"""Now: the state in words that carry across a hall, and a tile for every size."""

from collections.abc import Sequence
from datetime import timedelta

from appliance.log.kept import MemberNight, member_nights, nights_like
from appliance.serve.alerts import unclosed
from appliance.serve.desk import View
from appliance.serve.drift import read_drift
from appliance.serve.figures import Figure
from appliance.serve.page import Page
from appliance.serve.schedule import next_audit, night_of, under_way
from appliance.serve.state import Facts, better, overall
from appliance.serve.tiles import Board, Tile, judged, tiles
from appliance.serve.times import moment, shown
from appliance.serve.trends import HALL, trend_figures
from appliance.watch.judge import chart_setting

NIGHTS = 30


def page(view: View) -> Page:
    """The first page."""
    run = view.finished()
    nights = nights_like(view.log, run, NIGHTS) if run else []
    kept = member_nights(view.log, [night.run for night in nights])
    rows = [row for row in kept if row.run != run] + list(judged(view, kept, run)) if run else []
    board = _board(view, rows)
    last, started = (board.last, nights[-1].started) if nights else ((), "")
    fresh = timedelta(hours=view.site.dashboard.fresh_hours)
    facts = Facts(last, moment(started), view.now, fresh, board.limits, board.line_member, tuple(board.alerts))
    state, shown_tiles = overall(facts, view.w), tiles(view.w, board) if nights else []
    values = {
        "state": state,
        "tiles": shown_tiles,
        "example": _best(shown_tiles),
        "run": run,
        "line_member": board.line_member,
        "last": shown(started),
        "next": next_audit(view),
        "under_way": under_way(view),
        "night": night_of(view, run) if run else None,
        "alerts": board.alerts,
        "figures": figures(view) if len(nights) > 1 else [],
    }
    return Page("now.html", state.headline, "", values)


def _best(found: Sequence[Tile]) -> str:
    """The first size of those that stand best: the one that the state speaks of where none is named."""
    best = better(*(tile.level for tile in found))
    return next((tile.name for tile in found if tile.level == best), "")


def _board(view: View, rows: list[MemberNight]) -> Board:
    dashboard = view.site.dashboard
    limits = view.limits(rows[-1].run) if rows else {}
    takt = 1000 * view.site.line.takt_s
    return Board(
        rows, limits, unclosed(view.log), read_drift(view.log, chart_setting(view.site.nightly)), takt, dashboard.member
    )


def figures(view: View) -> list[Figure]:
    """The figures of the page."""
    run = view.finished()
    return trend_figures(view, run, NIGHTS, size=HALL)[:2] if run else []
