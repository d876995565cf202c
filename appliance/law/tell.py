"""Laws in plain lines, for a terminal or a journal."""

from appliance.language.tongue import mark, w
from appliance.law.drawing import percent
from appliance.law.types import Effective, FormFit, Law, LawReport, Predicted

_QUANTITIES = {
    "error": mark("error"),
    "drop": mark("mean drop"),
    "flip": mark("flip rate"),
    "escape": mark("escape rate"),
}


def law_lines(law: Law) -> list[str]:
    """One law: both verdicts, forms, the size left out, onset, value, and what could not be said."""
    quantity = _QUANTITIES.get(law.quantity, law.quantity)
    lines = [w("{quantity} over {axis}, {condition}", quantity=quantity, axis=law.axis, condition=w(law.condition))]
    lines += [f"  {v.sentence}" for v in (law.models, law.verdict) if v is not None]
    lines += [f"  {_form(f)}" for f in law.forms]
    if law.left_out is not None:
        lines.append(f"  {_told(law.left_out)}")
    lines += [f"  {x}" for x in choice_lines(law)]
    return lines + ["  " + w("note: {text}", text=note) for note in law.notes]


def choice_lines(law: Law) -> list[str]:
    """Where the gain ends and which sizes are worth buying; nothing for fewer than two sizes."""
    return [line for line in (_onset(law), _value(law)) if line]


def _form(form: FormFit) -> str:
    values = w(", ").join(f"{k} {_parameter(form, k)}" for k in form.parameters)
    return w("{form} (weight {weight}): {values}", form=form.name, weight=f"{form.weight:.2f}", values=values)


def _parameter(form: FormFit, key: str) -> str:
    return w("undetermined") if key in form.undetermined else f"{form.parameters[key]:.3g}"


def _told(p: Predicted) -> str:
    said = {
        "size": p.name,
        "value": percent(p.span.estimate),
        "span": w("{low} to {high}", low=percent(p.span.low), high=percent(p.span.high)),
    }
    if p.actual is None:
        return w("{size} foretold without it: {value} ({span})", **said)
    return w("{size} foretold without it: {value} ({span}); measured {actual}", actual=percent(p.actual), **said)


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
    lines = [
        w(
            "effective robustness under {condition} (R2 {fit}): {sizes}",
            condition=e.condition,
            fit=f"{e.r_squared:.2f}",
            sizes=_members(e),
        )
        for e in told
    ]
    silent = len(report.effective) - len(told)
    if silent:
        lines.append(w("effective robustness: not told under {count} conditions; see --json for why", count=silent))
    return lines


def _members(e: Effective) -> str:
    return w(", ").join(
        w(
            "{size} {gain} ({low} to {high}) pp",
            size=name,
            gain=f"{span.estimate:+.1f}",
            low=f"{span.low:+.1f}",
            high=f"{span.high:+.1f}",
        )
        for name, span in zip(e.names, e.spans, strict=True)
    )
