"""A scored run as a document that the log keeps, and back: the same values to the bit, NaN included."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from appliance.log import kept
from appliance.log.kept import MemberNight
from appliance.log.log import Log
from appliance.log.types import CostRow, RunRecord
from appliance.score.grid import CLEAN
from appliance.score.repeatability import Repeatability
from appliance.score.sight import Sight
from appliance.score.summary_types import Summary, Told, WorstPart
from appliance.score.types import CellScore, Envelope, Interval, LimitState, LimitVerdict, MemberScore, Pair

KIND = "summary"
VERSION = 4
"""Goes up whenever the same outcomes give another summary or it is kept otherwise; another version is not read."""

_WORST_FIRST = (LimitState.BREACHED, LimitState.NOT_PROVABLE, LimitState.HOLDS)
_TYPES: dict[str, Any] = {
    "members": tuple[MemberScore, ...],
    "limits": tuple[LimitVerdict, ...],
    "pairs": tuple[Pair, ...],
    "worst_parts": tuple[WorstPart, ...],
    "contradicted": tuple[str, ...],
    "changes": tuple[str, ...],
    "verdict": str,
    "notes": tuple[str, ...],
    "sight": Sight | None,
    "repeatability": tuple[Repeatability, ...],
    "told": dict[str, Told],
}
"""The fields of a summary, each a piece of its document; cells are a piece for each perturbation, envelopes for each
member."""

_GROUPS: dict[str, Any] = {"cells": tuple[CellScore, ...], "envelopes": tuple[Envelope, ...]}
_EMPTY: dict[str, Any] = dict.fromkeys(_TYPES, ()) | {"verdict": "", "sight": None, "told": {}}
Cells = dict[tuple[str, str], CellScore]


def _adapter(name: str) -> TypeAdapter[Any]:
    return _adapter_of(name.partition("/")[0])


@cache
def _adapter_of(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter((_TYPES | _GROUPS)[kind])


def keep_summary(log: Log, summary: Summary) -> None:
    """Keep a finished run's summary in the log, with its rows for trends."""
    kept.keep_pieces(log, summary.record.head.run, KIND, VERSION, pack_summary(summary), member_rows(summary))


def kept_summary(log: Log, record: RunRecord, wanted: Collection[str] | None = None) -> Summary | None:
    """The summary kept of a run, whole or in part (see `unpack_summary`); None where there is none of this version."""
    pieces = kept.kept_pieces(log, record.head.run, KIND, VERSION, wanted)
    needed = _TYPES.keys() if wanted is None else {name for name in wanted if "/" not in name}
    return None if pieces is None or not pieces.keys() >= needed else unpack_summary(record, pieces)


def pack_summary(summary: Summary) -> dict[str, bytes]:
    """The summary but for its record, piece by piece, each JSON (with NaN and infinities, which JSON proper has not).

    So a page reads what it shows and no more.
    """
    pieces = {name: _dumped(name, getattr(summary, name)) for name in _TYPES}
    names = {row.key: row.name for row in summary.record.conditions}
    groups: dict[str, list[CellScore | Envelope]] = {}
    for cell in summary.cells.values():
        groups.setdefault(f"cells/{names[cell.condition]}", []).append(cell)
    for envelope in summary.envelopes:
        groups.setdefault(f"envelopes/{envelope.member}", []).append(envelope)
    pieces |= {name: _dumped(name, tuple(found)) for name, found in groups.items()}
    return pieces | {"tallies": _json(tallies(summary)), "heat": _json(heat_points(summary))}


def unpack_summary(record: RunRecord, pieces: Mapping[str, bytes]) -> Summary:
    """The summary whose pieces `pack_summary` made; `record` is the run's own. What is not among them is empty.

    Pieces are named as the fields; `cells/NAME` holds the cells of a perturbation (or of `clean`), `envelopes/NAME`
    the envelopes of a member.
    """
    found = {name: _adapter(name).validate_json(piece) for name, piece in pieces.items() if name not in TABLES}
    cells = {(cell.member, cell.condition): cell for cell in _of(found, "cells")}
    order = ((m.name, c.key) for m in record.members for c in record.conditions) if cells else ()
    fields = {name: found.get(name, _EMPTY[name]) for name in _TYPES}
    in_order = {key: cells[key] for key in order if key in cells}
    reach = _in_order(record, _of(found, "envelopes"))
    return Summary(record=record, cells=in_order, envelopes=reach, costs=record.costs, **fields)


def _of(found: Mapping[str, Any], kind: str) -> list[Any]:
    return [item for name, items in found.items() if name.startswith(f"{kind}/") for item in items]


def _in_order(record: RunRecord, found: list[Envelope]) -> tuple[Envelope, ...]:
    """Perturbation by perturbation, member by member, as `envelopes` makes them."""
    ranks = {row.name: rank for rank, row in reversed(list(enumerate(record.conditions)))}
    sizes = {row.name: rank for rank, row in enumerate(record.members)}
    return tuple(sorted(found, key=lambda item: (ranks[item.perturbation], sizes[item.member])))


def _dumped(name: str, value: object) -> bytes:
    return _json(_adapter(name).dump_python(value, mode="json"))


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


class Tally(NamedTuple):
    """One limit of one member over the binding conditions: its worst state, its bound on clean parts, how many hold."""

    member: str
    limit: str
    allowed: float
    state: str
    clean_upper: float | None
    held: int
    judged: int


class HeatPoint(NamedTuple):
    """One cell of a heat map: accuracy 0..1, drop against clean with its interval in pp, escape rate 0..1 (or NaN)."""

    accuracy: float
    drop: float
    low: float
    high: float
    escape: float


Heat = dict[str, dict[str, HeatPoint]]
"""By condition, then by member."""

TABLES = ("tallies", "heat")
NAN = float("nan")


def tallies(summary: Summary) -> list[Tally]:
    """A tally for every member and limit that was judged, in the order of the members and of the limits."""
    found: dict[tuple[str, str], list[LimitVerdict]] = {}
    for verdict in summary.limits:
        if verdict.binding:
            found.setdefault((verdict.member, verdict.limit), []).append(verdict)
    return [_tally(member, limit, verdicts) for (member, limit), verdicts in found.items()]


def _tally(member: str, limit: str, verdicts: list[LimitVerdict]) -> Tally:
    clean = next((verdict.upper for verdict in verdicts if verdict.condition == CLEAN), None)
    held = sum(verdict.state is LimitState.HOLDS for verdict in verdicts)
    return Tally(member, limit, verdicts[0].allowed, worst_state(verdicts), clean, held, len(verdicts))


def heat_points(summary: Summary) -> Heat:
    """A point for every cell in which anything was scored."""
    found: Heat = {}
    for cell in summary.cells.values():
        if cell.accuracy.n:
            drop = cell.drift.drop if cell.drift else Interval(NAN, NAN, NAN)
            point = HeatPoint(cell.accuracy.estimate, drop.estimate, drop.low, drop.high, cell.escape.estimate)
            found.setdefault(cell.condition, {})[cell.member] = point
    return found


def kept_tallies(log: Log, run: str) -> list[Tally] | None:
    """The tallies kept of a run; None where there are none of this version."""
    rows = _kept_table(log, run, "tallies")
    return None if rows is None else [Tally._make(row) for row in rows]


def kept_heat(log: Log, run: str) -> Heat | None:
    """The heat map kept of a run; None where there is none of this version."""
    points = _kept_table(log, run, "heat")
    if points is None:
        return None
    return {key: {member: HeatPoint(*row) for member, row in cells.items()} for key, cells in points.items()}


def _kept_table(log: Log, run: str, name: str) -> Any:
    piece = (kept.kept_pieces(log, run, KIND, VERSION, (name,)) or {}).get(name)
    return None if piece is None else json.loads(piece)


def member_rows(summary: Summary) -> list[MemberNight]:
    """A row for every member of the run, for trends."""
    return [_row(summary, member) for member in summary.members]


def _row(summary: Summary, member: MemberScore) -> MemberNight:
    mine = [limit for limit in summary.limits if limit.member == member.name and limit.binding]
    clean, cost = member.clean, _latency(summary.costs, member.name)
    return MemberNight(
        run=summary.record.head.run,
        member=member.name,
        n=clean.accuracy.n,
        accuracy=_known(clean.accuracy.estimate),
        escape_rate=_known(clean.escape.estimate),
        escape_upper=clean.escape.upper,
        overkill_rate=_known(clean.overkill.estimate),
        overkill_upper=clean.overkill.upper,
        mean_accuracy=_known(member.mean_accuracy.estimate),
        mean_low=_known(member.mean_accuracy.low),
        mean_high=_known(member.mean_accuracy.high),
        flip_rate=_known(member.flip_rate.estimate),
        worst_accuracy=_known(member.worst_accuracy),
        worst_condition=member.worst_condition,
        clean_state=worst_state([limit for limit in mine if limit.condition == CLEAN]),
        state=worst_state(mine),
        p99_ms=None if cost is None else cost.p99,
        p99_state="" if cost is None else cost.state,
    )


def worst_state(limits: Sequence[LimitVerdict]) -> str:
    """The worst state among limits, empty where there are none."""
    states = {limit.state for limit in limits}
    return next((state.value for state in _WORST_FIRST if state in states), "")


def _latency(costs: Sequence[CostRow], member: str) -> CostRow | None:
    """The cost at batch 1, closed load."""
    return next((c for c in costs if c.member == member and c.load == "closed" and c.batch == 1), None)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
