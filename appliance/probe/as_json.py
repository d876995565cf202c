"""A probe as one JSON document; what is infinite (no flip found) is null."""

import math
from typing import Any

from appliance.probe.run import Probed
from appliance.probe.summary import Tolerance, tolerances
from appliance.score.types import Interval, Rate


def probe_json(probed: Probed) -> dict[str, Any]:
    """What `probe --json` prints."""
    record = probed.record
    return {
        "probe": record.probe,
        "kind": str(record.kind),
        "digest": record.digest,
        "family": record.family,
        "seed": record.seed,
        "looks": record.looks,
        "levels": record.levels if record.kind == "adversarial" else None,
        "reach": record.reach,
        "calibrated": record.calibrated,
        "box": [dict(axis) for axis in record.box],
        "members": [_member(item) for item in tolerances(record)],
        "parts": [
            {
                "part": row.part,
                "member": row.member,
                "ng": row.ng,
                "right": row.right,
                "distance": _plain(row.distance),
                "severities": dict(row.severities),
                "looks": row.looks,
            }
            for row in record.rows
        ],
        "left_out": [{"file": item.id, "what": item.what, "mend": item.mend} for item in probed.left_out],
    }


def _member(item: Tolerance) -> dict[str, Any]:
    return {
        "name": item.member,
        "parts": item.parts,
        "wrong_on_clean": item.wrong,
        "flipped": _rate(item.flipped),
        "escapes": _rate(item.escapes),
        "overkills": _rate(item.overkills),
        "tolerance": {name: _interval(value) for name, value in item.quantiles.items()},
        "weakest": dict(item.weakest),
        "alone": dict(item.alone),
    }


def _rate(value: Rate) -> dict[str, Any]:
    return {"estimate": _plain(value.estimate), "low": value.low, "high": value.high, "k": value.k, "n": value.n}


def _interval(value: Interval) -> dict[str, Any]:
    return {"estimate": _plain(value.estimate), "low": _plain(value.low), "high": _plain(value.high)}


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
