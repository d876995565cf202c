"""Two runs compared, on a terminal: clean, the mean over all conditions, and the cells that differ."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from appliance.report import units, words
from appliance.report.labels import ALL, CLEAN, clean_name, perturbation_name
from appliance.report.lines import safe, stack
from appliance.report.text import clip, plain
from appliance.score.compare import CellChange, Comparison
from appliance.score.types import Interval

_MOST = 20


def _difference(value: Interval) -> Text:
    return stack(units.bare_pp(value.estimate), units.pp_span(value))


def _mark(cell: CellChange) -> Text:
    if not cell.significant:
        return Text("")
    if cell.accuracy.estimate > 0:
        return Text(str(words.COMPARE_BETTER), style="bold green")
    return Text(str(words.COMPARE_WORSE), style="bold red")


def _where(key: str) -> Text:
    """A condition key on two lines; the comparison does not hold units."""
    if key in (ALL, CLEAN):
        return Text(str(words.ALL_CONDITIONS) if key == ALL else clean_name())
    name, _, severity = key.partition("@")
    return Text(f"{perturbation_name(name)}\n{plain(severity)}")


def _row(cell: CellChange) -> list[Text]:
    name = cell.member_a if cell.member_a == cell.member_b else f"{cell.member_a} {cell.member_b}"
    return [
        safe(clip(name, 16), "bold"),
        _where(cell.condition),
        _difference(cell.accuracy),
        _difference(cell.escape),
        _difference(cell.overkill),
        Text(units.bare_percent(cell.flips.estimate)),
        Text(units.p_value(cell.holm_p)),
        _mark(cell),
    ]


def _table(cells: Sequence[CellChange], title: str) -> Table:
    table = Table(
        title=Text(title),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for index, head in enumerate(words.COMPARE_HEADS):
        loose = index < 2
        table.add_column(Text(str(head)), justify="left" if loose else "right", overflow="fold", no_wrap=not loose)
    for cell in cells:
        table.add_row(*_row(cell))
    return table


def print_comparison(found: Comparison, console: Console | None = None) -> None:
    """Print what `compare` found, on standard output where no console is given."""
    console = console or Console(highlight=False)
    always = [cell for cell in found.cells if cell.condition in (CLEAN, ALL)]
    differing = [cell for cell in found.cells if cell.significant and cell.condition not in (CLEAN, ALL)]
    differing.sort(key=lambda cell: -abs(cell.accuracy.estimate))
    title = words.COMPARE_TITLE.format(
        a=plain(found.a), b=plain(found.b), parts=units.count(found.parts), conditions=len(found.conditions)
    )
    console.print(_table([*always, *differing[:_MOST]], title))
    if len(differing) > _MOST:
        console.print(Text(words.COMPARE_MORE.format(count=len(differing) - _MOST)))
    console.print(Text(words.COMPARE_NOTE.format(a=plain(found.a), b=plain(found.b)), style="dim"))
    console.print()
    console.print(safe(found.verdict, "bold"))
    if found.left_out:
        console.print(Text(words.COMPARE_LEFT_OUT.format(count=units.count(found.left_out))))
    if found.changes:
        console.print(safe(words.CHANGES_HEAD.format(a=found.a)))
    for change in found.changes:
        console.print(safe(f"  {change}"))
