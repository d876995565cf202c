"""Which sizes meet the site's hard limits at once, drawn: the takt by the p99 bound, the escape limit by its bound."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from appliance.language.tongue import mark, w
from appliance.law.drawing import bar, line, log_ticks, tag, text
from appliance.law.value import Feasible, feasible
from appliance.log.types import CostRow
from appliance.score.summary_types import Summary

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 340.0, 240.0, 46.0, 326.0, 34.0, 190.0
TITLE = mark("Accuracy on clean parts over the time of a part: sizes that meet takt and escape limit are filled")
INSIDE = mark(
    "Within takt ({takt} ms, by p99) and escape limit ({limit} %, by the upper bound on clean parts): {sizes}."
)
BEST = mark("The largest lower bound of accuracy among them has {size} ({low} %).")
NONE = mark(
    "No size is shown to meet both the takt ({takt} ms, by p99) and the escape limit ({limit} %, by its bound)."
)
UNKNOWN = mark("The p99 bound is not known of {sizes}: measure with `inspect-eval cost --acceptance`.")


@dataclass(frozen=True)
class Point:
    """One size: p99 bound in ms (NaN: not known), accuracy with its 95 % interval and escape bound, all 0..1, clean."""

    name: str
    p99_ms: float
    low: float
    accuracy: float
    high: float
    escape_upper: float


@dataclass(frozen=True)
class HardLimits:
    """The sizes against takt (ms) and escape limit (0..1)."""

    takt_ms: float
    escape_limit: float
    points: tuple[Point, ...]
    found: Feasible


def hard_limits(summary: Summary) -> HardLimits | None:
    """None where the site has no escape limit, no takt, or no size was scored."""
    limit = summary.record.head.limits.get("escape_rate")
    takt = summary.record.head.config.get("line", {}).get("takt_s")
    if limit is None or not takt or not summary.members:
        return None
    points = tuple(
        Point(m.name, _p99(summary.costs, m.name), a.low, a.estimate, a.high, m.clean.escape.upper)
        for m in summary.members
        for a in (m.clean.accuracy,)
    )
    found = feasible(
        tuple(p.name for p in points),
        np.array([p.low for p in points]),
        p99_ms=np.array([p.p99_ms for p in points]),
        takt_ms=1000.0 * takt,
        escape_upper=np.array([p.escape_upper for p in points]),
        escape_limit=float(limit),
    )
    return HardLimits(1000.0 * takt, float(limit), points, found)


def _p99(costs: tuple[CostRow, ...], member: str) -> float:
    """The bound at batch 1: paced as the line is where that was measured, else closed."""
    of = {c.load: c.p99 for c in costs if c.member == member and c.batch == 1 and c.p99 is not None}
    return float(of.get("paced", of.get("closed", math.nan)))


def hard_limit_lines(found: HardLimits) -> list[str]:
    """What the picture says, in sentences."""
    said = {"takt": f"{found.takt_ms:g}", "limit": f"{100 * found.escape_limit:g}"}
    lines = [NONE.format(**said)]
    if found.found.best is not None:
        best = next(p for p in found.points if p.name == found.found.best)
        lines = [INSIDE.format(**said, sizes=w(", ").join(found.found.names))]
        lines.append(BEST.format(size=best.name, low=f"{100 * best.low:.1f}"))
    unknown = [p.name for p in found.points if not math.isfinite(p.p99_ms)]
    return [*lines, UNKNOWN.format(sizes=w(", ").join(unknown))] if unknown else lines


def hard_limits_svg(found: HardLimits) -> str:
    """Accuracy (%) over the p99 bound (ms, log), the takt as an upright line; "" where no p99 is known."""
    points = [p for p in found.points if math.isfinite(p.p99_ms) and p.p99_ms > 0]
    if not points:
        return ""
    low = min(*(p.p99_ms for p in points), found.takt_ms) / 1.5
    high = max(*(p.p99_ms for p in points), found.takt_ms) * 1.5
    floor = min(p.low for p in points)
    scale = max(1.0 - floor, 1e-6)

    def x(ms: float) -> float:
        return LEFT + (RIGHT - LEFT) * math.log(ms / low) / math.log(high / low)

    def y(accuracy: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (accuracy - floor) / scale

    inside = tag("title", str(TITLE))
    for ms in log_ticks(low, high, 5):
        inside += line(x(ms), TOP, x(ms), BOTTOM, "law-grid") + text(
            x(ms), BOTTOM + 16, f"{ms:g}", "law-soft", "middle"
        )
    for accuracy in (floor, (1.0 + floor) / 2, 1.0):
        inside += line(LEFT, y(accuracy), RIGHT, y(accuracy), "law-grid")
        inside += text(LEFT - 5, y(accuracy) + 4, f"{100 * accuracy:.0f} %", "law-soft", "end")
    takt = x(found.takt_ms)
    inside += line(takt, TOP, takt, BOTTOM, "law-told-bar") + text(takt, TOP - 20, w("takt"), "law-soft", "middle")
    inside += "".join(_dot(p, x(p.p99_ms), y, p.name in found.found.names) for p in points)
    inside += text((LEFT + RIGHT) / 2, BOTTOM + 36, w("p99 bound of a part, ms"), "law-soft", "middle")
    return tag("svg", inside, viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}", role="img", class_="law")


def _dot(point: Point, x: float, y: Callable[[float], float], meets: bool) -> str:
    look = "law-dot" if meets else "law-hollow"
    name = text(x + 7, y(point.accuracy) - 6, point.name[:14], "law-name")
    dot = tag("circle", cx=x, cy=y(point.accuracy), r=4.5, class_=look)
    return bar(x, y(point.low), y(point.high), "law-part") + dot + name
