"""A scored run as a document that the log keeps, and back: the same values to the bit, NaN included."""

import json
import math
from collections.abc import Collection, Sequence
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
from appliance.score.summary_types import Summary, WorstPart
from appliance.score.types import CellScore, Envelope, Interval, LimitState, LimitVerdict, MemberScore, Pair

KIND = "summary"
VERSION = 3
"""Goes up whenever the same outcomes give another summary; documents of another version are not read."""

_WORST_FIRST = (LimitState.BREACHED, LimitState.NOT_PROVABLE, LimitState.HOLDS)
_TYPES: dict[str, Any] = {
    "members": tuple[MemberScore, ...],
    "limits": tuple[LimitVerdict, ...],
    "envelopes": tuple[Envelope, ...],
    "pairs": tuple[Pair, ...],
    "worst_parts": tuple[WorstPart, ...],
    "contradicted": tuple[str, ...],
    "changes": tuple[str, ...],
    "verdict": str,
    "notes": tuple[str, ...],
    "sight": Sight | None,
    "repeatability": tuple[Repeatability, ...],
}
"""The fields of a summary, each a piece of its document; the cells are a piece for each perturbation."""

_EMPTY: dict[str, Any] = dict.fromkeys(_TYPES, ()) | {"verdict": "", "sight": None}
Cells = dict[tuple[str, str], CellScore]


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(_TYPES.get(name, tuple[CellScore, ...]))


def keep_summary(log: Log, summary: Summary) -> None:
    """Keep a finished run's summary in the log, with its rows for trends."""
    kept.keep(log, summary.record.head.run, KIND, VERSION, pack_summary(summary), member_rows(summary))


def kept_summary(log: Log, record: RunRecord, wanted: Collection[str] | None = None) -> Summary | None:
    """The summary kept of a run, whole or in part (see `unpack_summary`); None where there is none of this version."""
    document = kept.kept(log, record.head.run, KIND, VERSION)
    return None if document is None else unpack_summary(record, document, wanted)


def pack_summary(summary: Summary) -> bytes:
    """The summary but for its record, piece by piece.

    A line of JSON says where each piece begins and ends; the pieces follow, each JSON (with NaN and infinities, which
    JSON proper has not). So a page reads what it shows and no more.
    """
    pieces = {name: _dumped(name, getattr(summary, name)) for name in _TYPES}
    names = {row.key: row.name for row in summary.record.conditions}
    cells: dict[str, list[CellScore]] = {}
    for cell in summary.cells.values():
        cells.setdefault(f"cells/{names[cell.condition]}", []).append(cell)
    pieces |= {name: _dumped(name, tuple(found)) for name, found in cells.items()}
    pieces |= {"tallies": _json(tallies(summary)), "heat": _json(heat_points(summary))}
    return _shelved(pieces)


def unpack_summary(record: RunRecord, document: bytes, wanted: Collection[str] | None = None) -> Summary:
    """The summary that `pack_summary` was given; `record` is the run's own.

    wanted: names of fields, and `cells/NAME` for the cells of a perturbation (or of `clean`); what is not wanted is
    empty. None: all.
    """
    places, body = _opened(document)
    found = {
        name: _adapter(name).validate_json(body[slice(*place)])
        for name, place in places.items()
        if name not in TABLES and (wanted is None or name in wanted)
    }
    cells = {(cell.member, cell.condition): cell for name in found if name not in _TYPES for cell in found[name]}
    order = ((m.name, c.key) for m in record.members for c in record.conditions) if cells else ()
    fields = {name: found.get(name, _EMPTY[name]) for name in _TYPES}
    in_order = {key: cells[key] for key in order if key in cells}
    return Summary(record=record, cells=in_order, costs=record.costs, **fields)


def _shelved(pieces: dict[str, bytes]) -> bytes:
    places, start = {}, 0
    for name, piece in pieces.items():
        places[name] = (start, start + len(piece))
        start += len(piece)
    return _json(places) + b"\n" + b"".join(pieces.values())


def _opened(document: bytes) -> tuple[dict[str, tuple[int, int]], bytes]:
    head, _, body = document.partition(b"\n")
    return json.loads(head), body


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


def kept_tables(log: Log, run: str) -> tuple[list[Tally], Heat] | None:
    """The tallies and the heat map kept of a run; None where there are none of this version."""
    document = kept.kept(log, run, KIND, VERSION)
    if document is None:
        return None
    places, body = _opened(document)
    rows, points = (json.loads(body[slice(*places[name])]) for name in TABLES)
    heat = {key: {member: HeatPoint._make(row) for member, row in cells.items()} for key, cells in points.items()}
    return [Tally._make(row) for row in rows], heat


def member_rows(summary: Summary) -> list[MemberNight]:
    """A row for every member of the run, for trends."""
    return [_row(summary, member) for member in summary.members]


def _row(summary: Summary, member: MemberScore) -> MemberNight:
    mine = [limit for limit in summary.limits if limit.member == member.name and limit.binding]
    clean = member.clean
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
        p99_ms=_p99(summary.costs, member.name),
    )


def worst_state(limits: Sequence[LimitVerdict]) -> str:
    """The worst state among limits, empty where there are none."""
    states = {limit.state for limit in limits}
    return next((state.value for state in _WORST_FIRST if state in states), "")


def _p99(costs: Sequence[CostRow], member: str) -> float | None:
    """The upper bound of the latency at batch 1, closed load, in ms."""
    return next((c.p99 for c in costs if c.member == member and c.load == "closed" and c.batch == 1), None)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
