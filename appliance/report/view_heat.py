"""The heat map member x condition: a small table for each perturbation, in the order of the chain."""

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby, pairwise

from appliance.log.types import ConditionRow
from appliance.report import units, words
from appliance.report.labels import CLEAN, condition_label, group_name, perturbation_name, severity_label
from appliance.score.summary_types import Summary
from appliance.score.types import CellScore

_ORDER = ("part", "lighting", "optics", "motion", "sensor", "transport", "composite")
_DROPS = (1.0, 2.5, 5.0, 10.0, 20.0, 35.0)  # pp: where the shades of a drop begin
_SHADES = ("h0", "h1", "h2", "h3", "h4", "h5", "h6")
_RATES = (1.0, 2.5, 5.0, 10.0, 20.0, 35.0)  # %: where the shades of a rate begin


@dataclass(frozen=True)
class HeatCell:
    """One cell: its shade, the figure in it, the sentence behind it; `faint` where chance alone explains it."""

    shade: str
    text: str
    title: str
    faint: bool = False


@dataclass(frozen=True)
class HeatRow:
    """One severity of a perturbation, a cell for each member."""

    label: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class HeatTable:
    """One perturbation, and where in the chain from part to file it acts."""

    name: str
    group: str
    rows: tuple[HeatRow, ...]


Measure = Callable[[CellScore], tuple[str, str, bool]]


def shade(value: float, steps: tuple[float, ...] = _DROPS) -> str:
    """Class of a cell: h0 about nothing, h1..h6 worse, hb better."""
    if math.isnan(value):
        return "hx"
    if value <= -steps[0]:
        return "hb"
    return _SHADES[bisect_right(steps, value)]


def legend() -> tuple[tuple[str, str], ...]:
    """(class, text) of every shade of a drop, best first."""
    ends = pairwise(_DROPS)
    middle = ((low, words.HEAT_RANGE.format(low=f"{low:g}", high=f"{high:g}")) for low, high in ends)
    return (
        ("hb", words.HEAT_BETTER),
        ("h0", words.HEAT_FLAT),
        *((shade(low), text) for low, text in middle),
        (shade(_DROPS[-1]), words.HEAT_OVER.format(low=f"{_DROPS[-1]:g}")),
    )


def drop_measure(cell: CellScore) -> tuple[str, str, bool]:
    """Accuracy drop in pp against the member's clean cell; faint where its interval holds zero."""
    if cell.drift is None:
        return "hx", units.DASH, False
    drop = cell.drift.drop
    return shade(drop.estimate), units.short_pp(drop.estimate), drop.low <= 0 <= drop.high


def escape_measure(cell: CellScore) -> tuple[str, str, bool]:
    """Escape rate in percent."""
    value = 100 * cell.escape.estimate
    return shade(value, _RATES), units.short_pp(value), False


def _title(cell: CellScore, condition: str) -> str:
    return words.HEAT_CELL.format(
        member=cell.member,
        condition=condition,
        accuracy=units.percent(cell.accuracy.estimate),
        span=units.rate_span(cell.accuracy),
        drop=units.pp(cell.drift.drop.estimate) if cell.drift else units.DASH,
        escape=units.percent(cell.escape.estimate),
        overkill=units.percent(cell.overkill.estimate),
    )


def _cell(summary: Summary, member: str, row: ConditionRow, measure: Measure) -> HeatCell:
    cell = summary.cells.get((member, row.key))
    if cell is None or not cell.accuracy.n:
        text = words.HEAT_EMPTY.format(member=member, condition=condition_label(row))
        return HeatCell("hx", units.DASH, text)
    kind, text, faint = measure(cell)
    return HeatCell(kind, text, _title(cell, condition_label(row)), faint)


def _row(summary: Summary, row: ConditionRow, measure: Measure) -> HeatRow:
    cells = tuple(_cell(summary, member.name, row, measure) for member in summary.members)
    return HeatRow(severity_label(row), cells)


def _rank(group: str) -> int:
    return _ORDER.index(group) if group in _ORDER else len(_ORDER)


def perturbed(summary: Summary) -> list[ConditionRow]:
    """All conditions but clean: by group in the order of the chain, each perturbation's conditions together."""
    first = {row.name: index for index, row in reversed(list(enumerate(summary.record.conditions)))}
    rows = [row for row in summary.record.conditions if row.key != CLEAN]
    return sorted(rows, key=lambda row: (_rank(row.group), row.group, first[row.name]))


def heat_map(summary: Summary, measure: Measure = drop_measure) -> tuple[HeatTable, ...]:
    """The whole map: a table for each perturbation, gathered by group."""
    named = groupby(perturbed(summary), key=lambda row: (row.name, row.group))
    return tuple(
        HeatTable(perturbation_name(name), group_name(group), tuple(_row(summary, row, measure) for row in rows))
        for (name, group), rows in named
    )
