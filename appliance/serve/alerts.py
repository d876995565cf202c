"""Alerts as the dashboard shows them, whoever wrote them; acknowledging is the one thing that it writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import UsageError
from appliance.log.log import Log


@dataclass(frozen=True)
class AlertLine:
    """One alert. severity: critical, warning or info. state: open, acknowledged or closed."""

    number: int
    opened: str  # UTC, ISO 8601
    severity: str
    state: str
    member: str
    condition: str
    text: str
    run: str = ""
    owner: str = ""
    note: str = ""
    by: str = ""


def alerts(log: Log) -> Sequence[AlertLine]:
    """Every alert, the one opened last first."""
    return ()


def open_alerts(log: Log) -> tuple[AlertLine, ...]:
    """The alerts that are neither acknowledged nor closed."""
    return tuple(alert for alert in alerts(log) if alert.state == "open")


def acknowledge(path: Path, number: int, by: str, note: str) -> None:
    """Say that `by` has seen an alert, on a connection of its own. Raises UsageError where it is not open."""
    raise UsageError(f"there is no open alert {number}", mend="look at the list again")
