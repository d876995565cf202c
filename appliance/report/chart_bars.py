"""Bars that sit inside table cells: how far an envelope reaches, and a difference with its interval."""

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache

from markupsafe import Markup

from appliance.report import svg, words
from appliance.report.chart_curves import outward
from appliance.report.scales import linear, steps
from appliance.score.types import Envelope, EnvelopeState, Interval

_WIDTH, _HEIGHT = 96.0, 14.0
_MIDDLE = _HEIGHT / 2


def _reach(envelope: Envelope) -> float | None:
    """The severity the bar ends at; None where there is no bar."""
    if envelope.state is EnvelopeState.REACHED:
        return envelope.severity
    if envelope.state is EnvelopeState.NOT_REACHED:
        return farthest(envelope)
    return None


def farthest(envelope: Envelope) -> float:
    """The tested severity farthest from neutral."""
    return max(envelope.tested, key=lambda value: abs(value - envelope.neutral), default=envelope.neutral)


def _between(values: Sequence[float], value: float) -> float:
    """Where `value` lies among `values` in steps (0 at the first), straight between neighbours."""
    for index, (a, b) in enumerate(itertools.pairwise(values)):
        if min(a, b) <= value <= max(a, b) and a != b and math.isfinite(b - a):
            return index + (value - a) / (b - a)
    return float(values.index(value)) if value in values else 0.0


@lru_cache(maxsize=1024)
def _ticks(values: tuple[float, ...]) -> Markup:
    """The axis, the same for every member and limit of a perturbation."""
    tested = steps(values, 3, _WIDTH - 3)
    axis = svg.line(3, _MIDDLE, _WIDTH - 3, _MIDDLE, "axis")
    return axis + Markup("").join(
        svg.line(tested(value), _MIDDLE - 3, tested(value), _MIDDLE + 3, "axis") for value in values
    )


def envelope_bar(envelope: Envelope, text: str, limit: str) -> Markup:
    """96 x 14: a tick for each tested severity (evenly spaced, neutral first), a bar as far as the limit holds."""
    values = outward(envelope.neutral, envelope.tested)
    place = linear(0, max(len(values) - 1, 1), 3, _WIDTH - 3)
    drawn = _ticks(tuple(values))
    reach = _reach(envelope)
    if reach is not None:
        start, end = place(_between(values, envelope.neutral)), place(_between(values, reach))
        state = "far" if envelope.state is EnvelopeState.NOT_REACHED else "near"
        drawn += svg.rect(start, _MIDDLE - 4, end - start, 8, f"reach {state}")
    title = words.ENVELOPE_BAR.format(member=envelope.member, limit=limit, text=text)
    return svg.small(drawn, (_WIDTH, _HEIGHT), title, "bar")


def difference_bar(value: Interval, reach: float, title: str) -> Markup:
    """140 x 14: a difference (pp) with its interval on an axis from -reach to +reach, zero marked."""
    width = 140.0
    place = linear(-reach, reach, 4, width - 4)
    parts = [svg.line(4, _MIDDLE, width - 4, _MIDDLE, "grid"), svg.line(place(0), 1, place(0), _HEIGHT - 1, "axis")]
    if not math.isnan(value.estimate):
        ends = [place(min(max(end, -reach), reach)) for end in (value.low, value.high)]
        parts += [
            svg.line(ends[0], _MIDDLE, ends[1], _MIDDLE, "stroke pair"),
            svg.tag("circle", cx=place(value.estimate), cy=_MIDDLE, r=3.4, class_="fill pair"),
        ]
    return svg.picture(parts, (width, _HEIGHT), title, class_="bar wide")
