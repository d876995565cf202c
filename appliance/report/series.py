"""How a member looks in every chart: a colour class by its place in the family, and a marker."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from appliance.report.svg import tag

_COLOURS = 8


def _polygon(*corners: tuple[float, float]) -> Callable[[float, float, str], Markup]:
    def draw(x: float, y: float, class_: str) -> Markup:
        points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
        return tag("polygon", points=points, class_=class_)

    return draw


def _circle(x: float, y: float, class_: str) -> Markup:
    return tag("circle", cx=float(x), cy=float(y), r=3.1, class_=class_)


_MARKERS: tuple[Callable[[float, float, str], Markup], ...] = (
    _circle,
    _polygon((-2.9, -2.9), (2.9, -2.9), (2.9, 2.9), (-2.9, 2.9)),
    _polygon((0, -3.9), (3.7, 2.7), (-3.7, 2.7)),
    _polygon((0, -4.2), (4.2, 0), (0, 4.2), (-4.2, 0)),
    _polygon((0, 3.9), (3.7, -2.7), (-3.7, -2.7)),
    _polygon((-1.3, -4), (1.3, -4), (1.3, -1.3), (4, -1.3), (4, 1.3), (1.3, 1.3), (1.3, 4), (-1.3, 4), (-1.3, 1.3),
             (-4, 1.3), (-4, -1.3), (-1.3, -1.3)),
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """Colour class (`s0` lightest, smallest .. `s7` darkest, largest) and marker of one member."""

    name: str
    colour: str
    marker: Callable[[float, float, str], Markup]

    def key(self) -> Markup:
        """The swatch for a legend, 24 x 12."""
        stroke = tag("line", x1=1, y1=6, x2=23, y2=6, class_=f"stroke {self.colour}")
        mark = self.marker(12, 6, f"fill {self.colour}")
        return tag("svg", stroke, mark, viewBox="0 0 24 12", class_="swatch", aria_hidden="true")


def looks(names: tuple[str, ...]) -> dict[str, Look]:
    """A look for every member, smallest first; the darker the larger."""
    last = max(len(names) - 1, 1)
    return {
        name: Look(name, f"s{round(index * (_COLOURS - 1) / last)}", _MARKERS[index % len(_MARKERS)])
        for index, name in enumerate(names)
    }
