"""Sizing as JSON: DESIGN's `machines: [{machine, member, meets, latency_ms, cost_per_1000}]`, and more beside it."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from appliance.language.catalogue import LANGUAGES
from appliance.language.tongue import speaking
from appliance.sizing.fits import Fit
from appliance.sizing.types import Answer, Row, Size, Span


def answer_json(found: Answer, made: str) -> dict[str, Any]:
    """One document; made: when, UTC, ISO 8601. A figure that is not known is null."""
    return {
        "made": made,
        "family": found.family,
        "verdict": found.verdict,
        "line": {
            "takt_s": found.line.takt_s,
            "deadline_ms": 1000.0 * found.line.gate_s,
            "cameras": found.line.cameras,
            "jitter_ms": 1000.0 * found.line.jitter_s,
            "burst": found.line.burst,
            "late_ppm": found.late_ppm,
            "headroom": found.headroom,
        },
        "currency": found.currency,
        "horizon_years": found.horizon_years,
        "measured_on": list(found.measured_on),
        "machines": [_row(row) for size in found.sizes for row in size.rows],
        "sizes": [_size(size) for size in found.sizes],
        "changes": list(found.changes),
        "missing": list(found.missing),
        "notes": list(found.notes),
        "told": {language: _told(found, language) for language in LANGUAGES if language != "en"},
    }


def _told(found: Answer, language: str) -> dict[str, Any]:
    """What is said of the answer in another language; `why` of the machines in their order."""
    with speaking(language):
        return {
            "verdict": str(found.verdict),
            "changes": [str(text) for text in found.changes],
            "notes": [str(text) for text in found.notes],
            "why": [str(row.why or "") for size in found.sizes for row in size.rows],
        }


def _row(row: Row) -> dict[str, Any]:
    return {
        "machine": row.machine.name,
        "member": row.member,
        "meets": row.meets.value,
        "latency_ms": _span(row.latency_ms),
        "cost_per_1000": row.money.per_1000,
        "why": row.why,
        "mend": row.mend,
        "basis": row.speed.basis,
        "rests_on": row.speed.why,
        "inference_ms": _span(Span(*row.speed.band) if row.speed.band else None),
        "used": _span(row.used),
        "headroom": _number(row.headroom),
        "late_ppm": _number(row.late_ppm),
        "late_ppm_upper": _number(row.late_upper_ppm),
        "energy_j_per_part": row.money.energy_j,
        "energy_is_ceiling": row.money.energy_ceiling,
        "energy_is_estimate": not row.money.energy_counted,
        "purchase": row.money.purchase,
        "total": row.money.total,
        "missing": list(row.money.missing),
    }


def _size(size: Size) -> dict[str, Any]:
    return {
        "member": size.name,
        "macs": size.macs,
        "params": size.params,
        "limits": size.limits,
        "cheapest": size.cheapest.machine.name if size.cheapest else None,
        "ranked_by": size.ranked_by,
    }


def _span(span: Span | None) -> dict[str, float | None]:
    if span is None:
        return {"estimate": None, "low": None, "high": None}
    return {"estimate": _number(span.estimate), "low": _number(span.low), "high": _number(span.high)}


def _number(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def backtest_json(fits: Sequence[Fit], skipped: int) -> dict[str, Any]:
    """The errors of every pair of machines of a table."""
    return {"skipped": skipped, "pairs": [_fit(fit) for fit in fits]}


def _fit(fit: Fit) -> dict[str, Any]:
    errors = fit.errors
    return {
        "from": fit.source or None,
        "to": fit.target,
        "models": errors.n,
        "architectures": errors.groups,
        "median": errors.median,
        "p90": errors.p90,
        "coverage": errors.coverage,
        "band": {"low": errors.low, "high": errors.high},
        "method": "smooth" if fit.smooth else "ratio",
        "families": {
            name: {"models": n, "median": median, "p90": p90} for name, (n, median, p90) in errors.families.items()
        },
    }
