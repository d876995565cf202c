"""What is written to the log, as functions over a database inside a transaction that the caller holds."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from appliance.log import rows
from appliance.log.packing import pack
from appliance.log.types import Cell, ConditionRow, CostRow, MemberRow, PartRow, RunHead, RunState, RunTail, Warn


def run(
    db: Database,
    head: RunHead,
    parts: Sequence[PartRow],
    members: Sequence[MemberRow],
    conditions: Sequence[ConditionRow],
) -> None:
    """Begin a run: its head, parts, members and conditions, its state `running`."""
    db.table("runs").insert(
        {
            **rows.head_row(head),
            "state": RunState.RUNNING.value,
            "part_set": _part_set(db, parts),
            "config": _config(db, head),
            "environment": _once(db, "environments", {"environment": rows.canonical(head.environment)}),
        }
    )
    db.table("members").insert_all(rows.member_row(head.run, m, i) for i, m in enumerate(members))
    db.table("conditions").insert_all(rows.condition_row(head.run, c, i) for i, c in enumerate(conditions))


def cells(db: Database, run: str, cells: Sequence[Cell], ng: NDArray[np.bool_]) -> None:
    """Add finished cells with their outcomes. ng: (parts,) bool, the labels in the order of the run's parts."""
    for cell in cells:
        if len(cell.outcomes.score) != len(ng):
            raise ValueError(f"cell {cell.member}, {cell.condition} has {len(cell.outcomes.score)} of {len(ng)} parts")
        number = db.table("cells").insert(rows.cell_row(run, cell, ng)).last_pk
        db.table("outcomes").insert({"cell": number, "packed": pack(cell.outcomes)})


def costs(db: Database, run: str, costs: Sequence[CostRow]) -> None:
    """Add costs to a run."""
    db.table("costs").insert_all(rows.cost_row(run, c) for c in costs)


def warnings(db: Database, run: str, warnings: Sequence[Warn]) -> None:
    """Add warnings to a run."""
    db.table("warnings").insert_all(rows.warning_row(run, w) for w in warnings)


def tail(db: Database, run: str, tail: RunTail) -> None:
    """Say how a run ended; a resumed run may end again."""
    db.execute(
        "UPDATE runs SET state = ?, ended = ?, seconds = ?, digest = ? WHERE run = ?",
        [tail.state.value, tail.ended, tail.seconds, tail.digest, run],
    )


def settle(db: Database) -> int:
    """Runs without an end become interrupted; returns how many."""
    states = [RunState.INTERRUPTED.value, RunState.RUNNING.value]
    return int(db.execute("UPDATE runs SET state = ? WHERE state = ?", states).rowcount)


def _part_set(db: Database, parts: Sequence[PartRow]) -> int:
    number, new = _find_or_add(db, "part_sets", rows.part_set_digest(parts), {"parts": len(parts)})
    if new:
        db.table("parts").insert_all({"part_set": number, **rows.part_row(p, i)} for i, p in enumerate(parts))
    return number


def _config(db: Database, head: RunHead) -> int:
    return _once(db, "configs", {"config": rows.canonical(head.config), "limits": rows.canonical(head.limits)})


def _once(db: Database, table: str, texts: dict[str, str]) -> int:
    return _find_or_add(db, table, rows.digest(rows.canonical(texts)), texts)[0]


def _find_or_add(db: Database, table: str, digest: str, values: rows.Row) -> tuple[int, bool]:
    """The id of the row with this digest, and whether it had to be added."""
    for row in db.table(table).rows_where("digest = ?", [digest], select="id"):
        return int(row["id"]), False
    return cast("int", db.table(table).insert({"digest": digest, **values}).last_pk), True
