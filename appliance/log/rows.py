"""Rows of the tables and the types of `types.py`, each way; what is not a plain column is JSON."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from functools import cache, wraps
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from appliance.log.connect import DamagedRow
from appliance.log.types import (
    Cell,
    ConditionRow,
    CostRow,
    MemberRow,
    PartRow,
    RunBrief,
    RunHead,
    RunState,
    RunTail,
    Warn,
)

Row = dict[str, Any]

NAN = float("nan")


Made = TypeVar("Made")


def _checked(noun: str) -> Callable[[Callable[[sqlite3.Row], Made]], Callable[[sqlite3.Row], Made]]:
    """Make a reader of one row raise DamagedRow where a value cannot be read or is not of its field's type.

    The columns take any type (SQLite's own rule), so a damaged page may hold a text where a number was written.
    """

    def wrap(convert: Callable[[sqlite3.Row], Made]) -> Callable[[sqlite3.Row], Made]:
        @wraps(convert)
        def checked(row: sqlite3.Row) -> Made:
            try:
                made = convert(row)
            except (TypeError, ValueError) as error:
                raise DamagedRow(f"the row of a {noun} cannot be read: {error}") from error
            for name, kinds in () if made is None else _kinds(type(made)):  # type: ignore[arg-type]  # a type is hashable
                if not isinstance(getattr(made, name), kinds):
                    found = type(getattr(made, name)).__name__
                    raise DamagedRow(f"the row of a {noun} cannot be read: {name} is {found}")
            return made

        return checked

    return wrap


@cache
def _kinds(made: type) -> tuple[tuple[str, tuple[type, ...]], ...]:
    """(field, its types) of a dataclass; whole numbers count as floats, which SQLite keeps them as."""
    hints = get_type_hints(made)
    return tuple((field.name, _plain_types(hints[field.name])) for field in fields(made))


def _plain_types(hint: Any) -> tuple[type, ...]:
    if isinstance(hint, UnionType):
        return tuple(kind for part in get_args(hint) for kind in _plain_types(part))
    plain_type = get_origin(hint) or hint
    return (float, int) if plain_type is float else (plain_type,)


def flag(value: object) -> bool:
    """0 or 1 as it was written. Raises DamagedRow for anything else."""
    if value not in (0, 1):
        raise DamagedRow(f"{value!r:.40} is neither 0 nor 1")
    return bool(value)


def canonical(value: object) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text, floats to the bit."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """The sha256 of a text, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def plain(text: str) -> str:
    """A text that UTF-8 can hold: a file name may carry bytes that are no text, here written as `\\udcff`."""
    return text.encode("utf-8", "backslashreplace").decode()


def part_row(part: PartRow, position: int) -> Row:
    """A row of `parts`, less its set."""
    row = {**asdict(part), "id": plain(part.id)}
    return {"position": position, "class": plain(row.pop("cls")), "part_group": plain(row.pop("group")), **row}


@_checked("part")
def part(row: sqlite3.Row) -> PartRow:
    """A part as it was given."""
    return PartRow(
        row["id"],
        row["sha256"],
        flag(row["ng"]),
        row["class"],
        row["part_group"],
        row["width"],
        row["height"],
        row["channels"],
        row["bits"],
    )


def member_row(run: str, member: MemberRow, position: int) -> Row:
    """A row of `members`."""
    return {**asdict(member), "run": run, "position": position, "card": canonical(member.card)}


@_checked("member")
def member(row: sqlite3.Row) -> MemberRow:
    """A member as it was given; its card's tuples come back as lists."""
    return MemberRow(
        row["name"], row["sha256"], row["params"], row["macs"], row["activations"], json.loads(row["card"])
    )


def condition_row(run: str, condition: ConditionRow, position: int) -> Row:
    """A row of `conditions`."""
    row = asdict(condition)
    return {"run": run, "position": position, "perturbation_group": row.pop("group"), **row}


@_checked("condition")
def condition(row: sqlite3.Row) -> ConditionRow:
    """A condition as it was given."""
    return ConditionRow(
        row["key"],
        row["name"],
        row["perturbation_group"],
        row["unit"],
        row["severity"],
        row["neutral"],
        row["level"],
        row["repeat"],
    )


def cell_row(run: str, cell: Cell, ng: NDArray[np.bool_]) -> Row:
    """A row of `cells`: counts over the parts that were scored. ng: (parts,) bool, the labels.

    accuracy is the share of right OK/NG decisions, NULL where no part was scored.
    """
    scored = ~np.isnan(cell.outcomes.score)
    escapes = int(np.sum(scored & ng & ~cell.outcomes.ng))
    overkills = int(np.sum(scored & ~ng & cell.outcomes.ng))
    n = int(np.sum(scored))
    return {
        "run": run,
        "member": cell.member,
        "condition": cell.condition,
        "n": n,
        "ok": int(np.sum(scored & ~ng)),
        "ng": int(np.sum(scored & ng)),
        "escapes": escapes,
        "overkills": overkills,
        "accuracy": (n - escapes - overkills) / n if n else None,
        "seconds": cell.seconds,
        "failure": cell.failure,
    }


def cost_row(run: str, cost: CostRow) -> Row:
    """A row of `costs`."""
    return {**asdict(cost), "run": run, "stages": canonical(cost.stages)}


@_checked("cost")
def cost(row: sqlite3.Row) -> CostRow:
    """A cost as it was given. SQLite keeps NaN as NULL: what must be a number comes back as NaN."""
    values = {key: row[key] for key in row.keys() if key not in ("id", "run")}  # noqa: SIM118 - iterating gives values
    for key in ("p50", "mean", "throughput", "first_ms", "load_ms", "peak_rss_mb"):
        values[key] = NAN if values[key] is None else values[key]
    return CostRow(**{**values, "stages": json.loads(row["stages"])})


def warning_row(run: str, warning: Warn) -> Row:
    """A row of `warnings`."""
    return {"run": run, **{name: plain(text) for name, text in asdict(warning).items()}}


@_checked("warning")
def warning(row: sqlite3.Row) -> Warn:
    """A warning as it was given."""
    return Warn(row["kind"], row["what"], row["file"], row["mend"])


HEAD_COLUMNS = (
    "run",
    "started",
    "seed",
    "task",
    "family",
    "suite",
    "config_digest",
    "limits_digest",
    "plan_digest",
    "parts_root",
)


def head_row(head: RunHead) -> Row:
    """The columns of `runs` that a head fills by itself."""
    return {name: getattr(head, name) for name in HEAD_COLUMNS}


@_checked("run")
def head(row: sqlite3.Row) -> RunHead:
    """A head from `runs` joined with its configuration and environment."""
    return RunHead(
        **{name: row[name] for name in HEAD_COLUMNS},
        config=json.loads(row["config_json"]),
        limits=json.loads(row["limits_json"]),
        environment=json.loads(row["environment_json"]),
    )


@_checked("run")
def tail(row: sqlite3.Row) -> RunTail | None:
    """How the run ended, None where it has not."""
    if row["ended"] is None:
        return None
    return RunTail(RunState(row["state"]), row["ended"], row["seconds"], row["digest"])


@_checked("run")
def brief(row: sqlite3.Row) -> RunBrief:
    """A line of `v_runs`."""
    names = [name for name in RunBrief.__dataclass_fields__ if name != "state"]
    return RunBrief(state=RunState(row["state"]), **{name: row[name] for name in names})


def part_set_digest(parts: Sequence[PartRow]) -> str:
    """What makes two part sets the same one: every field of every part, in order."""
    return digest(canonical([list(asdict(p).values()) for p in parts]))
