"""Alerts as the dashboard shows them; acknowledging is the one thing that it writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from appliance.log.connect import snapshot
from appliance.log.log import Log
from appliance.watch import alerts as watch
from appliance.watch.alert_types import UNCLOSED, Alert, AlertState

LAST_NOTE = (
    "SELECT who, note FROM alert_notes WHERE alert = ? AND action IN ('acked', 'closed') ORDER BY id DESC LIMIT 1"
)
SHOWN = (AlertState.OPEN, AlertState.ACKED, AlertState.CLOSED)


@dataclass(frozen=True)
class AlertLine:
    """One alert. severity: critical, warning or info. state: open, acked or closed. by, note: of whoever took it."""

    number: int
    opened: str  # UTC, ISO 8601
    severity: str
    state: str
    member: str
    condition: str
    text: str
    owner: str = ""
    nights: int = 0
    by: str = ""
    note: str = ""


def alerts(log: Log) -> Sequence[AlertLine]:
    """Every alert, gravest first, each with what was noted of it last."""
    return [_line(log, alert) for alert in watch.alerts(log, SHOWN)]


def unclosed(log: Log) -> tuple[AlertLine, ...]:
    """The alerts that are not closed: one taken in hand is still a reason not to trust."""
    return tuple(_line(log, alert) for alert in watch.alerts(log, UNCLOSED))


def acknowledge(path: Path, number: int, by: str, note: str) -> None:
    """Say that `by` has taken an alert in hand, on a connection of its own. Raises UsageError where it is closed."""
    with Log.open(path, create=False) as log:
        watch.acknowledge(log, number, who=by, at=datetime.now(UTC).isoformat(timespec="seconds"), note=note)


def _line(log: Log, alert: Alert) -> AlertLine:
    by, note = "", ""
    if alert.state is not AlertState.OPEN:
        with snapshot(log.connection, log.path):
            by, note = log.connection.execute(LAST_NOTE, (alert.id,)).fetchone() or ("", "")
    return AlertLine(
        alert.id,
        alert.opened,
        alert.severity.value,
        alert.state.value,
        alert.member,
        alert.condition,
        alert.what,
        alert.owner,
        alert.nights,
        by,
        note,
    )
