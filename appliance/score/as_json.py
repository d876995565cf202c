"""A summary as the document that `audit --json` and `runs show --json` print.

Fractions are in 0..1 unless a name says otherwise; what is undefined or unbounded is null, never NaN. Keys stay.
"""

import math
from dataclasses import asdict
from enum import Enum
from typing import Any

from appliance.score.compare import Comparison
from appliance.score.repeatability import Repeatability
from appliance.score.sight import Sight
from appliance.score.summary_types import Summary
from appliance.score.trade import Trade
from appliance.score.types import CellScore, Interval, MemberScore, Pair, Rate

Document = dict[str, Any]


def audit_json(summary: Summary) -> Document:
    """The whole document, ready for `json.dumps(..., allow_nan=False)`."""
    record = summary.record
    document = {
        "run": record.head.run,
        "digest": record.tail.digest if record.tail else "",
        "verdict": summary.verdict,
        "members": [_member(member) for member in summary.members],
        "cells": [_cell(cell) for cell in summary.cells.values()],
        "limits": [asdict(limit) for limit in summary.limits],
        "envelopes": [asdict(envelope) for envelope in summary.envelopes],
        "pairs": [_pair(pair) for pair in summary.pairs],
        "costs": [asdict(cost) for cost in summary.costs],
        "sight": None if summary.sight is None else _sight(summary.sight),
        "repeatability": [_repeatability(row) for row in summary.repeatability],
        "contradicted": list(summary.contradicted),
        "changes": list(summary.changes),
        "notes": list(summary.notes),
        "warnings": [asdict(warning) for warning in record.warnings],
    }
    return {key: plain(value) for key, value in document.items()}


def comparison_json(comparison: Comparison, bought: Trade | None = None) -> Document:
    """A comparison as one document: changes in pp (b less a), rates as fractions; what the training bought, or null."""
    cells = [
        {"flips": _rate(cell.flips), "significant": cell.significant, **_without(asdict(cell), "flips")}
        for cell in comparison.cells
    ]
    document = {**asdict(comparison), "cells": cells, "training": None if bought is None else asdict(bought)}
    return {key: plain(value) for key, value in document.items()}


def _without(document: Document, key: str) -> Document:
    return {name: value for name, value in document.items() if name != key}


def _member(member: MemberScore) -> Document:
    clean = member.clean
    return {
        "name": member.name,
        "params": member.params,
        "macs": member.macs,
        "clean": {
            "ok": clean.ok,
            "ng": clean.ng,
            "escapes": clean.escape.k,
            "overkills": clean.overkill.k,
            "accuracy": clean.accuracy.estimate,
        },
        "mean_accuracy": member.mean_accuracy.estimate,
        "mean_accuracy_interval": _bounds(member.mean_accuracy),
        "mean_drop": member.mean_drop.estimate / 100.0,
        "mean_drop_interval": _bounds(member.mean_drop, 100.0),
        "worst": {"condition": member.worst_condition, "accuracy": member.worst_accuracy},
        "flip_rate": member.flip_rate.estimate,
        "flip_rate_interval": _bounds(member.flip_rate),
        "mce": member.mce,
        "relative_mce": member.relative_mce,
        "area": member.area,
    }


def _cell(cell: CellScore) -> Document:
    drift = cell.drift
    return {
        "member": cell.member,
        "condition": cell.condition,
        "ok": cell.ok,
        "ng": cell.ng,
        "accuracy": _rate(cell.accuracy),
        "escape": _rate(cell.escape),
        "overkill": _rate(cell.overkill),
        "balanced_accuracy": cell.balanced_accuracy,
        "auroc": cell.auroc,
        "average_precision": cell.average_precision,
        "f1": cell.f1,
        "ece": cell.ece,
        "flip_rate": None if drift is None else _rate(drift.flip_rate),
        "drop_pp": None if drift is None else asdict(drift.drop),
        "mcnemar_p": None if drift is None else drift.mcnemar_p,
        "holm_p": None if drift is None else drift.holm_p,
    }


def _sight(sight: Sight) -> Document:
    rows = [{**asdict(row), "limit_of": "camera" if row.most else "both"} for row in sight.conditions]
    return {**asdict(sight), "conditions": rows}


def _repeatability(row: Repeatability) -> Document:
    return {**asdict(row), "unsteady": _rate(row.unsteady)}


def _pair(pair: Pair) -> Document:
    document = asdict(pair)
    return {"difference_pp": document.pop("difference"), **document}


def _rate(rate: Rate) -> Document:
    return {"estimate": rate.estimate, **asdict(rate)}


def _bounds(interval: Interval, scale: float = 1.0) -> list[float]:
    return [interval.low / scale, interval.high / scale]


def plain(value: Any) -> Any:
    """`value` as JSON has it: NaN and infinities null, tuples lists, enumerations their values."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
