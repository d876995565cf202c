"""Probes written to the log and read back, to the bit."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from sqlite3 import Connection, Row
from typing import Any

from appliance.log.connect import snapshot, transaction
from appliance.log.log import Log
from appliance.probe.types import FlipRow, Kind, ProbeRecord

RUNNING, DONE, INTERRUPTED = "running", "done", "interrupted"

_HEAD = (
    "probe", "kind", "state", "started", "family", "seed", "looks", "levels", "members", "box", "calibrated", "parts",
    "provider", "plan_digest", "reach", "digest",
)  # fmt: skip
_FLIP = ("part", "member", "ng", "part_group", "right", "distance", "severities", "shares", "looks")


def start(log: Log, record: ProbeRecord) -> None:
    """Begin a probe."""
    values = (
        record.probe, str(record.kind), RUNNING, record.started, record.family, record.seed, record.looks,
        record.levels, json.dumps(record.members), json.dumps(record.box), int(record.calibrated), record.parts,
        record.provider, record.plan_digest, record.reach, "",
    )  # fmt: skip
    with transaction(log.connection, log.path):
        log.connection.execute(_insert("probes", _HEAD), values)


def add(log: Log, probe: str, position: int, rows: Sequence[FlipRow]) -> None:
    """Add what was found for one part, all members at once."""
    with transaction(log.connection, log.path):
        log.connection.executemany(
            _insert("probe_flips", ("probe", "position", *_FLIP)), [(probe, position, *_values(row)) for row in rows]
        )


def finish(log: Log, probe: str, state: str, seconds: float, digest: str = "") -> None:
    """Say how a probe ended; seconds are added to what it took before."""
    with transaction(log.connection, log.path):
        log.connection.execute(
            "UPDATE probes SET state = ?, seconds = seconds + ?, digest = ? WHERE probe = ?",
            (state, seconds, digest, probe),
        )


def resumable(log: Log, plan_digest: str) -> str | None:
    """The probe begun last with this plan that is not done, if any."""
    query = "SELECT probe FROM probes WHERE plan_digest = ? AND state != ? ORDER BY rowid DESC LIMIT 1"
    return _first(log, query, (plan_digest, DONE))


def latest(log: Log, family: str | None = None, kind: Kind | None = None) -> str | None:
    """The probe done last, of a family and a kind where they are given."""
    query = (
        "SELECT probe FROM probes WHERE state = ? AND (? IS NULL OR family = ?) AND (? IS NULL OR kind = ?) "
        "ORDER BY rowid DESC LIMIT 1"
    )
    wanted = None if kind is None else str(kind)
    return _first(log, query, (DONE, family, family, wanted, wanted))


def latest_probes(log: Log, family: str) -> tuple[ProbeRecord, ...]:
    """The last physical and the last adversarial probe of a family that were finished."""
    found = (latest(log, family, kind) for kind in Kind)
    return tuple(read(log, probe) for probe in found if probe is not None)


def done_positions(log: Log, probe: str) -> set[int]:
    """Positions of the parts that are finished."""
    with snapshot(log.connection, log.path):
        rows = log.connection.execute("SELECT DISTINCT position FROM probe_flips WHERE probe = ?", (probe,))
        return {int(position) for (position,) in rows}


def read(log: Log, probe: str) -> ProbeRecord:
    """A probe with all its rows, parts in order, members in the order of the probe."""
    with snapshot(log.connection, log.path):
        head = _one(log.connection, f"SELECT {', '.join(_HEAD)} FROM probes WHERE probe = ?", probe)  # noqa: S608 - our own names
        members = tuple(json.loads(head["members"]))
        found = log.connection.execute(
            f"SELECT {', '.join(_FLIP)} FROM probe_flips WHERE probe = ? ORDER BY position",  # noqa: S608 - our own names
            (probe,),
        ).fetchall()
    rows = [_row(dict(zip(_FLIP, values, strict=True))) for values in found]
    order = {name: index for index, name in enumerate(members)}
    by_part = list(dict.fromkeys(row.part for row in rows))
    place = {part: index for index, part in enumerate(by_part)}
    rows.sort(key=lambda row: (place[row.part], order[row.member]))
    return replace(_record(head, members), rows=tuple(rows))


def rows_digest(record: ProbeRecord) -> str:
    """sha256 over every row, distances to the bit."""
    hashed = hashlib.sha256()
    for row in record.rows:
        hashed.update(json.dumps(_values(row), default=str).encode())
    return hashed.hexdigest()


def _insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - our own names


def _values(row: FlipRow) -> tuple[Any, ...]:
    distance = row.distance if math.isfinite(row.distance) else None
    return (
        row.part, row.member, int(row.ng), row.group, int(row.right), distance, json.dumps(dict(row.severities)),
        json.dumps(dict(row.shares)), row.looks,
    )  # fmt: skip


def _row(values: dict[str, Any]) -> FlipRow:
    return FlipRow(
        values["part"],
        values["member"],
        bool(values["ng"]),
        values["part_group"],
        bool(values["right"]),
        math.inf if values["distance"] is None else float(values["distance"]),
        json.loads(values["severities"]),
        json.loads(values["shares"]),
        int(values["looks"]),
    )


def _record(head: dict[str, Any], members: tuple[str, ...]) -> ProbeRecord:
    return ProbeRecord(
        probe=head["probe"],
        kind=Kind(head["kind"]),
        state=head["state"],
        started=head["started"],
        family=head["family"],
        seed=head["seed"],
        looks=head["looks"],
        levels=head["levels"],
        members=members,
        box=tuple(json.loads(head["box"])),
        calibrated=bool(head["calibrated"]),
        parts=head["parts"],
        provider=head["provider"],
        plan_digest=head["plan_digest"],
        reach=head["reach"],
        digest=head["digest"],
    )


def _one(conn: Connection, query: str, key: str) -> dict[str, Any]:
    found: Row = conn.execute(query, (key,)).fetchone()
    return dict(zip(_HEAD, found, strict=True))


def _first(log: Log, query: str, values: Sequence[Any]) -> str | None:
    with snapshot(log.connection, log.path):
        found = log.connection.execute(query, values).fetchone()
    return None if found is None else str(found[0])
