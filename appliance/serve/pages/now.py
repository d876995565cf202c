"""Now: the state in words that carry across a hall, and a tile for every size."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from appliance.language.catalogue import Words
from appliance.log.kept import MemberNight, Night, member_nights, nights_like
from appliance.report import units
from appliance.score.kept import member_rows
from appliance.serve import names
from appliance.serve.alerts import AlertLine, unclosed
from appliance.serve.desk import View, read_summary
from appliance.serve.drift import Drift, drift_words, read_drift
from appliance.serve.figures import Figure
from appliance.serve.page import Page
from appliance.serve.schedule import next_audit, under_way
from appliance.serve.state import Facts, State, member_level, overall
from appliance.serve.times import moment, shown
from appliance.serve.trends import trend_figures

NIGHTS = 30


@dataclass(frozen=True)
class Tile:
    """One size: how it stands, its rates against the limits, how it moved, what it costs."""

    name: str
    level: str
    state: str
    on_line: bool
    rates: tuple[tuple[str, str, str, str], ...]  # limit, seen, bound, allowed
    moved: str
    kept: str  # decisions kept under perturbation
    cost: str
    alerts: int


def page(view: View) -> Page:
    """The first page."""
    run = view.finished()
    nights = nights_like(view.log, run, NIGHTS) if run else []
    rows = judged(view, member_nights(view.log, [night.run for night in nights[-2:]]))
    alerts = unclosed(view.log)
    state = _state(view, nights, _of(rows, nights, -1), alerts)
    return Page("now.html", state.headline, "", _values(view, state, nights, rows, alerts))


def judged(view: View, rows: list[MemberNight]) -> list[MemberNight]:
    """The rows with the last run's bounds and states, which a log of an older version has not kept: scored once."""
    last = rows[-1].run if rows else ""
    if all(row.escape_upper is not None for row in rows if row.run == last):
        return rows
    return [row for row in rows if row.run != last] + member_rows(read_summary(view.log, last))


def figures(view: View) -> list[Figure]:
    """The figures of the page."""
    run = view.finished()
    return trend_figures(view, run, NIGHTS)[:2] if run else []


def _of(rows: list[MemberNight], nights: list[Night], place: int) -> tuple[MemberNight, ...]:
    run = nights[place].run if len(nights) >= abs(place) else ""
    return tuple(row for row in rows if row.run == run)


def _state(view: View, nights: list[Night], rows: tuple[MemberNight, ...], alerts: tuple[AlertLine, ...]) -> State:
    dashboard = view.site.dashboard
    started = moment(nights[-1].started) if nights else None
    fresh = timedelta(hours=dashboard.fresh_hours)
    return overall(Facts(rows, started, view.now, fresh, dashboard.member, alerts), view.w)


def _values(
    view: View, state: State, nights: list[Night], rows: list[MemberNight], alerts: tuple[AlertLine, ...]
) -> dict[str, Any]:
    last, before = _of(rows, nights, -1), {row.member: row for row in _of(rows, nights, -2)}
    limits = view.limits(nights[-1].run) if nights else {}
    drift = read_drift(view.log)
    return {
        "state": state,
        "tiles": [_tile(view, row, _moved(view.w, row, before.get(row.member), drift), limits, alerts) for row in last],
        "run": nights[-1].run if nights else None,
        "last": shown(nights[-1].started) if nights else None,
        "next": next_audit(view),
        "under_way": under_way(view),
        "alerts": alerts,
        "figures": figures(view) if len(nights) > 1 else [],
    }


def _tile(view: View, row: MemberNight, moved: str, limits: dict[str, float], alerts: tuple[AlertLine, ...]) -> Tile:
    w = view.w
    rates = {
        "escape_rate": (row.escape_rate, row.escape_upper),
        "overkill_rate": (row.overkill_rate, row.overkill_upper),
    }
    takt = 1000 * view.site.line.takt_s
    return Tile(
        name=row.member,
        level=member_level(row, alerts),
        state=w(names.STATES[row.state]),
        on_line=row.member == view.site.dashboard.member,
        rates=tuple(
            (names.limit(w, name), _percent(rates[name][0]), _percent(rates[name][1]), units.percent(allowed))
            for name, allowed in limits.items()
            if name in rates
        ),
        moved=moved,
        kept=units.DASH if row.flip_rate is None else units.percent(1 - row.flip_rate),
        cost=w("no time measured")
        if row.p99_ms is None
        else w("{ms} ms of {takt} ms takt", ms=units.number(row.p99_ms), takt=units.number(takt)),
        alerts=sum(alert.member == row.member for alert in alerts),
    )


def _percent(value: float | None) -> str:
    return units.DASH if value is None else units.percent(value)


def _moved(w: Words, row: MemberNight, before: MemberNight | None, drift: Drift | None) -> str:
    """What the control charts say; without a baseline, how the mean accuracy moved since the audit before."""
    if drift is not None and drift.last(row.member) is not None:
        return drift_words(w, drift.last(row.member))
    if before is None or row.mean_accuracy is None or before.mean_accuracy is None:
        return w("first audit of its kind")
    change = 100 * (row.mean_accuracy - before.mean_accuracy)
    if change == 0:
        return w("as the audit before")
    better, worse = w("{value} better than the audit before"), w("{value} worse than the audit before")
    return (better if change > 0 else worse).format(value=units.pp(abs(change)))
