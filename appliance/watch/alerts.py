"""Alerts in the log: found, seen again, acknowledged, closed.

None is ever deleted; what is still pending is no alert yet, and nobody has been told of it.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from typing import Any

from appliance.errors import UsageError
from appliance.log.connect import snapshot, transaction
from appliance.log.log import Log
from appliance.watch.alert_types import UNCLOSED, Alert, AlertNote, AlertState, Found, Severity
from appliance.watch.plain import finite

COLUMNS = ", ".join(field.name for field in fields(Alert))
PROGRAM = "inspect-eval"


def alerts(log: Log, states: Collection[AlertState] = UNCLOSED) -> list[Alert]:
    """Alerts in any of `states`, gravest first, then the one opened last first."""
    marks = ", ".join("?" for _ in states)
    sql = f"SELECT {COLUMNS} FROM alerts WHERE state IN ({marks}) ORDER BY id DESC"  # noqa: S608 - our own names
    with snapshot(log.connection, log.path):
        found = [_alert(row) for row in log.connection.execute(sql, [state.value for state in states])]
    return sorted(found, key=lambda alert: -alert.severity.rank)


def alert(log: Log, number: int) -> Alert:
    """One alert. Raises UsageError where there is none of this number."""
    with snapshot(log.connection, log.path):
        row = log.connection.execute(f"SELECT {COLUMNS} FROM alerts WHERE id = ?", (number,)).fetchone()  # noqa: S608 - ours
    found = None if row is None else _alert(row)
    if found is None or found.state is AlertState.PENDING:
        raise UsageError(f"no alert {number}", mend="`inspect-eval alerts list --all` shows every one")
    return found


def notes(log: Log, number: int) -> list[AlertNote]:
    """The history of an alert, oldest first."""
    sql = "SELECT at, who, action, note FROM alert_notes WHERE alert = ? ORDER BY id"
    with snapshot(log.connection, log.path):
        return [AlertNote(*row) for row in log.connection.execute(sql, (number,))]


def acknowledge(log: Log, number: int, *, who: str, at: str, note: str = "") -> Alert:
    """Say that somebody has taken an alert in hand; it stays until it is closed, and reminds nobody meanwhile.

    Raises UsageError for an unknown alert and for a closed one.
    """
    return _turn(log, number, AlertState.ACKED, AlertNote(at, who, "acked", note))


def close(log: Log, number: int, *, who: str, at: str, note: str) -> Alert:
    """Close an alert with a note that says what was done. Raises UsageError as `acknowledge`, and for an empty note."""
    if not note.strip():
        raise UsageError("an alert is closed with a note", mend="say what was done with --note TEXT")
    return _turn(log, number, AlertState.CLOSED, AlertNote(at, who, "closed", note))


def add_note(log: Log, number: int, note: AlertNote) -> None:
    """Add to an alert's history."""
    with transaction(log.connection, log.path):
        _write_note(log, number, note)


def record(log: Log, found: Iterable[Found], looked_at: Collection[tuple[str, str, str]], *, at: str) -> list[Alert]:
    """Take one night's findings; returns the alerts that are new, or graver than before.

    The same finding is the same alert until it is closed. looked_at: keys (rule, member, condition) that this night
    could judge; an alert of these that was not found has been missed once more, and one that was still pending (its
    nights in a row broken) is forgotten.
    """
    findings = {finding.key: finding for finding in found}
    with transaction(log.connection, log.path):
        news = [fresh for finding in findings.values() if (fresh := _take(log, finding, at)) is not None]
        for key in set(looked_at) - set(findings):
            _miss(log, key)
    return [alert(log, number) for number in news]


def _take(log: Log, finding: Found, at: str) -> int | None:
    """Write one finding; the alert's number where somebody has to be told."""
    known = _unclosed(log, finding.key)
    if known is None:
        return _open(log, finding, at)
    number, state, severity, nights = known
    seen = (at, nights + 1, finding.what, json.dumps(finite(finding.details)), number)
    log.connection.execute(
        "UPDATE alerts SET last_seen = ?, nights = ?, missed = 0, what = ?, details = ? WHERE id = ?", seen
    )
    if state is AlertState.PENDING:
        return _promote(log, number, finding, at) if nights + 1 >= finding.nights else None
    if finding.severity.rank <= severity.rank:
        return None
    log.connection.execute(
        "UPDATE alerts SET severity = ?, state = ? WHERE id = ?", (finding.severity, AlertState.OPEN, number)
    )
    _write_note(log, number, AlertNote(at, PROGRAM, "worse", finding.what))
    return number


def _open(log: Log, finding: Found, at: str) -> int | None:
    state = AlertState.OPEN if finding.nights <= 1 else AlertState.PENDING
    values: tuple[Any, ...] = (*finding.key, finding.severity, finding.owner, state, at, at, 1)
    number = log.connection.execute(
        "INSERT INTO alerts (rule, member, condition, severity, owner, state, opened, last_seen, nights, what, details)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, finding.what, json.dumps(finite(finding.details))),
    ).lastrowid
    if state is AlertState.PENDING or number is None:
        return None
    _write_note(log, number, AlertNote(at, PROGRAM, "opened", finding.what))
    return number


def _promote(log: Log, number: int, finding: Found, at: str) -> int:
    values = (AlertState.OPEN, finding.severity, at, number)
    log.connection.execute("UPDATE alerts SET state = ?, severity = ?, opened = ? WHERE id = ?", values)
    _write_note(log, number, AlertNote(at, PROGRAM, "opened", finding.what))
    return number


def _miss(log: Log, key: tuple[str, str, str]) -> None:
    known = _unclosed(log, key)
    if known is None:
        return
    if known[1] is AlertState.PENDING:
        log.connection.execute("DELETE FROM alerts WHERE id = ?", (known[0],))
    else:
        log.connection.execute("UPDATE alerts SET missed = missed + 1 WHERE id = ?", (known[0],))


def _unclosed(log: Log, key: Sequence[str]) -> tuple[int, AlertState, Severity, int] | None:
    sql = """SELECT id, state, severity, nights FROM alerts
        WHERE rule = ? AND member = ? AND condition = ? AND state <> 'closed'"""
    row = log.connection.execute(sql, tuple(key)).fetchone()
    return None if row is None else (row[0], AlertState(row[1]), Severity(row[2]), row[3])


def _turn(log: Log, number: int, state: AlertState, note: AlertNote) -> Alert:
    with transaction(log.connection, log.path):
        present = alert(log, number)
        if present.state is AlertState.CLOSED:
            raise UsageError(f"alert {number} is closed already", mend="`inspect-eval alerts list` shows the open ones")
        log.connection.execute("UPDATE alerts SET state = ? WHERE id = ?", (state, number))
        _write_note(log, number, note)
    return alert(log, number)


def _write_note(log: Log, number: int, note: AlertNote) -> None:
    values = (number, note.at, note.who, note.action, note.note)
    log.connection.execute("INSERT INTO alert_notes (alert, at, who, action, note) VALUES (?, ?, ?, ?, ?)", values)


def _alert(row: Sequence[Any]) -> Alert:
    values = dict(zip((field.name for field in fields(Alert)), row, strict=True))
    states = {"severity": Severity(values["severity"]), "state": AlertState(values["state"])}
    return Alert(**{**values, **states, "details": json.loads(values["details"])})
