"""The `law` document: JSON-able dicts. Slopes in pp of accuracy per doubling; error rates as fractions 0..1."""

import math
from typing import Any

from appliance.law.types import Effective, FormFit, Law, LawReport, Predicted, Slope, Span, Verdict


def law_json(law: Law) -> dict[str, Any]:
    """One law: `verdict` (of the design, with tau), `slope`, `forms`, `left_out`, `value`, and more."""
    return {
        "quantity": law.quantity,
        "condition": law.condition,
        "axis": law.axis,
        **_verdict(law.verdict),
        "models": None if law.models is None else _verdict(law.models),
        "sizes": _sizes(law),
        "forms": [_form(f) for f in law.forms],
        "band": None if law.band is None else {k: _numbers(v) for k, v in law.band.__dict__.items()},
        "left_out": None if law.left_out is None else _predicted(law.left_out),
        "onset": None if law.onset is None else _plain(law.onset.__dict__),
        "value": {"sizes": []} if law.value is None else _plain(law.value.__dict__),
        "paired": law.measured.paired,
        "notes": list(law.notes),
    }


def report_json(report: LawReport) -> dict[str, Any]:
    """All laws of a run, where clean and perturbed verdicts disagree, and effective robustness."""
    return {
        "axis": report.axis,
        "unit": report.unit,
        "delta": report.delta,
        "laws": [law_json(x) for x in report.laws],
        "disagreements": [
            {
                "condition": d.condition,
                "of": d.whom,
                "clean": d.clean.value,
                "perturbed": d.perturbed.value,
                "clean_slope": _slope(d.clean_slope),
                "perturbed_slope": _slope(d.perturbed_slope),
            }
            for d in report.disagreements
        ],
        "effective_robustness": [_effective(e) for e in report.effective],
        "notes": list(report.notes),
    }


def _number(value: float | None) -> float | None:
    """JSON has no NaN and no infinity: null."""
    return None if value is None or not math.isfinite(value) else float(value)


def _numbers(values: tuple[float, ...]) -> list[float | None]:
    return [_number(v) for v in values]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return _number(value) if isinstance(value, float) else value


def _span(span: Span) -> dict[str, float | None]:
    return {"estimate": _number(span.estimate), "low": _number(span.low), "high": _number(span.high)}


def _slope(slope: Slope) -> dict[str, Any]:
    return {**_span(slope.span), "over": list(slope.over)}


def _verdict(v: Verdict) -> dict[str, Any]:
    needs = None if v.needs is None else dict(v.needs.__dict__)
    return {
        "verdict": v.state.value,
        "slope": _slope(v.slope),
        "top_three": _slope(v.three),
        "last_step": _slope(v.last),
        "tau": v.tau,
        "delta": v.delta,
        "sentence": v.sentence,
        "needs": needs,
        "isotonic": _numbers(v.isotonic),
    }


def _sizes(law: Law) -> list[dict[str, Any]]:
    m = law.measured
    rows = zip(m.names, m.sizes, m.errors, m.parts, strict=True)
    return [
        {"name": n, "size": float(s), "error": _number(e), "parts": int(p) if math.isfinite(p) else None}
        for n, s, e, p in rows
    ]


def _form(form: FormFit) -> dict[str, Any]:
    return {
        "name": form.name,
        "weight": _number(form.weight),
        "parameters": {k: _number(v) for k, v in form.parameters.items()},
        "ranges": _plain(form.ranges),
        "undetermined": list(form.undetermined),
        "left_out_rms": _number(form.left_out_rms),
        "loss": _number(form.loss),
        "curve": _numbers(form.curve),
    }


def _predicted(p: Predicted) -> dict[str, Any]:
    span = p.span
    return {
        "name": p.name,
        "size": p.size,
        "predicted": _number(span.estimate),
        "low": _number(span.low),
        "high": _number(span.high),
        "actual": _number(p.actual),
    }


def _effective(e: Effective) -> dict[str, Any]:
    members = [{"name": n, **_span(s)} for n, s in zip(e.names, e.spans, strict=True)]
    return {
        "condition": e.condition,
        "r_squared": _number(e.r_squared),
        "members": members,
        "suppressed": e.suppressed or None,
    }
