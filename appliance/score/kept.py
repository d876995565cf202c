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
from appliance.score.summary_types import Summary, WorstPart
from appliance.score.types import CellScore, Envelope, LimitState, LimitVerdict, MemberScore, Pair

KIND = "summary"
VERSION = 1
"""Goes up whenever the same outcomes give another summary; documents of another version are not read."""

_WORST_FIRST = (LimitState.BREACHED, LimitState.NOT_PROVABLE, LimitState.HOLDS)


@dataclass(frozen=True)
class Scored:
    """A summary without the run's record, which the log holds already."""

    members: tuple[MemberScore, ...]
    cells: tuple[CellScore, ...]
    limits: tuple[LimitVerdict, ...]
    envelopes: tuple[Envelope, ...]
    pairs: tuple[Pair, ...]
    worst_parts: tuple[WorstPart, ...]
    contradicted: tuple[str, ...]
    changes: tuple[str, ...]
    verdict: str
    notes: tuple[str, ...]


@cache
def _adapter() -> TypeAdapter[Scored]:
    return TypeAdapter(Scored)


def keep_summary(log: Log, summary: Summary) -> None:
    """Keep a finished run's summary in the log, with its rows for trends."""
    document = pack_summary(summary)
    kept.keep(log, summary.record.head.run, KIND, VERSION, document, member_rows(summary))


def kept_summary(log: Log, record: RunRecord) -> Summary | None:
    """The summary kept of a run, None where there is none of this version."""
    document = kept.kept(log, record.head.run, KIND, VERSION)
    return None if document is None else unpack_summary(record, document)


def pack_summary(summary: Summary) -> bytes:
    """The summary as UTF-8 JSON (with NaN and infinities, which JSON proper has not)."""
    scored = Scored(
        summary.members,
        tuple(summary.cells.values()),
        summary.limits,
        summary.envelopes,
        summary.pairs,
        summary.worst_parts,
        summary.contradicted,
        summary.changes,
        summary.verdict,
        summary.notes,
    )
    return json.dumps(_adapter().dump_python(scored, mode="json"), separators=(",", ":")).encode()


def unpack_summary(record: RunRecord, document: bytes) -> Summary:
    """The summary that `pack_summary` was given; `record` is the run's own."""
    scored = _adapter().validate_json(document)
    return Summary(
        record=record,
        members=scored.members,
        cells={(cell.member, cell.condition): cell for cell in scored.cells},
        limits=scored.limits,
        envelopes=scored.envelopes,
        pairs=scored.pairs,
        costs=record.costs,
        worst_parts=scored.worst_parts,
        contradicted=scored.contradicted,
        changes=scored.changes,
        verdict=scored.verdict,
        notes=scored.notes,
    )


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
