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


def draw(lines: Sequence[HeatLine], heads: Sequence[str], title: str) -> Markup:
    """The map as SVG, 17 units a row; heads: of the columns, which are as wide as their longest text."""
    left = max((columns(clip(line.name, 40)) for line in lines), default=4) * _CHAR + 10
    texts = [text for line in lines for _, text in line.cells]
    wide = max(_COLUMN, max((columns(text) for text in texts), default=0) * _CHAR + 10)
    size = (left + wide * len(heads) + 8, _ROW * (len(lines) + 1) + 10)
    shown = [
        svg.label(left + wide * (i + 0.5), 13, clip(name, int(wide / _CHAR)), "t small strong")
        for i, name in enumerate(heads)
    ]
    rows = [part for i, line in enumerate(lines) for part in _line(line, left, _ROW * (i + 1) + 5, wide)]
    return svg.picture([*shown, *rows], size, title, "", "heat-map")


def _line(line: HeatLine, left: float, top: float, wide: float) -> list[Markup]:
    drawn = [svg.label(left - 6, top + 12, clip(line.name, 40), "t small", "end")]
    for index, (shade, text) in enumerate(line.cells):
        x = left + wide * index
        drawn.append(svg.rect(x + 1, top + 1, wide - 2, _ROW - 2, f"cell {shade}"))
        drawn.append(svg.label(x + wide / 2, top + 12, text, f"t small on-{shade}"))
    return drawn
