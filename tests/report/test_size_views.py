"""What `size` shows where little is known: no empty rows or columns, no ceiling that settles nothing, no ticks."""

from dataclasses import replace
from io import StringIO

from rich.console import Console

from appliance.report.lines import coded as coded_text
from appliance.report.page import coded
from appliance.report.size_page import size_html
from appliance.report.terminal_size import print_answer
from appliance.report.view_size import cheapest_table, latency, missing
from appliance.sizing.types import Meets
from tests.sizing.test_languages import found


def page(html: str) -> str:
    return html.split("</head>")[1]


def test_sizes_without_a_machine_are_one_sentence_and_not_a_row_each() -> None:
    made = found(1, 0, measured=False)
    assert not any(size.cheapest for size in made.sizes)
    shown = page(size_html(made, "line", "2026-11-24T10:00:00"))
    assert "None is shown to meet it for " in shown
    assert "none is shown to meet it" not in shown


def test_columns_without_a_figure_are_left_out() -> None:
    made = found(0.5)
    heads, rows = cheapest_table(made)
    assert "Per 1000 parts" not in heads
    assert "Ms a part" in heads
    assert all(len(cells) == len(heads) for cells in rows.values())
    assert all(any(cells[place] for cells in rows.values()) for place in range(len(heads)))


def test_a_ceiling_that_settles_nothing_is_not_shown() -> None:
    rows = [row for size in found(0.5).sizes for row in size.rows if row.speed.basis == "bounds"]
    assert rows
    for row in rows:
        assert latency(replace(row, meets=Meets.OPEN)) == ""
        assert "≤" in latency(replace(row, meets=Meets.YES))


def test_one_machine_is_no_machines() -> None:
    made = replace(found(0.5), missing=("price of a", "power of a"))
    assert [line for line in missing(made) if "1 machine" in line and "machines" not in line] == missing(made)
    made = replace(made, missing=("price of a", "price of b", "power of a", "power of b"))
    assert all("2 machines" in line for line in missing(made))


def test_commands_show_as_commands_and_not_between_ticks() -> None:
    assert coded("run `inspect-eval cost` <now>") == "run <code>inspect-eval cost</code> &lt;now&gt;"
    assert coded_text("run `inspect-eval cost` now").plain == "run inspect-eval cost now"
    assert coded_text("one ` alone").plain == "one ` alone"
    made, out = found(1, 0, measured=False), StringIO()
    print_answer(made, Console(file=out, width=120))
    assert "`" not in out.getvalue()
    assert "`" not in page(size_html(made, "line", "2026-11-24T10:00:00"))
