"""Laws on a terminal: one row a condition, the clean one first, and what would settle what is open."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.errors import UsageError
from appliance.language.tongue import mark, w
from appliance.law.tell import JUDGED, disputes, effective_lines, gain, law_lines, summary_lines
from appliance.law.types import Law, LawReport, Regime, Verdict
from appliance.report.lines import safe
from appliance.report.text import plain

STYLE = {
    Regime.IMPROVING: "green",
    Regime.PLATEAU: "cyan",
    Regime.REGRESSING: "red",
    Regime.UNDETERMINED: "dim",
}
QUANTITY = {
    "error": mark("accuracy"),
    "drop": mark("accuracy kept"),
    "flip": mark("decisions kept"),
    "escape": mark("NG parts caught"),
}


NOTE = mark(
    "Per doubling of {axis}, in percentage points with 90 % intervals; a gain under {delta} pp does not matter. These "
    "models: the sizes as exported. Next training: with the scatter that training a size again would show. Over the "
    "top three sizes; * over the last two, where the largest is surely worse than the one before it."
)


def print_laws(report: LawReport, console: Console | None = None, condition: str = "") -> None:
    """Print every law of a run as a table, the laws on clean parts and in the mean whole, and where verdicts disagree.

    condition: the key of one condition whose laws are printed whole instead. Raises UsageError where there is none.
    """
    out = console or Console()
    if condition:
        _print_whole(out, _under(report, condition))
        return
    for line in summary_lines(report):
        out.print(safe(line))
    out.print(law_table(report))
    out.print(safe(NOTE.format(axis=report.axis, delta=f"{report.delta:g}")))
    _print_whole(out, [x for x in report.laws if x.quantity == "error" and x.condition in ("clean", "mean")])
    _print_lines(out, [*disagreement_lines(report), *effective_lines(report)])
    for note in report.notes:
        out.print(plain(note))


def _under(report: LawReport, condition: str) -> list[Law]:
    found = [x for x in report.laws if x.condition == condition]
    if not found:
        mend = "name one of those that `inspect-eval law` lists"
        raise UsageError(f"no law under the condition {condition!r}", mend=mend)
    return found


def _print_whole(out: Console, laws: list[Law]) -> None:
    for law in laws:
        _print_lines(out, law_lines(law))


def _print_lines(out: Console, lines: list[str]) -> None:
    """Each line as far in as it begins, where it wraps too."""
    for line in lines:
        words = line.lstrip(" ")
        edge = " " * (len(line) - len(words))
        for piece in safe(words).wrap(out, max(out.width - len(edge), 1)):
            piece.rstrip()
            out.print(Text(edge).append_text(piece))


def print_law(law: Law, console: Console | None = None) -> None:
    """Print one law of a published table, whole."""
    _print_whole(console or Console(), [law])


def law_table(report: LawReport) -> Table:
    """One row a law."""
    table = Table(title=safe(w("Does size pay? Axis: {axis}", axis=report.axis)), box=None, pad_edge=False)
    for name in (w("of"), w("condition"), w("these models"), w("pp a doubling"), w("next training")):
        table.add_column(name)
    for law in report.laws:
        table.add_row(
            str(QUANTITY.get(law.quantity, law.quantity)),
            safe(w(law.condition)),
            state(law.models),
            slope(law.models or law.verdict),
            state(law.verdict),
        )
    return table


def state(verdict: Verdict | None) -> Text:
    """The regime in its colour; a dash where the sampling error is unknown."""
    return Text("-") if verdict is None else Text(w(verdict.state.value), STYLE[verdict.state])


def slope(verdict: Verdict) -> Text:
    """`+0.67 (+0.06 to +1.32)`, with a star where the last two sizes decided."""
    star = " *" if len(verdict.slope.over) < len(verdict.three.over) else ""
    return Text(gain(verdict.slope) + star)


def disagreement_lines(report: LawReport) -> list[str]:
    """Where the clean verdict does not carry over, a line each, under a head that says of whom and over which sizes."""
    found = disputes(report)
    if not found:
        return [w("No perturbed verdict disagrees with the clean one.")]
    lines = []
    for head, rows in found:
        lines.append(head)
        lines += [
            "  "
            + w(
                "{condition}: {perturbed}, {slope} pp over {sizes}",
                condition=d.condition,
                perturbed=w(d.perturbed.value),
                slope=gain(d.perturbed_slope),
                sizes=w(", ").join(d.perturbed_slope.over),
            )
            for d in rows
        ]
    return [*lines, str(JUDGED)]
