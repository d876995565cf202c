"""Beside the grid of a run: how visible each masked defect is under each condition, and decisions on repeated shots."""

import json
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from appliance.errors import MachineFailed
from appliance.log.connect import snapshot, transaction
from appliance.log.log import Log
from appliance.log.packing import pack, unpack
from appliance.log.types import Outcomes

Sights = dict[str, NDArray[np.float32]]
"""Condition -> (parts, 2) in the run's order: defect's area in px and contrast-to-noise ratio, NaN without a mask."""

Shots = dict[str, list[Outcomes]]
"""Member -> the outcomes of each repeated shot, parts in the run's order."""


def add_sight(log: Log, run: str, condition: str, sight: NDArray[np.float32]) -> None:
    """Keep what was seen of the defects under one condition; what was kept before is replaced."""
    packed = zlib.compress(np.ascontiguousarray(sight, dtype="<f4").tobytes(), 6)
    with transaction(log.connection, log.path):
        log.connection.execute("INSERT OR REPLACE INTO visibility VALUES (?, ?, ?)", (run, condition, packed))


def add_shot(log: Log, run: str, draw: int, shot: dict[str, Outcomes]) -> None:
    """Keep every member's outcomes of one repeated shot."""
    rows = [(run, member, draw, pack(outcomes)) for member, outcomes in shot.items()]
    with transaction(log.connection, log.path):
        log.connection.executemany("INSERT OR REPLACE INTO repeats VALUES (?, ?, ?, ?)", rows)


def sights(log: Log, run: str, conditions: Sequence[str] | None = None) -> Sights:
    """What was seen of the defects, by condition (of `conditions` some); empty where no part has a mask."""
    asked = None if conditions is None else json.dumps(list(conditions))
    sql = """SELECT condition, packed FROM visibility
    WHERE run = ?1 AND (?2 IS NULL OR condition IN (SELECT value FROM json_each(?2)))"""
    with snapshot(log.connection, log.path):
        rows = log.connection.execute(sql, (run, asked)).fetchall()
    return {condition: _floats(packed, run) for condition, packed in rows}


def shots(log: Log, run: str) -> Shots:
    """The repeated shots of a run in the order of their draws; empty where there were none."""
    sql = "SELECT member, packed FROM repeats WHERE run = ? ORDER BY member, draw"
    found: Shots = {}
    with snapshot(log.connection, log.path):
        for member, packed in log.connection.execute(sql, (run,)):
            found.setdefault(member, []).append(_outcomes(packed, run))
    return found


def draws_done(log: Log, run: str) -> set[tuple[str, int]]:
    """(member, draw) of every repeated shot that is kept."""
    with snapshot(log.connection, log.path):
        return set(log.connection.execute("SELECT member, draw FROM repeats WHERE run = ?", (run,)))


def _floats(packed: bytes, run: str) -> NDArray[np.float32]:
    try:
        return np.frombuffer(zlib.decompress(packed), "<f4").reshape(-1, 2).astype(np.float32, copy=False)
    except (zlib.error, ValueError) as error:
        raise _damaged(run, error) from error


def _outcomes(packed: bytes, run: str) -> Outcomes:
    try:
        return unpack(packed)
    except ValueError as error:
        raise _damaged(run, error) from error


def _damaged(run: str, error: Exception) -> MachineFailed:
    mend = "bring back a backup with `inspect-eval log restore`, or audit again"
    return MachineFailed(f"what was seen in run {run} is damaged: {error}", mend=mend)
