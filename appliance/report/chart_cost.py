"""Cost as charts: how latencies spread under each load against the reject gate, and which stage takes the time."""

from collections.abc import Sequence

from markupsafe import Markup

from appliance.cost.record import QUANTILES, MemberCost
from appliance.report import svg, units
from appliance.report import words_cost as words
from appliance.report.scales import Frame, Place, decades, linear, logarithmic, ticks
from appliance.report.text import clip

ROW = 24.0
NAMES = 148.0
_TOP, _BOTTOM = 26.0, 40.0
_LEAST_MS = 1e-3

CSS = """
.cost-box { fill: var(--clean); fill-opacity: 0.35; } .cost-range { stroke: var(--clean); stroke-width: 1.5; }
.cost-middle { stroke: var(--ink); stroke-width: 2; }
.cost-bound { fill: var(--paper); stroke: var(--mean); stroke-width: 2; }
.cost-gate { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 5 3; } .cost-gate-name { fill: var(--bad); }
"""


def drawable(rows: Sequence[MemberCost]) -> list[MemberCost]:
    """Rows with latencies, one picture at a time."""
    return [row for row in rows if row.latency_q and row.batch == 1 and min(row.latency_q) > 0]


def latency_chart(rows: Sequence[MemberCost], width: float = 1060) -> Markup:
    """One line a member and load (at least one row): 1 to 99 % of the parts, the middle half, the median, the bound."""
    gates = sorted({row.deadline_ms for row in rows if row.deadline_ms})
    frame = Frame(NAMES, _TOP, width - 16, _TOP + ROW * len(rows))
    low, high = _range(rows, gates)
    x = logarithmic(low, high, frame.left, frame.right)
    parts = [
        *_axis(frame, x, decades(low, high)),
        svg.label(frame.right, frame.bottom + 34, words.CHART_X, "t soft", "end"),
    ]
    for gate in gates:
        parts += [
            svg.line(x(gate), frame.top - 6, x(gate), frame.bottom, "cost-gate"),
            svg.label(
                min(x(gate), frame.right - 40),
                frame.top - 11,
                words.GATE.format(ms=units.number(gate)),
                "t small cost-gate-name",
            ),
        ]
    for place, row in enumerate(rows):
        parts.append(_row(row, x, frame.top + ROW * (place + 0.5)))
    return svg.picture(parts, (width, frame.bottom + _BOTTOM), words.CHART_TITLE, words.CHART_DESC)


def _range(rows: Sequence[MemberCost], gates: Sequence[float]) -> tuple[float, float]:
    """From somewhat below the fastest part to somewhat above the slowest bound or gate."""
    bounds = [row.p99_ms for row in rows if row.p99_ms]
    slowest = max([*(max(row.latency_q) for row in rows), *bounds, *gates])
    return max(min(row.latency_q[1] for row in rows) / 1.3, _LEAST_MS), 1.3 * slowest


def _axis(frame: Frame, x: Place, marks: Sequence[float]) -> list[Markup]:
    lines = [svg.line(x(value), frame.top, x(value), frame.bottom, "grid") for value in marks]
    texts = [svg.label(x(value), frame.bottom + 16, units.number(value)) for value in marks]
    return [*lines, *texts, svg.line(frame.left, frame.bottom, frame.right, frame.bottom, "axis")]


def _row(row: MemberCost, x: Place, y: float) -> Markup:
    step = QUANTILES // 100
    q = [row.latency_q[n * step] for n in (1, 25, 50, 75, 99)]
    one, quarter, middle, three, last = map(x, q)
    shapes = [
        svg.line(one, y, last, y, "cost-range"),
        svg.rect(quarter, y - 6, max(three - quarter, 1.0), 12, "cost-box"),
        svg.line(middle, y - 8, middle, y + 8, "cost-middle"),
    ]
    if row.p99_ms is not None:
        shapes.append(svg.tag("circle", cx=x(row.p99_ms), cy=y, r=4.0, class_="cost-bound"))
    bound = words.BOUND.format(ms=units.number(row.p99_ms)) if row.p99_ms is not None else words.NO_BOUND
    title = words.CHART_ROW.format(member=row.member, load=row.load, median=units.number(q[2]), bound=bound)
    name = svg.label(4, y + 4, f"{clip(row.member, 10)} {row.load}", "t", "start")
    return svg.titled(svg.group([name, *shapes]), title)


def stage_chart(rows: Sequence[MemberCost], names: Sequence[str], width: float = 1060) -> Markup:
    """One bar a member (at least one), mean ms of a part from file to verdict, stage after stage."""
    frame = Frame(NAMES, 8, width - 70, 8 + ROW * len(rows))
    longest = max(sum(row.stages_ms.values()) for row in rows)
    x = linear(0.0, longest, frame.left, frame.right)
    parts = _axis(frame, x, ticks(0.0, longest, 5))
    for place, row in enumerate(rows):
        y = frame.top + ROW * place + 4
        parts += [svg.label(4, y + 13, clip(row.member, 18), "t strong", "start"), *_bars(row, names, x, y)]
        total = sum(row.stages_ms.values())
        parts.append(svg.label(x(total) + 6, y + 13, units.number(total), "t soft", "start"))
    parts.append(svg.label(frame.right, frame.bottom + 34, words.STAGE_X, "t soft", "end"))
    return svg.picture(parts, (width, frame.bottom + _BOTTOM), words.STAGE_TITLE)


def _bars(row: MemberCost, names: Sequence[str], x: Place, y: float) -> list[Markup]:
    bars, start = [], 0.0
    for place, name in enumerate(names):
        took = row.stages_ms.get(name, 0.0)
        bar = svg.rect(x(start), y, x(start + took) - x(start), ROW - 8, f"fill {colour(place, len(names))}")
        bars.append(svg.titled(bar, words.STAGE_BAR.format(member=row.member, stage=name, ms=units.number(took))))
        start += took
    return bars


def colour(place: int, count: int) -> str:
    """The colour class of a stage, spread over the page's eight."""
    return f"s{round(place * 7 / max(count - 1, 1))}"


def swatch(place: int, count: int) -> Markup:
    """The key of a stage for the legend, 24 x 12."""
    bar = svg.rect(1, 1, 22, 10, f"fill {colour(place, count)}")
    return svg.tag("svg", bar, viewBox="0 0 24 12", class_="swatch", aria_hidden="true")
