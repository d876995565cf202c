"""Error over size: the sizes as measured, the band of the next training, the largest as the others foretold it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from appliance.report import svg, units
from appliance.report.scales import Frame, decades, linear, logarithmic, ticks
from appliance.report.text import clip


@dataclass(frozen=True)
class LawWords:
    """What the chart says, in the reader's language."""

    title: str
    desc: str
    x: str
    y: str
    point: str
    foretold: str


def draw(law: dict[str, Any], said: LawWords, width: float = 560, height: float = 300) -> Markup:
    """One law of the kept document as SVG; needs `sizes`, takes `band` and `left_out` where they are."""
    sizes = [row for row in law["sizes"] if row["error"] is not None]
    band, told = law.get("band") or {}, law.get("left_out")
    low, high = _range([row["error"] for row in sizes], band, told)
    frame = Frame(58, 26, width - 20, height - 46)
    first, last = min(row["size"] for row in sizes), max(row["size"] for row in sizes)
    x = logarithmic(first / 1.4, last * 1.4, frame.left, frame.right)
    y = linear(low, high, frame.bottom, frame.top)
    parts = [svg.line(frame.left, y(v), frame.right, y(v), "grid") for v in ticks(low, high, 5)]
    parts += [svg.label(frame.left - 6, y(v) + 4, units.percent(v), "t", "end") for v in ticks(low, high, 5)]
    for value in decades(first / 1.4, last * 1.4):
        parts.append(svg.label(x(value), frame.bottom + 18, units.si(value)))
    parts.append(svg.line(frame.left, frame.bottom, frame.right, frame.bottom, "axis"))
    if band:
        edge = [*_path(band["sizes"], band["high"], x, y), *reversed(_path(band["sizes"], band["low"], x, y))]
        parts.append(svg.tag("polygon", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in edge), class_="band"))
        parts.append(svg.polyline(_path(band["sizes"], band["middle"], x, y), "stroke clean"))
    largest = sizes[-1]["name"]
    parts += [_point(row, x(row["size"]), y(row["error"]), said, last=row["name"] == largest) for row in sizes]
    if told and told["predicted"] is not None:
        parts.append(_foretold(told, x(told["size"]) + 10, y, said))
    parts += [
        svg.label((frame.left + frame.right) / 2, height - 6, said.x, "t soft"),
        svg.label(4, 12, said.y, "t soft", "start"),
    ]
    return svg.picture(parts, (width, height), said.title, said.desc, "trend")


def _range(errors: Sequence[float], band: dict[str, Any], told: dict[str, Any] | None) -> tuple[float, float]:
    found = [*errors, *(v for key in ("low", "high") for v in band.get(key, ()) if v is not None)]
    found += [v for v in (told or {}).values() if isinstance(v, float) and 0 <= v <= 1]
    low, high = min(found), max(found)
    room = 0.1 * (high - low) or 0.01
    return max(low - room, 0.0), min(high + room, 1.0)


def _path(sizes: Sequence[float], values: Sequence[float | None], x: Any, y: Any) -> list[tuple[float, float]]:
    return [(x(size), y(value)) for size, value in zip(sizes, values, strict=True) if value is not None]


def _point(row: dict[str, Any], place: float, height: float, said: LawWords, *, last: bool) -> Markup:
    mark = svg.tag("circle", cx=place, cy=height, r=5.0, class_="fill clean")
    name = svg.label(place + 4 * last, height - 11, clip(row["name"], 12), "t strong", "end" if last else "middle")
    return svg.titled(mark + name, said.point.format(name=row["name"], value=units.percent(row["error"])))


def _foretold(told: dict[str, Any], place: float, y: Any, said: LawWords) -> Markup:
    height = y(told["predicted"])
    corners = ((place, height - 6), (place + 6, height), (place, height + 6), (place - 6, height))
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
    drawn = [svg.tag("polygon", points=points, class_="open mean")]
    if told["low"] is not None and told["high"] is not None:
        drawn.insert(0, svg.line(place, y(told["low"]), place, y(told["high"]), "stroke mean"))
    return svg.titled(Markup("").join(drawn), said.foretold.format(value=units.percent(told["predicted"])))
