"""Sizing on a terminal: the verdict, the machines to buy, all machines by size, and what would change it."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.language.tongue import w
from appliance.report import view_size as view
from appliance.report.lines import coded, safe
from appliance.sizing.catalogue import Catalogue
from appliance.sizing.fits import Fit
from appliance.sizing.types import Answer, Meets

FEW = 4  # machines of which every row is told whole
STYLE = {Meets.YES: "green", Meets.NO: "red", Meets.OPEN: "yellow"}


def print_answer(found: Answer, console: Console | None = None) -> None:
    """Print the answer whole."""
    out = console or Console(highlight=False)
    out.print(coded(found.verdict, "bold"))
    out.print(safe(view.asked(found)))
    out.print()
    for size in found.sizes:
        out.print(safe(view.size_line(size, found)))
    out.print()
    _print_machines(found, out)
    for head, lines in ((w("What would change the answer"), found.changes), (w("Missing"), view.missing(found))):
        if lines:
            out.print()
            out.print(safe(head, "bold"))
            for line in lines:
                out.print(Text("- ").append_text(coded(line)))
    for note in (*view.basis_notes(found), *found.notes):
        out.print(coded(note, "dim"))


def _print_machines(found: Answer, out: Console) -> None:
    shown = [place for place in range(view.machines(found)) if any(s.rows[place].speed.band for s in found.sizes)]
    if shown:
        out.print(machine_table(found, shown))
        out.print(safe(view.LEGEND))
    if view.machines(found) <= FEW:
        for row in (row for size in found.sizes for row in size.rows):
            out.print(coded(view.row_line(row, found)))
    if left := view.unreached(found):
        out.print(safe(left))


def machine_table(found: Answer, shown: Sequence[int]) -> Table:
    """A row a machine (those at the places `shown`), a column a size."""
    table = _table(w("machine"), *(size.name for size in found.sizes))
    for place in shown:
        rows = [size.rows[place] for size in found.sizes]
        cells = [Text(f"{view.MARKS[row.meets]} {view.latency(row)}".strip(), STYLE[row.meets]) for row in rows]
        table.add_row(safe(rows[0].machine.name), *cells)
    return table


def print_backtest(fits: Sequence[Fit], skipped: int, console: Console | None = None) -> None:
    """The errors by pair of machines, then the worst and best architectures of each."""
    out = console or Console(highlight=False)
    table = _table(w("from"), w("to"), w("models"), w("architectures"), w("median"), "p90", w("90 % band"), w("covers"))
    for fit in fits:
        table.add_row(safe(fit.source or w("(not measured)")), safe(fit.target), *map(Text, view.errors(fit)))
    out.print(table)
    out.print(safe(view.BACKTEST))
    for fit in fits:
        if fit.smooth is not None:
            out.print(safe(_pair(fit)))
    if skipped == 1:
        out.print(safe(w("1 row without a speed was left out.")))
    elif skipped:
        out.print(safe(w("{count} rows without a speed were left out.", count=skipped)))


def _pair(fit: Fit) -> str:
    source = fit.source or w("(not measured)")
    return w("{source} to {target}, {errors}", source=source, target=fit.target, errors=view.families(fit))


def print_catalogue(found: Catalogue, console: Console | None = None) -> None:
    """Every machine with its figures and where they come from."""
    out = console or Console(highlight=False)
    for machine in found.machines:
        out.print(safe(f"{machine.name} ({machine.kind})", "bold"))
        out.print(safe(f"  {view.sheet(machine)}"))
        out.print(safe(f"  {machine.source}", "dim"))


def _table(*heads: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(safe(head), overflow="fold")
    return table
