"""How far each limit holds, in physical units: a table for each limit, perturbations down, members across."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from appliance.report import units, words
from appliance.report.chart_bars import envelope_bar, farthest
from appliance.report.chart_curves import outward
from appliance.report.labels import limit_name, perturbation_name, severity_text, shown_unit
from appliance.report.view_heat import perturbed
from appliance.score.summary_types import Summary
from appliance.score.types import Envelope, EnvelopeState

_DIGITS = 2  # an interpolated severity is no better known; one more where neutral is not zero
_KINDS = {EnvelopeState.REACHED: "near", EnvelopeState.NOT_REACHED: "far"}


@dataclass(frozen=True)
class EnvelopeCell:
    """How far one limit holds for one member under one perturbation."""

    text: str
    kind: str  # near, far, none
    bar: Markup


@dataclass(frozen=True)
class EnvelopeRow:
    """One perturbation, the range tested, a cell for each member."""

    name: str
    tested: str
    cells: tuple[EnvelopeCell | None, ...]


@dataclass(frozen=True)
class EnvelopeTable:
    """One limit."""

    limit: str
    allowed: str
    rows: tuple[EnvelopeRow, ...]


Found = Mapping[tuple[str, str, str], Envelope]


def _severity(envelope: Envelope, value: float | None) -> str:
    if value is None:
        return units.DASH
    exact = any(value == tested for tested in envelope.tested)
    rough = _DIGITS + (envelope.neutral != 0)
    return severity_text(envelope.perturbation, value, envelope.unit, 4 if exact else rough)


def _filled(envelope: Envelope, forms: Mapping[EnvelopeState, str]) -> str:
    if envelope.state is EnvelopeState.NOT_PROVABLE and envelope.parts_needed is None:
        return words.ENVELOPE_UNKNOWN_NEED
    shown = envelope.severity if envelope.state is EnvelopeState.REACHED else farthest(envelope)
    return forms[envelope.state].format(
        severity=_severity(envelope, shown), parts=units.count(envelope.parts_needed or 0)
    )


def envelope_text(envelope: Envelope) -> str:
    """The envelope in full words, with its physical unit."""
    return _filled(envelope, words.ENVELOPES)


def _cell(envelope: Envelope | None) -> EnvelopeCell | None:
    if envelope is None:
        return None
    bar = envelope_bar(envelope, envelope_text(envelope), limit_name(envelope.limit))
    return EnvelopeCell(_filled(envelope, words.ENVELOPES_SHORT), _KINDS.get(envelope.state, "none"), bar)


def _tested(envelope: Envelope) -> str:
    values = outward(envelope.neutral, envelope.tested)
    return units.severity_range(values[0], values[-1], shown_unit(envelope.perturbation, envelope.unit))


def _row(found: Found, members: list[str], name: str, limit: str) -> EnvelopeRow | None:
    mine = [found.get((member, name, limit)) for member in members]
    first = next((envelope for envelope in mine if envelope is not None), None)
    if first is None:
        return None
    return EnvelopeRow(perturbation_name(name), _tested(first), tuple(map(_cell, mine)))


def _order(summary: Summary) -> list[str]:
    """Perturbations in the order of the chain; those without a condition in this run last."""
    return list(dict.fromkeys([row.name for row in perturbed(summary)] + [e.perturbation for e in summary.envelopes]))


def envelope_tables(summary: Summary) -> tuple[EnvelopeTable, ...]:
    """One table for each limit that was swept."""
    found = {(e.member, e.perturbation, e.limit): e for e in summary.envelopes}
    members = [member.name for member in summary.members]
    allowed = summary.record.head.limits
    tables = []
    for limit in dict.fromkeys(envelope.limit for envelope in summary.envelopes):
        rows = (_row(found, members, name, limit) for name in _order(summary))
        share = units.percent(allowed[limit]) if limit in allowed else units.DASH
        tables.append(EnvelopeTable(limit_name(limit), share, tuple(row for row in rows if row is not None)))
    return tuple(tables)
