"""Laws on a terminal: one row a condition, the clean one first, and what would settle what is open."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.law.types import Law, LawReport, Regime, Slope, Verdict
from appliance.report.text import plain

STYLE = {
    Regime.IMPROVING: "green",
    Regime.PLATEAU: "cyan",
    Regime.REGRESSING: "red",
    Regime.UNDETERMINED: "dim",
}
QUANTITY = {"error": "accuracy", "drop": "accuracy kept", "flip": "decisions kept", "escape": "NG parts caught"}


def print_laws(report: LawReport, console: Console | None = None) -> None:
    """Print every law of a run as a table, then where clean and perturbed verdicts disagree."""
    out = console or Console()
    out.print(law_table(report))
    out.print(f"Per doubling of {plain(report.axis)}, in percentage points with 90 % intervals; a gain under "
              f"{report.delta:g} pp does not matter. These models: the sizes as exported. Next training: with the "
              "scatter that training a size again would show.")  # fmt: skip
    for line in disagreement_lines(report):
        out.print(line)
    for note in report.notes:
        out.print(plain(note))


def print_law(law: Law, console: Console | None = None) -> None:
    """Print one law of a published table."""
    out = console or Console()
    out.print(Text(law.verdict.sentence))
    if law.models is not None:
        out.print(Text(law.models.sentence))
    if law.left_out is not None:
        out.print(_left_out(law))
    for form in sorted(law.forms, key=lambda form: -form.weight):
        found = ", ".join(f"{name} {value:.3g}" for name, value in form.parameters.items())
        out.print(Text(f"  {form.name}: weight {form.weight:.2f}; {found}"))
    for note in law.notes:
        out.print(Text(plain(note)))


def law_table(report: LawReport) -> Table:
    """One row a law."""
    table = Table(title=Text(f"Does size pay? Axis: {plain(report.axis)}"), box=None, pad_edge=False)
    for name in ("of", "condition", "these models", "pp a doubling", "next training"):
        table.add_column(name)
    for law in report.laws:
        table.add_row(
            QUANTITY.get(law.quantity, law.quantity),
            Text(plain(law.condition)),
            state(law.models),
            slope(law.models.slope if law.models else law.verdict.slope),
            state(law.verdict),
        )
    return table


def state(verdict: Verdict | None) -> Text:
    """The regime in its colour; a dash where the sampling error is unknown."""
    return Text("-") if verdict is None else Text(verdict.state.value, STYLE[verdict.state])


def slope(found: Slope) -> Text:
    """`+0.67 (+0.06 to +1.32)`."""
    span = found.span
    return Text(f"{span.estimate:+.2f} ({span.low:+.2f} to {span.high:+.2f})")


def disagreement_lines(report: LawReport) -> list[Text]:
    """Where the clean verdict does not carry over, a line each."""
    if not report.disagreements:
        return [Text("No perturbed verdict disagrees with the clean one.")]
    return [
        Text(
            f"{plain(d.condition)}: clean parts say {d.clean.value}, this condition says {d.perturbed.value} ({d.whom})"
        )
        for d in report.disagreements
    ]


def _left_out(law: Law) -> Text:
    found = law.left_out
    if found is None or found.actual is None:
        return Text("")
    span = found.span
    return Text(
        f"  left out {plain(found.name)}: foretold {span.estimate:.2%} ({span.low:.2%} to {span.high:.2%}), "
        f"was {found.actual:.2%}"
    )
