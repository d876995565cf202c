"""Laws in plain lines, for a terminal or a journal."""

from appliance.language.tongue import w
from appliance.law.drawing import percent
from appliance.law.types import Effective, FormFit, Law, LawReport, Predicted

_QUANTITIES = {"error": "error", "drop": "mean drop", "flip": "flip rate", "escape": "escape rate"}


def law_lines(law: Law) -> list[str]:
    """One law: both verdicts, forms, the size left out, onset, value, and what could not be said."""
    lines = [f"{_QUANTITIES.get(law.quantity, law.quantity)} over {law.axis}, {law.condition}"]
    lines += [f"  {v.sentence}" for v in (law.models, law.verdict) if v is not None]
    lines += [f"  {_form(f)}" for f in law.forms]
    if law.left_out is not None:
        lines.append(f"  {_told(law.left_out)}")
    lines += [f"  {x}" for x in choice_lines(law)]
    return lines + [f"  note: {n}" for n in law.notes]


def choice_lines(law: Law) -> list[str]:
    """Where the gain ends and which sizes are worth buying; nothing for fewer than two sizes."""
    return [line for line in (_onset(law), _value(law)) if line]


def _form(form: FormFit) -> str:
    values = ", ".join(f"{k} {_parameter(form, k)}" for k in form.parameters)
    return f"{form.name} (weight {form.weight:.2f}): {values}"


def _parameter(form: FormFit, key: str) -> str:
    return "undetermined" if key in form.undetermined else f"{form.parameters[key]:.3g}"


def _told(p: Predicted) -> str:
    span = f"{percent(p.span.low)} to {percent(p.span.high)}"
    actual = "" if p.actual is None else f"; measured {percent(p.actual)}"
    return f"{p.name} foretold without it: {percent(p.span.estimate)} ({span}){actual}"


def _onset(law: Law) -> str:
    found = law.onset
    if found is None:
        return ""
    shares = dict(zip(found.names, found.probability, strict=True))
    sizes = ", ".join(f"{n} {100 * shares[n]:.0f} %" for n in found.sizes)
    certain = w("; certain from {size}", size=found.certain) if found.certain else ""
    delta = f"{law.verdict.delta:g}"
    return w("less than {delta} pp left to gain begins at: {sizes}{certain}", delta=delta, sizes=sizes, certain=certain)


def _value(law: Law) -> str:
    best = law.value
    if best is None:
        return ""
    sizes, delta = w(", ").join(best.sizes), f"{law.verdict.delta:g}"
    text = w("best buy where a doubling must bring {delta} pp: {sizes}", delta=delta, sizes=sizes)
    return text + (w("; dominated: {sizes}", sizes=w(", ").join(best.dominated)) if best.dominated else "")


def effective_lines(report: LawReport) -> list[str]:
    """Which sizes are more robust than their clean accuracy foretells, a line a condition where it can be said."""
    told = [e for e in report.effective if e.spans]
    lines = [f"effective robustness under {e.condition} (R2 {e.r_squared:.2f}): {_members(e)}" for e in told]
    silent = len(report.effective) - len(told)
    return lines + ([f"effective robustness: not told under {silent} conditions; see --json for why"] if silent else [])


def _members(e: Effective) -> str:
    return ", ".join(
        f"{name} {span.estimate:+.1f} ({span.low:+.1f} to {span.high:+.1f}) pp"
        for name, span in zip(e.names, e.spans, strict=True)
    )
