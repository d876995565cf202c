"""Alerts on their way: what waits for which channel, tried until it is sent or given up; each is kept and visible."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime, time, timedelta

from appliance.log.connect import snapshot, transaction
from appliance.log.log import Log
from appliance.sections.watch import AlertsSection
from appliance.watch.alert_types import Alert, Delivery, DeliveryState, Severity

COLUMNS = ", ".join(field.name for field in fields(Delivery))
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)


def queue(log: Log, alert: Alert, event: str, channels: Iterable[str], *, at: datetime, due: datetime) -> None:
    """Have an event of an alert sent to each channel; the same event is queued once."""
    values = [(alert.id, channel, event, stamp(at), DeliveryState.WAITING, stamp(due)) for channel in channels]
    sql = "INSERT OR IGNORE INTO deliveries (alert, channel, event, created, state, next_try) VALUES (?, ?, ?, ?, ?, ?)"
    with transaction(log.connection, log.path):
        log.connection.executemany(sql, values)


def deliveries(log: Log, *, alert: int | None = None, states: Sequence[DeliveryState] = ()) -> list[Delivery]:
    """Deliveries in order of writing: of one alert, or in any of `states`, where asked."""
    sql, values = f"SELECT {COLUMNS} FROM deliveries WHERE 1", list[object]()  # noqa: S608 - our own names
    if alert is not None:
        sql, values = f"{sql} AND alert = ?", [*values, alert]
    if states:
        sql, values = f"{sql} AND state IN ({', '.join('?' for _ in states)})", [*values, *states]
    with snapshot(log.connection, log.path):
        rows = log.connection.execute(f"{sql} ORDER BY id", values).fetchall()
    return [_delivery(row) for row in rows]


def due(log: Log, now: datetime) -> list[Delivery]:
    """Deliveries to try now, oldest first."""
    waiting = deliveries(log, states=[DeliveryState.WAITING])
    return [delivery for delivery in waiting if delivery.next_try <= stamp(now)]


def sent(log: Log, delivery: Delivery, now: datetime) -> None:
    """Say that a delivery arrived."""
    _update(log, delivery, DeliveryState.SENT, now, now, "")


def failed(log: Log, delivery: Delivery, error: str, now: datetime, tries: int) -> DeliveryState:
    """Say that a try failed; the next one waits twice as long, up to an hour, until `tries` are spent."""
    wait = min(FIRST_WAIT * 2**delivery.attempts, LONGEST_WAIT)
    state = DeliveryState.WAITING if delivery.attempts + 1 < tries else DeliveryState.GIVEN_UP
    _update(log, delivery, state, now, now + wait, error)
    return state


def retry_given_up(log: Log, now: datetime) -> int:
    """Try again what was given up; returns how many."""
    sql = "UPDATE deliveries SET state = ?, attempts = 0, next_try = ? WHERE state = ?"
    with transaction(log.connection, log.path):
        values = (DeliveryState.WAITING, stamp(now), DeliveryState.GIVEN_UP)
        return int(log.connection.execute(sql, values).rowcount)


def when_due(section: AlertsSection, severity: Severity, now: datetime) -> datetime:
    """Now, or the end of the quiet hours it falls in; what is critical never waits. `now` is aware."""
    if not section.quiet_hours or severity is Severity.CRITICAL:
        return now
    local = now.astimezone()
    start, end = (time.fromisoformat(text) for text in section.quiet_hours.split("-"))
    if not _within(local.time(), start, end):
        return now
    over = datetime.combine(local.date(), end, local.tzinfo)
    return (over if over > local else over + timedelta(days=1)).astimezone(UTC)


def stamp(moment: datetime) -> str:
    """UTC, ISO 8601, to the second: as text in order of time."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _within(moment: time, start: time, end: time) -> bool:
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end


def _update(
    log: Log, delivery: Delivery, state: DeliveryState, tried: datetime, next_try: datetime, error: str
) -> None:
    sql = """UPDATE deliveries SET state = ?, attempts = ?, last_tried = ?, next_try = ?, error = ? WHERE id = ?"""
    with transaction(log.connection, log.path):
        values = (state, delivery.attempts + 1, stamp(tried), stamp(next_try), error, delivery.id)
        log.connection.execute(sql, values)


def _delivery(row: Sequence[object]) -> Delivery:
    values = dict(zip((field.name for field in fields(Delivery)), row, strict=True))
    return Delivery(**{**values, "state": DeliveryState(values["state"])})  # type: ignore[arg-type]  # as the table says
