"""Accuracy-severity panels, one for each perturbation."""

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from appliance.log.types import ConditionRow
from appliance.report.chart_curves import Curve, Panel, curve_panel, outward
from appliance.report.labels import CLEAN, perturbation_name
from appliance.report.scales import floor_to
from appliance.report.series import Look, looks
from appliance.report.view_heat import perturbed
from appliance.score.summary_types import Summary
from appliance.score.types import Rate


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
