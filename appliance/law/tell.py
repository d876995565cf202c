"""Laws in plain lines, for a terminal or a journal."""

from collections.abc import Sequence

from appliance.language.tongue import mark, w
from appliance.law.drawing import percent
from appliance.law.types import Disagreement, Effective, FormFit, Law, LawReport, Predicted, Regime, Slope, Verdict
from appliance.law.verdict import short

_QUANTITIES = {
    "error": mark("error"),
    "drop": mark("mean drop"),
    "flip": mark("flip rate"),
    "escape": mark("escape rate"),
}


ANSWERS = {
    Regime.IMPROVING: mark("a larger size still pays"),
    Regime.PLATEAU: mark("a larger size brings no more that matters"),
    Regime.REGRESSING: mark("a larger size is worse"),
    Regime.UNDETERMINED: mark("it is open whether a larger size pays"),
}


def lead(law: Law) -> str:
    """The answer first, in one short sentence."""
    design = str(ANSWERS[law.verdict.state])
    if law.models is None:
        return w("For the next training {answer}.", answer=design)
    models = str(ANSWERS[law.models.state])
    if models == design:
        return w("For these models and for the next training {answer}.", answer=design)
    return w("For these models {models}; for the next training {design}.", models=models, design=design)


def law_lines(law: Law) -> list[str]:
    """One law: the answer, both verdicts, forms, the size left out, onset, value, and what could not be said."""
    quantity = _QUANTITIES.get(law.quantity, law.quantity)
    lines = [w("{quantity} over {axis}, {condition}", quantity=quantity, axis=law.axis, condition=w(law.condition))]
    lines += [f"  {x}" for x in (lead(law), *verdict_lines(law))]
    lines += [f"  {_form(f)}" for f in law.forms]
    if law.left_out is not None:
        lines.append(f"  {_told(law.left_out)}")
    lines += [f"  {x}" for x in choice_lines(law)]
    return lines + ["  " + w("note: {text}", text=note) for note in law.notes]


def verdict_lines(law: Law) -> list[str]:
    """Each verdict with its slope and sizes, then what would settle it; what is the same for both is said once."""
    lines = []
    for v in (law.models, law.verdict):
        if v is not None:
            lines.append(short(v))
            if v.needs is not None and v.needs.sentence not in lines[-1]:
                lines.append(v.needs.sentence)
    return list(dict.fromkeys(lines))


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
    sizes = w(", ").join(f"{n} {100 * shares[n]:.0f} %" for n in found.sizes)
    known = found.certain if found.certain != found.names[-1] else None  # the largest has nothing left by definition
    certain = w("; certain from {size}", size=known) if known else ""
    delta = f"{law.verdict.delta:g}"
    return w(
        "among these sizes, less than {delta} pp is left to gain from: {sizes}{certain}",
        delta=delta,
        sizes=sizes,
        certain=certain,
    )


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


DISPUTED = {
    "these models": mark(
        "For these models, the sizes as exported, clean parts say {clean}: {slope} pp per doubling over {sizes}. "
        "Other conditions say:"
    ),
    "the next training": mark(
        "For the next training, which holds the scatter of training a size again, clean parts say {clean}: {slope} pp "
        "per doubling over {sizes}. Other conditions say:"
    ),
}
JUDGED = mark(
    "Judged over the top three sizes, or over the last two where the largest is surely (99 %) worse than the one "
    "before it: that fall then decides. With the scatter of a training a fall is less sure, so the next training is "
    "often judged over three sizes where these models are judged over two."
)


def disputes(report: LawReport) -> list[tuple[str, list[Disagreement]]]:
    """Where the clean verdict does not carry over: of these models, then of the next training, each with its head."""
    found = []
    for whom, head in DISPUTED.items():
        rows = [d for d in report.disagreements if d.whom == whom]
        if rows:
            clean, over = rows[0].clean_slope, w(", ").join(rows[0].clean_slope.over)
            found.append((head.format(clean=w(rows[0].clean.value), slope=gain(clean), sizes=over), rows))
    return found


def gain(slope: Slope) -> str:
    """`+0.67 (+0.06 to +1.32)`."""
    span = slope.span
    return f"{span.estimate:+.2f} (" + w("{low} to {high}", low=f"{span.low:+.2f}", high=f"{span.high:+.2f}") + ")"


UNDER_MODELS = mark("Under {count} conditions, these models: {states}.")
UNDER_DESIGN = mark("Under {count} conditions, the next training: {states}.")


def summary_lines(report: LawReport) -> list[str]:
    """What a run says of size in a few short sentences: on clean parts, under the conditions, and how many differ."""
    errors = [x for x in report.laws if x.quantity == "error" and x.condition != "mean"]
    clean = next((x for x in errors if x.condition == "clean"), None)
    lines = []
    if clean is not None:
        said = lead(clean)
        lines.append(w("Clean parts: {lead}", lead=said[0].lower() + said[1:]))
    rest = [x for x in errors if x is not clean]
    if rest:
        lines.append(_counted(UNDER_MODELS, [x.models for x in rest]))
        lines.append(_counted(UNDER_DESIGN, [x.verdict for x in rest]))
    return lines


def _counted(sentence: str, verdicts: Sequence[Verdict | None]) -> str:
    states = [v.state for v in verdicts if v is not None]
    said = (w("{state} {count}", state=w(s.value), count=states.count(s)) for s in Regime if s in states)
    return sentence.format(count=len(states), states=w(", ").join(said))
