"""Days of unlabelled pictures in the log: what each showed, for the days after to be compared with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.log.connect import snapshot, transaction
from appliance.log.log import Log
from appliance.watch.plain import finite

ALL = ""
"""The member under which a day's own row stands: what does not depend on a member."""


@dataclass(frozen=True)
class Day:
    """One day of one member (or of the pictures alone, member ``). `reading` is JSON-able, see `incoming`."""

    night: int
    at: str
    member: str
    images: int
    rejects: int
    reading: Mapping[str, Any]


def keep_days(log: Log, days: list[Day]) -> None:
    """Put one day's rows into the log."""
    rows = [(d.night, d.at, d.member, d.images, d.rejects, json.dumps(finite(d.reading))) for d in days]
    sql = "INSERT INTO incoming (night, at, member, images, rejects, reading) VALUES (?, ?, ?, ?, ?, ?)"
    with transaction(log.connection, log.path):
        log.connection.executemany(sql, rows)


def days(log: Log, member: str = ALL, last: int = 400) -> list[Day]:
    """The last days of a member, oldest first."""
    sql = """SELECT night, at, member, images, rejects, reading FROM incoming
        WHERE member = ? ORDER BY id DESC LIMIT ?"""
    with snapshot(log.connection, log.path):
        rows = log.connection.execute(sql, (member, last)).fetchall()
    return [Day(n, at, who, images, rejects, json.loads(text)) for n, at, who, images, rejects, text in reversed(rows)]
