"""Laws on a terminal: one row a condition, the clean one first, and what would settle what is open."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.errors import UsageError
from appliance.law.tell import effective_lines, law_lines
from appliance.law.types import Law, LawReport, Regime, Slope, Verdict
from appliance.report.text import plain

STYLE = {
    Regime.IMPROVING: "green",
    Regime.PLATEAU: "cyan",
    Regime.REGRESSING: "red",
    Regime.UNDETERMINED: "dim",
}
QUANTITY = {"error": "accuracy", "drop": "accuracy kept", "flip": "decisions kept", "escape": "NG parts caught"}


def print_laws(report: LawReport, console: Console | None = None, condition: str = "") -> None:
    """Print every law of a run as a table, the laws on clean parts and in the mean whole, and where verdicts disagree.

    condition: the key of one condition whose laws are printed whole instead. Raises UsageError where there is none.
    """
    out = console or Console()
    if condition:
        _print_whole(out, _under(report, condition))
        return
    out.print(law_table(report))
    out.print(f"Per doubling of {plain(report.axis)}, in percentage points with 90 % intervals; a gain under "
              f"{report.delta:g} pp does not matter. These models: the sizes as exported. Next training: with the "
              "scatter that training a size again would show.")  # fmt: skip
    _print_whole(out, [x for x in report.laws if x.quantity == "error" and x.condition in ("clean", "mean")])
    for line in (*map(Text, effective_lines(report)), *disagreement_lines(report)):
        out.print(line)
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
        for line in law_lines(law):
            out.print(Text(plain(line)))


def print_law(law: Law, console: Console | None = None) -> None:
    """Print one law of a published table, whole."""
    _print_whole(console or Console(), [law])


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
