"""A scored run as a document that the log keeps, and back: the same values to the bit, NaN included."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter

from appliance.log import kept
from appliance.log.kept import MemberNight
from appliance.log.log import Log
from appliance.log.types import CostRow, RunRecord
from appliance.score.grid import CLEAN
from appliance.score.repeatability import Repeatability
from appliance.score.sight import Sight
from appliance.score.summary_types import Summary, WorstPart
from appliance.score.types import CellScore, Envelope, LimitState, LimitVerdict, MemberScore, Pair

KIND, CELLS = "summary", "cells"
VERSION = 3
"""Goes up whenever the same outcomes give another summary; documents of another version are not read."""

_WORST_FIRST = (LimitState.BREACHED, LimitState.NOT_PROVABLE, LimitState.HOLDS)
Cells = dict[tuple[str, str], CellScore]


@dataclass(frozen=True)
class Scored:
    """A summary without the run's record, which the log holds already, and without its cells."""

    members: tuple[MemberScore, ...]
    limits: tuple[LimitVerdict, ...]
    envelopes: tuple[Envelope, ...]
    pairs: tuple[Pair, ...]
    worst_parts: tuple[WorstPart, ...]
    contradicted: tuple[str, ...]
    changes: tuple[str, ...]
    verdict: str
    notes: tuple[str, ...]
    sight: Sight | None
    repeatability: tuple[Repeatability, ...]


@cache
def _adapter() -> TypeAdapter[Scored]:
    return TypeAdapter(Scored)


@cache
def _cells_adapter() -> TypeAdapter[tuple[CellScore, ...]]:
    return TypeAdapter(tuple[CellScore, ...])


def keep_summary(log: Log, summary: Summary) -> None:
    """Keep a finished run's summary in the log, with its rows for trends."""
    run = summary.record.head.run
    kept.keep(log, run, CELLS, VERSION, pack_cells(summary))
    kept.keep(log, run, KIND, VERSION, pack_summary(summary), member_rows(summary))


def kept_summary(log: Log, record: RunRecord, perturbation: str | None = None) -> Summary | None:
    """The summary kept of a run; None where there is none of this version.

    Its cells are all of them, or those of one perturbation where it is named (`clean` always among them).
    """
    document, cells = (kept.kept(log, record.head.run, kind, VERSION) for kind in (KIND, CELLS))
    if document is None or cells is None:
        return None
    return unpack_summary(record, document, unpack_cells(cells, perturbation))


def pack_summary(summary: Summary) -> bytes:
    """The summary but for record and cells, as UTF-8 JSON (with NaN and infinities, which JSON proper has not)."""
    scored = Scored(
        summary.members,
        summary.limits,
        summary.envelopes,
        summary.pairs,
        summary.worst_parts,
        summary.contradicted,
        summary.changes,
        summary.verdict,
        summary.notes,
        summary.sight,
        summary.repeatability,
    )
    return _json(_adapter().dump_python(scored, mode="json"))


def unpack_summary(record: RunRecord, document: bytes, cells: Cells) -> Summary:
    """The summary that `pack_summary` was given; `record` is the run's own."""
    scored = _adapter().validate_json(document)
    order = [(m.name, c.key) for m in record.members for c in record.conditions]
    return Summary(
        record=record,
        members=scored.members,
        cells={key: cells[key] for key in order if key in cells},
        limits=scored.limits,
        envelopes=scored.envelopes,
        pairs=scored.pairs,
        costs=record.costs,
        worst_parts=scored.worst_parts,
        contradicted=scored.contradicted,
        changes=scored.changes,
        verdict=scored.verdict,
        notes=scored.notes,
        sight=scored.sight,
        repeatability=scored.repeatability,
    )


def pack_cells(summary: Summary) -> bytes:
    """The cells, perturbation by perturbation: a line of JSON that says where each begins and ends, then their JSON.

    So one perturbation is read without the others.
    """
    names = {row.key: row.name for row in summary.record.conditions}
    found: dict[str, list[CellScore]] = {}
    for cell in summary.cells.values():
        found.setdefault(names[cell.condition], []).append(cell)
    body, places = b"", {}
    for name, cells in found.items():
        piece = _json(_cells_adapter().dump_python(tuple(cells), mode="json"))
        places[name] = (len(body), len(body) + len(piece))
        body += piece
    return _json(places) + b"\n" + body


def unpack_cells(document: bytes, perturbation: str | None = None) -> Cells:
    """All cells, or those of one perturbation and of `clean`; empty for one that the run has not."""
    head, _, body = document.partition(b"\n")
    places: dict[str, tuple[int, int]] = json.loads(head)
    wanted = places if perturbation is None else {CLEAN, perturbation} & places.keys()
    pieces = (_cells_adapter().validate_json(body[slice(*places[name])]) for name in places if name in wanted)
    return {(cell.member, cell.condition): cell for piece in pieces for cell in piece}


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


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
