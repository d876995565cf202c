"""When the next audit is due, and whether one is at work now."""

from dataclasses import dataclass

from appliance.log.connect import snapshot
from appliance.log.types import RunState
from appliance.serve.desk import View


@dataclass(frozen=True)
class UnderWay:
    """An audit at work: its run, cells done of those planned."""

    run: str
    cells: int
    planned: int


def under_way(view: View) -> UnderWay | None:
    """The run begun last, where it has not ended."""
    sql = """SELECT r.run, (SELECT count(*) FROM cells c WHERE c.run = r.run),
        (SELECT count(*) FROM members m WHERE m.run = r.run) * (SELECT count(*) FROM conditions k WHERE k.run = r.run)
        FROM runs r WHERE r.number = (SELECT max(number) FROM runs) AND r.state = ?"""
    with snapshot(view.log.connection, view.log.path):
        row = view.log.connection.execute(sql, (RunState.RUNNING.value,)).fetchone()
    return None if row is None else UnderWay(*row)


def next_audit(view: View) -> str | None:
    """When the timer starts the next audit, None where none is set."""
    return None
