"""Accuracy-severity panels and envelope tables, one for each perturbation."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from appliance.log.types import ConditionRow
from appliance.report import units, words
from appliance.report.chart_bars import envelope_bar, farthest
from appliance.report.chart_curves import Curve, Panel, curve_panel, outward
from appliance.report.labels import CLEAN, limit_name, perturbation_name
from appliance.report.scales import floor_to
from appliance.report.series import Look, looks
from appliance.report.view_heat import perturbed
from appliance.score.summary_types import Summary
from appliance.score.types import Envelope, EnvelopeState, Rate


@dataclass(frozen=True)
class EnvelopeCell:
    """How far one limit holds for one member."""

    text: str
    kind: str  # near, far, none
    bar: Markup


@dataclass(frozen=True)
class EnvelopeTable:
    """One perturbation: limits across, members down."""

    name: str
    scale: str
    limits: tuple[str, ...]
    rows: tuple[tuple[str, tuple[EnvelopeCell | None, ...]], ...]


def _rates(summary: Summary, member: str, rows: Sequence[ConditionRow]) -> dict[float, Rate]:
    """Accuracy at each severity, repeats pooled by the first; the neutral severity is the clean cell."""
    found: dict[float, Rate] = {}
    clean = summary.cells.get((member, CLEAN))
    if clean is not None:
        found[rows[0].neutral] = clean.accuracy
    for row in rows:
        cell = summary.cells.get((member, row.key))
        if cell is not None:
            found.setdefault(row.severity, cell.accuracy)
    return found


def _panel(summary: Summary, rows: Sequence[ConditionRow], styles: dict[str, Look]) -> Panel:
    first = rows[0]
    severities = outward(first.neutral, [row.severity for row in rows])
    curves = []
    for member in summary.members:
        rates = _rates(summary, member.name, rows)
        points = tuple((value, rates[value]) for value in severities if value in rates)
        curves.append(Curve(styles[member.name], points))
    return Panel(perturbation_name(first.name), first.unit, first.neutral, severities, tuple(curves))


def _lowest(panels: Sequence[Panel]) -> float:
    values = [rate.estimate for panel in panels for curve in panel.curves for _, rate in curve.points if rate.n]
    return max(0.0, min(0.8, floor_to(min(values, default=0.0), 0.1)))


def curve_panels(summary: Summary) -> tuple[tuple[str, Markup], ...]:
    """(name, SVG) of every perturbation, all on one accuracy axis."""
    styles = looks(tuple(member.name for member in summary.members))
    panels = [_panel(summary, list(rows), styles) for _, rows in groupby(perturbed(summary), key=lambda row: row.name)]
    low = _lowest(panels)
    return tuple((panel.name, curve_panel(panel, low)) for panel in panels)


def envelope_text(envelope: Envelope) -> str:
    """The envelope in words, with its physical unit."""
    if envelope.state is EnvelopeState.NOT_PROVABLE and envelope.parts_needed is None:
        return words.ENVELOPE_UNKNOWN_NEED
    shown = envelope.severity if envelope.state is EnvelopeState.REACHED else farthest(envelope)
    return words.ENVELOPES[envelope.state].format(
        severity=units.DASH if shown is None else units.severity(shown, envelope.unit, 3),
        parts=units.count(envelope.parts_needed or 0),
    )


def _envelope_cell(envelope: Envelope | None) -> EnvelopeCell | None:
    if envelope is None:
        return None
    text, limit = envelope_text(envelope), limit_name(envelope.limit)
    kinds = {EnvelopeState.REACHED: "near", EnvelopeState.NOT_REACHED: "far"}
    return EnvelopeCell(text, kinds.get(envelope.state, "none"), envelope_bar(envelope, text, limit))


def _envelope_table(summary: Summary, name: str, envelopes: Sequence[Envelope]) -> EnvelopeTable:
    limits = tuple(dict.fromkeys(envelope.limit for envelope in envelopes))
    by_key = {(envelope.member, envelope.limit): envelope for envelope in envelopes}
    rows = tuple(
        (member.name, tuple(_envelope_cell(by_key.get((member.name, limit))) for limit in limits))
        for member in summary.members
    )
    values = outward(envelopes[0].neutral, envelopes[0].tested)
    scale = units.span_of(values, envelopes[0].unit)
    return EnvelopeTable(perturbation_name(name), scale, tuple(map(limit_name, limits)), rows)


def envelope_tables(summary: Summary) -> tuple[EnvelopeTable, ...]:
    """One table for each perturbation that was swept, in the order of the chain."""
    order = list(dict.fromkeys(row.name for row in perturbed(summary)))
    names = list(dict.fromkeys(envelope.perturbation for envelope in summary.envelopes))
    names.sort(key=lambda name: order.index(name) if name in order else len(order))
    return tuple(
        _envelope_table(summary, name, [item for item in summary.envelopes if item.perturbation == name])
        for name in names
    )
