"""What an alert is: found by a rule, kept until a person closes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much it matters, least first."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0, 1, 2."""
        return list(Severity).index(self)


class AlertState(StrEnum):
    """Where an alert stands. `pending`: seen on fewer nights in a row than its rule asks for; not yet an alert."""

    PENDING = "pending"
    OPEN = "open"
    ACKED = "acked"
    CLOSED = "closed"


UNCLOSED = (AlertState.OPEN, AlertState.ACKED)


@dataclass(frozen=True)
class Found:
    """What a rule found on one night. `nights`: how many nights in a row make it an alert; `details` is JSON-able."""

    rule: str
    member: str
    condition: str
    severity: Severity
    what: str
    owner: str = ""
    nights: int = 1
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two findings the same one."""
        return self.rule, self.member, self.condition


@dataclass(frozen=True)
class Alert:
    """An alert as the log keeps it. `nights` it was seen on; `missed` nights looked at since without seeing it.

    `details` may hold: false_alarm_nights, delay_nights, changes (what changed since the baseline), value, limit.
    """

    id: int
    rule: str
    member: str
    condition: str
    severity: Severity
    owner: str
    state: AlertState
    opened: str
    last_seen: str
    nights: int
    missed: int
    what: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class AlertNote:
    """One entry of an alert's history. action: opened, worse, acked, closed, reminded or note."""

    at: str
    who: str
    action: str
    note: str


class DeliveryState(StrEnum):
    """How a delivery stands. `given up`: tried as often as the site allows; visible until the alert is closed."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given up"


@dataclass(frozen=True)
class Delivery:
    """One event of one alert on its way to one channel. event: opened, worse, reminder-N or closed."""

    id: int
    alert: int
    channel: str
    event: str
    created: str
    state: DeliveryState
    attempts: int
    last_tried: str
    next_try: str
    error: str
