"""Cost records in the log: each whole, as the JSON document that `cost --export` writes, with a view of its rows.

A record stands beside the runs, not inside one: a cost is measured when the machine is idle, an audit when the line is.
"""

import sqlite3

from appliance.log.connect import snapshot, transaction
from appliance.log.log import Log


def add_document(log: Log, *, made: str, family: str, machine: str, document: str) -> int:
    """Keep a cost record; `machine` is its machine's digest. Returns its number. May raise MachineFailed."""
    with transaction(log.connection, log.path):
        values = (made, family, machine, document)
        sql = "INSERT INTO cost_records (made, family, machine, document) VALUES (?, ?, ?, ?)"
        return int(log.connection.execute(sql, values).lastrowid or 0)


def documents(log: Log, most: int = 20) -> list[str]:
    """The records kept last, the latest first, at most `most`."""
    with snapshot(log.connection, log.path):
        return [row[0] for row in _latest(log.connection, most)]


def _latest(conn: sqlite3.Connection, most: int) -> sqlite3.Cursor:
    return conn.execute("SELECT document FROM cost_records ORDER BY number DESC LIMIT ?", (most,))


def clean_accuracies(log: Log) -> dict[str, float]:
    """Clean accuracy (0..1) by the sha256 of every model audited, as last audited."""
    sql = """SELECT m.sha256, m.clean_accuracy FROM v_members m JOIN runs r ON r.run = m.run
        WHERE m.clean_accuracy IS NOT NULL ORDER BY r.number"""
    with snapshot(log.connection, log.path):
        return {sha: float(accuracy) for sha, accuracy in log.connection.execute(sql)}
