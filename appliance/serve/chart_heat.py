"""The heat map as a drawing to save: conditions down, sizes across. On the page it is a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from appliance.report import svg
from appliance.report.text import clip, columns

_CHAR, _ROW, _COLUMN = 6.6, 17.0, 52.0


@dataclass(frozen=True)
class HeatLine:
    """One condition: its name, and (shade, figure) for each size."""

    name: str
    cells: tuple[tuple[str, str], ...]


def draw(lines: Sequence[HeatLine], members: Sequence[str], title: str) -> Markup:
    """The map as SVG, 17 units a condition."""
    left = max((columns(clip(line.name, 40)) for line in lines), default=4) * _CHAR + 10
    size = (left + _COLUMN * len(members) + 8, _ROW * (len(lines) + 1) + 10)
    heads = [
        svg.label(left + _COLUMN * (i + 0.5), 13, clip(name, 7), "t small strong") for i, name in enumerate(members)
    ]
    rows = [part for i, line in enumerate(lines) for part in _line(line, left, _ROW * (i + 1) + 5)]
    return svg.picture([*heads, *rows], size, title, "", "heat-map")


def _line(line: HeatLine, left: float, top: float) -> list[Markup]:
    drawn = [svg.label(left - 6, top + 12, clip(line.name, 40), "t small", "end")]
    for index, (shade, text) in enumerate(line.cells):
        x = left + _COLUMN * index
        drawn.append(svg.rect(x + 1, top + 1, _COLUMN - 2, _ROW - 2, f"cell {shade}"))
        drawn.append(svg.label(x + _COLUMN / 2, top + 12, text, f"t small on-{shade}"))
    return drawn
