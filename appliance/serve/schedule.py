"""When the next audit is due, how the last night went, and whether an audit is at work now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.log.connect import snapshot
from appliance.log.lock import holder_lives
from appliance.log.types import RunState
from appliance.serve.desk import View
from appliance.serve.times import moment, stamp
from appliance.watch.nights import Night, nights


@dataclass(frozen=True)
class UnderWay:
    """An audit that has not ended: its run, cells done of those planned; `alive` False where its process is gone."""

    run: str
    cells: int
    planned: int
    alive: bool


def under_way(view: View) -> UnderWay | None:
    """The run begun last, where it has not ended: at work, or stopped by force."""
    sql = """SELECT r.run, (SELECT count(*) FROM cells c WHERE c.run = r.run),
        (SELECT count(*) FROM members m WHERE m.run = r.run) * (SELECT count(*) FROM conditions k WHERE k.run = r.run)
        FROM runs r WHERE r.number = (SELECT max(number) FROM runs) AND r.state = ?"""
    with snapshot(view.log.connection, view.log.path):
        row = view.log.connection.execute(sql, (RunState.RUNNING.value,)).fetchone()
    return None if row is None else UnderWay(row[0], row[1], row[2], holder_lives(view.site.folder))


def next_audit(view: View) -> str | None:
    """When the timer starts the next audit, in the node's time; None where no night was run in the last two days."""
    last = next(iter(nights(view.log, 1)), None)
    began = moment(last.started) if last else None
    if began is None or view.now - began > timedelta(days=2):
        return None
    return stamp(due(view.now.astimezone(), view.site.nightly.at))


def due(now: datetime, at: str) -> datetime:
    """The next moment at which a clock shows `at` (02:00)."""
    hour, minute = (int(text) for text in at.split(":"))
    today = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def night_of(view: View, run: str) -> Night | None:
    """The night that made a run; None where a person did."""
    return next((night for night in nights(view.log, RECENT) if night.run == run), None)


RECENT = 40
