"""Laws in plain lines, for a terminal or a journal."""

from appliance.law.drawing import percent
from appliance.law.types import Disagreement, FormFit, Law, LawReport, Predicted, Regime

_QUANTITIES = {"error": "error", "drop": "mean drop", "flip": "flip rate", "escape": "escape rate"}


def law_lines(law: Law) -> list[str]:
    """One law: both verdicts, forms, the size left out, onset, value, and what could not be said."""
    lines = [f"{_QUANTITIES.get(law.quantity, law.quantity)} over {law.axis}, {law.condition}"]
    lines += [f"  {v.sentence}" for v in (law.models, law.verdict) if v is not None]
    lines += [f"  {_form(f)}" for f in law.forms]
    if law.left_out is not None:
        lines.append(f"  {_told(law.left_out)}")
    if law.onset is not None:
        lines.append(f"  {_onset(law)}")
    if law.value is not None:
        lines.append(f"  {_value(law)}")
    return lines + [f"  note: {n}" for n in law.notes]


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
    certain = f"; certain from {found.certain}" if found.certain else ""
    return f"less than {law.verdict.delta:g} pp left to gain begins at: {sizes}{certain}"


def _value(law: Law) -> str:
    best = law.value
    if best is None:
        return ""
    text = f"best buy where a doubling must bring {law.verdict.delta:g} pp: {', '.join(best.sizes)}"
    return text + (f"; dominated: {', '.join(best.dominated)}" if best.dominated else "")


def report_lines(report: LawReport) -> list[str]:
    """A run: a line per law with both verdicts, then where clean and perturbed verdicts disagree, then notes."""
    width = max((len(_title(x)) for x in report.laws), default=0)
    lines = [f"laws over {report.unit}; delta {report.delta:g} pp per doubling; pp per doubling with 90 % interval"]
    lines += [f"{_title(x):<{width}}  {_short(x)}" for x in report.laws]
    lines += ["where perturbed pictures say otherwise than clean ones:"] if report.disagreements else []
    lines += [f"  {_differ(d)}" for d in report.disagreements]
    return lines + [f"note: {n}" for n in report.notes]


def _title(law: Law) -> str:
    return f"{_QUANTITIES.get(law.quantity, law.quantity)}, {law.condition}"


def _short(law: Law) -> str:
    span = (law.models or law.verdict).slope.span
    models = law.models.state if law.models else Regime.UNDETERMINED
    figures = f"{span.estimate:+6.2f} ({span.low:+.2f} to {span.high:+.2f})"
    return f"{figures}  these models: {models:<12}  next training: {law.verdict.state}"


def _differ(d: Disagreement) -> str:
    return f"{d.condition}: {d.perturbed} ({d.perturbed_slope.estimate:+.2f} pp), clean {d.clean}, for {d.whom}"
