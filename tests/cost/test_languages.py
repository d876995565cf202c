"""A cost record on a terminal in Japanese: no English sentence is left but what the record itself holds."""

from io import StringIO

from rich.console import Console

from appliance.cost.compare import compare_costs
from appliance.language.tongue import speaking
from appliance.report.terminal_cost import print_changes, print_cost
from tests.cost.build import record, row
from tests.language.shown import english_in


def test_the_terminal_in_japanese() -> None:
    out = StringIO()
    console = Console(file=out, width=4000, highlight=False)
    found = record(row())
    with speaking("ja"):
        print_cost(found, console)
        print_changes(compare_costs(found, found), console)
    text = out.getvalue()
    assert "雑音の範囲内" in text
    assert english_in(text, found.machine.cpu, "CPU package; not the board") == []
