"""The heat map of one run: conditions down, sizes across, as table rows and as numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from markupsafe import Markup, escape

from appliance.language.catalogue import Words
from appliance.log.types import RunRecord
from appliance.report import units
from appliance.report.text import plain
from appliance.report.view_heat import legend, perturbed, shade
from appliance.score.kept import Heat, HeatPoint
from appliance.score.summary_types import Summary
from appliance.serve import addresses, names
from appliance.serve.figures import Table

DROP, ESCAPES = "drop", "escapes"
EMPTY = ("hx", units.DASH, False)
Cell = tuple[str, str, bool]
"""Shade, figure, and whether chance alone may explain it."""


@dataclass(frozen=True)
class HeatRow:
    """One condition: its key, its severity, a cell for each size."""

    key: str
    label: str
    cells: tuple[Cell, ...]


@lru_cache(maxsize=4096)
def _linked(key: str, label: str) -> str:
    """The end of an address and what is shown for it; a site's conditions are the same night after night."""
    return f'{quote(key, safe="")}">{escape(plain(label))}'


@dataclass(frozen=True)
class HeatTable:
    """The conditions of one perturbation."""

    name: str
    group: str
    rows: tuple[HeatRow, ...]

    def body(self, address: str) -> Markup:
        """The rows of the table, written in one go: a night has thousands of cells. address: as of `address`."""
        rows = [table_row(address, row.key, row.label, row.cells) for row in self.rows]
        return Markup("".join(rows))  # noqa: S704 - names are escaped, numbers are ours


def heat_tables(w: Words, summary: Summary, heat: Heat, what: str) -> list[HeatTable]:
    """A table for each perturbation, in the order from part to file; what: drop or escapes."""
    found: dict[str, list[HeatRow]] = {}
    groups: dict[str, str] = {}
    members = [row.name for row in summary.record.members]
    for row in perturbed(summary):
        here = heat.get(row.key, {})
        cells = tuple([_cell(here.get(member), what) for member in members])
        found.setdefault(row.name, []).append(HeatRow(row.key, names.severity(w, row), cells))
        groups[row.name] = row.group
    return [
        HeatTable(names.perturbation(w, name), names.group(w, groups[name]), tuple(rows))
        for name, rows in found.items()
    ]


def _cell(point: HeatPoint | None, what: str) -> Cell:
    if point is None:
        return EMPTY
    if what == ESCAPES:
        return *figure(100 * point.escape), False
    return *figure(point.drop), point.low <= 0 <= point.high


@lru_cache(maxsize=8192)
def figure(value: float) -> tuple[str, str]:
    """Shade and text of a figure: parts that can be counted give few of them."""
    return shade(value), units.short_pp(value)


def table_row(address: str, key: str, label: str, cells: Sequence[Cell]) -> str:
    """A row of a heat map; `address`: of the condition's page less its key, escaped."""
    shown = "".join([f'<td class="{tone}{" faint" * faint}">{text}</td>' for tone, text, faint in cells])
    return f'<tr><th scope="row"><a href="{address}{_linked(key, label)}</a></th>{shown}</tr>\n'


def address(run: str) -> str:
    """Of a condition's page less its key, escaped."""
    return f"{escape(addresses.page('condition', run=run))}&amp;key="


def shades(w: Words) -> list[tuple[str, str]]:
    """(class, text) of the legend, best first."""
    said = {"hb": w("better"), "h0": w("within ±1"), "h6": w("over {low}", low=35)}
    return [(tone, said.get(tone) or text.replace(" to ", units.DASH)) for tone, text in legend()]


def heat_numbers(w: Words, record: RunRecord, heat: Heat) -> Table:
    """A row for each condition and size."""
    header = (w("condition"), w("severity"), w("unit"), w("size"), w("accuracy"), w("drop, pp"), w("escape rate"))
    rows = [
        (
            row.name,
            row.severity,
            row.unit,
            member.name,
            *(_known(x) for x in (point.accuracy, point.drop, point.escape)),
        )
        for row in record.conditions
        for member in record.members
        if (point := heat.get(row.key, {}).get(member.name)) is not None
    ]
    return Table(header, tuple(rows))


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
