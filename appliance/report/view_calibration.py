"""A calibration arranged for the page: a row a perturbation, a chart a quantity, a tile a picture outside."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from appliance.calibrate.run import Calibration
from appliance.report import svg, units
from appliance.report.labels import perturbation_name, severity_text
from appliance.report.pictures import Shot
from appliance.report.scales import linear, ticks
from appliance.report.terminal_calibration import quantile_text
from appliance.report.view_calibration_pictures import Studio
from perturb.calibration.coverage import ALIGNMENT
from perturb.calibration.profile import deviations
from perturb.calibration.quantities import QUANTITIES
from perturb.calibration.shown import Shown
from perturb.registry import PERTURBATIONS

MOST_OUTSIDE = 18
_BINS = 24
_STRIP = (240.0, 40.0)
_COURSE = (300.0, 130.0)


@dataclass(frozen=True)
class ShownRow:
    """One perturbation: its name, what it stands in for, quantiles in words, the strip, and for how many pictures."""

    name: str
    instead_of: str
    quantiles: tuple[str, ...]
    opposite: str
    generic: str
    strip: Markup
    pictures: str
    share: str


@dataclass(frozen=True)
class OutsideView:
    """A picture outside the simulated envelope and what is unusual about it."""

    shot: Shot
    name: str
    why: str


@dataclass(frozen=True)
class Course:
    """One quantity over the pictures in their order."""

    name: str
    chart: Markup
    covered: str


def shown_rows(found: Calibration) -> tuple[ShownRow, ...]:
    """A row for every calibrated perturbation, in chain order."""
    return tuple(_row(item) for item in found.shown)


def _row(item: Shown) -> ShownRow:
    known = PERTURBATIONS[item.name]
    generic = ", ".join(units.number(level) for level in known.levels)
    return ShownRow(
        perturbation_name(item.name),
        perturbation_name(item.instead_of) if item.instead_of else "",
        tuple(quantile_text(item, quantile) for quantile in item.quantiles),
        "" if item.opposite is None else severity_text(item.name, item.opposite, known.unit),
        generic,
        strip(item),
        units.count(item.pictures),
        units.DASH if item.instead_of else units.percent(sum(item.shares)),
    )


def strip(item: Shown) -> Markup:
    """240 x 40: how the pictures spread from neutral outwards; dashes are named levels, the line is at 99 %."""
    known = PERTURBATIONS[item.name]
    side = 1.0 if known.levels[4] > known.neutral else -1.0
    away = [side * (value - known.neutral) for value in item.severities if math.isfinite(value)]
    p99 = side * (item.quantiles[-1] - known.neutral)
    reach = max(p99 * 1.15, abs(known.levels[1] - known.neutral), *(value for value in away))
    low = min(0.0, *away)
    place = linear(low, reach, 4, _STRIP[0] - 4)
    counts = _histogram(away, low, reach)
    top = max(counts, default=1)
    wide = (_STRIP[0] - 8) / _BINS
    bars = [
        svg.rect(4 + i * wide, 34 - 30 * math.sqrt(n / top), wide - 1, 30 * math.sqrt(n / top), "dot")
        for i, n in enumerate(counts)
        if n
    ]
    levels = [side * (level - known.neutral) for level in known.levels]
    marks = [svg.line(place(level), 2, place(level), 36, "level") for level in levels if level <= reach]
    edge = svg.line(place(p99), 0, place(p99), 38, "quantile")
    within = quantile_text(item, item.quantiles[-1])
    title = f"{perturbation_name(item.name)}: {units.count(len(away))} pictures, 99 % within {within}"
    return svg.picture([*marks, *bars, svg.line(4, 34, _STRIP[0] - 4, 34, "axis"), edge], _STRIP, title, class_="strip")


def _histogram(values: Sequence[float], low: float, high: float) -> list[int]:
    counts = [0] * _BINS
    for value in values:
        share = (value - low) / (high - low) if high > low else 0.0
        counts[min(_BINS - 1, max(0, int(share * _BINS)))] += 1
    return counts


def courses(found: Calibration) -> tuple[Course, ...]:
    """Every quantity that varies, over the pictures in the order of their names; the band is the simulation."""
    rows = deviations(found.samples, found.profile.scenes)
    out = {item.name: item.quantities for item in found.coverage.outside}
    views = []
    for name, quantity in QUANTITIES.items():
        values = [row[name] for row in rows]
        known = [value for value in values if math.isfinite(value)]
        if len(known) < 2 or min(known) == max(known):
            continue
        share = found.coverage.by_quantity.get(name, math.nan)
        band = None if math.isnan(share) else found.coverage.envelope[name]
        red = [name in out.get(sample.name, {}) for sample in found.samples]
        chart = course_chart(values, red, band, f"{quantity.meaning} ({quantity.unit})")
        covered = NOT_JUDGED if math.isnan(share) else f"{units.percent(share)} inside the simulation"
        views.append(Course(f"{quantity.meaning}, {quantity.unit}", chart, covered))
    return tuple(views)


NOT_JUDGED = "not judged: the parts themselves differ in it"


def course_chart(values: Sequence[float], red: Sequence[bool], band: tuple[float, float] | None, title: str) -> Markup:
    """300 x 130: deviation from the scene's usual over the pictures, the simulated range as a band."""
    known = [value for value in values if math.isfinite(value)]
    ends = [*known, *(band or ())]
    low, high = min(ends), max(ends)
    pad = 0.05 * (high - low or 1.0)
    down = linear(low - pad, high + pad, _COURSE[1] - 6, 6)
    across = linear(0, max(len(values) - 1, 1), 46, _COURSE[0] - 6)
    parts = []
    if band is not None:
        parts.append(svg.rect(46, down(band[1]), _COURSE[0] - 52, down(band[0]) - down(band[1]), "band"))
    for tick in ticks(low, high, 4):
        parts += [
            svg.line(46, down(tick), _COURSE[0] - 6, down(tick), "grid"),
            svg.label(40, down(tick) + 4, units.number(tick), "t small soft", "end"),
        ]
    for index, (value, out) in enumerate(zip(values, red, strict=True)):
        if math.isfinite(value):
            parts.append(svg.tag("circle", cx=across(index), cy=down(value), r=1.9, class_="dot out" if out else "dot"))
    return svg.picture(parts, _COURSE, title)


def outside_views(found: Calibration, studio: Studio) -> tuple[OutsideView, ...]:
    """The pictures farthest outside, with what is unusual about them."""
    rows = deviations(found.samples, found.profile.scenes)
    by_name = {sample.name: row for sample, row in zip(found.samples, rows, strict=True)}
    views = []
    for item in found.coverage.outside[:MOST_OUTSIDE]:
        worst = sorted(item.quantities, key=lambda name: -item.quantities[name])[:3]
        why = "; ".join(_why(name, by_name[item.name].get(name, math.nan)) for name in worst)
        views.append(OutsideView(studio.shot(item.name, item.name), item.name, why))
    return tuple(views)


def _why(name: str, deviation: float) -> str:
    if name == ALIGNMENT:
        return "does not align with the other pictures of its scene"
    quantity = QUANTITIES[name]
    sign = "+" if deviation > 0 else ""
    return f"{quantity.meaning}: {sign}{units.number(deviation)} {quantity.unit}"
