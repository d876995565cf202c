"""The nights: what each was to cover, what it did cover, and how it ended."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from appliance.log.connect import snapshot, transaction
from appliance.log.log import Log


class NightState(StrEnum):
    """How a night stands. `cut`: its time was over before all that was planned was done.

    A night that is `running` under the site's lock was killed; it and one that was interrupted are gone on with.
    """

    RUNNING = "running"
    DONE = "done"
    CUT = "cut"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True)
class Night:
    """One night. `plan` says which conditions and which share of the parts were chosen (see `subset.Subset`).

    grid_cells: all cells of the site's grid; planned_cells, covered_cells: tonight's; parts of all_parts were shown.
    """

    number: int
    run: str
    started: str
    ended: str | None
    state: NightState
    seconds: float | None
    budget_s: float
    plan: Mapping[str, Any]
    grid_cells: int
    planned_cells: int
    covered_cells: int
    parts: int
    all_parts: int
    exit_code: int | None
    message: str


COLUMNS = ", ".join(Night.__dataclass_fields__)


def begin_night(log: Log, *, started: str, budget_s: float, plan: Mapping[str, Any], cells: tuple[int, int]) -> int:
    """Write that a night has begun and return its number. cells: of the grid, and planned for tonight."""
    sql = "INSERT INTO nights (started, state, budget_s, plan, grid_cells, planned_cells) VALUES (?, ?, ?, ?, ?, ?)"
    with transaction(log.connection, log.path):
        values = (started, NightState.RUNNING.value, budget_s, json.dumps(plan), *cells)
        return int(log.connection.execute(sql, values).lastrowid or 0)


def update_night(log: Log, number: int, **values: object) -> None:
    """Set columns of a night."""
    assignments = ", ".join(f"{name} = ?" for name in values)
    with transaction(log.connection, log.path):
        log.connection.execute(f"UPDATE nights SET {assignments} WHERE number = ?", (*values.values(), number))  # noqa: S608 - our own names


def nights(log: Log, last: int | None = None) -> list[Night]:
    """Nights, the newest first; only the `last` ones where asked."""
    sql = f"SELECT {COLUMNS} FROM nights ORDER BY number DESC LIMIT ?"  # noqa: S608 - our own names
    with snapshot(log.connection, log.path):
        return [_night(row) for row in log.connection.execute(sql, (-1 if last is None else last,))]


def _night(row: tuple[Any, ...]) -> Night:
    values = dict(zip(Night.__dataclass_fields__, row, strict=True))
    return Night(**{**values, "state": NightState(values["state"]), "plan": json.loads(values["plan"])})
