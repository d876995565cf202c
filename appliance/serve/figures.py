"""A figure of the dashboard: the drawing, the numbers behind it, and both as files to save."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from appliance.report.text import plain
from appliance.serve.style import chart_rules

Value = str | float | int | None
FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Table:
    """The numbers of a figure: a header, and rows of texts and numbers; None where a number is not known."""

    header: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True)
class Figure:
    """One chart. `table` gives its numbers when they are asked for; `how` is the anchor that explains them."""

    name: str
    title: str
    drawing: Markup
    table: Callable[[], Table]
    how: str


def as_csv(table: Table) -> str:
    """CSV with a byte order mark, so that a spreadsheet reads UTF-8. No text of ours or others' becomes a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_text(name) for name in table.header])
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return "\ufeff" + out.getvalue()


def _cell(value: Value) -> Value:
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    shown = plain(text)
    return f"'{shown}" if shown.startswith(FORMULA) else shown


def as_svg(figure: Figure) -> str:
    """A drawing that stands alone: its own style rules (light), a white ground, no address but SVG's own name."""
    head = '<svg xmlns="http://www.w3.org/2000/svg" '
    body = str(figure.drawing).removeprefix("<svg ")
    attributes, rest = body.split(">", 1)
    return f"{head}{attributes}><style>{chart_rules()}</style>{rest}"


def rows_of(columns: Sequence[Sequence[Value]]) -> tuple[tuple[Value, ...], ...]:
    """Columns of one length as rows."""
    return tuple(zip(*columns, strict=True))


@cache
def static(name: str) -> bytes:
    """A file of the dashboard's own."""
    return files("appliance.serve").joinpath(f"static/{name}").read_bytes()
