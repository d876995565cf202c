"""The pencil of the plots: SVG elements with classes only (no style attributes), text escaped, log axes and ticks."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

Place = Callable[[float], float]

CSS = """
.law { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
.law text { fill: var(--ink, #1a1e23); stroke: none; }
.law .law-soft { fill: var(--soft, #565e68); }
.law .law-grid { stroke: var(--line, #d9dde2); stroke-width: 1; }
.law .law-axis { stroke: var(--axis, #838b95); stroke-width: 1; }
.law .law-band { fill: var(--clean, #0067a8); fill-opacity: 0.14; stroke: none; }
.law .law-mean { fill: none; stroke: var(--clean, #0067a8); stroke-width: 2.5; }
.law .law-form { fill: none; stroke-width: 1.5; }
.law .law-s0 { stroke: var(--s0, #b07d00); } .law .law-s1 { stroke: var(--s1, #75801a); }
.law .law-s2 { stroke: var(--s2, #2f8a4a); } .law .law-s3 { stroke: var(--s3, #12857c); }
.law .law-s4 { stroke: var(--s4, #1c6f96); } .law .law-s5 { stroke: var(--s5, #35579c); }
.law .law-s6 { stroke: var(--s6, #46388a); } .law .law-s7 { stroke: var(--s7, #350a4e); }
.law .law-f0 { stroke: var(--soft, #565e68); stroke-dasharray: 1 4; stroke-linecap: round; }
.law .law-f1 { stroke: #b07d00; stroke-dasharray: 8 3; }
.law .law-f2 { stroke: #2f8a4a; stroke-dasharray: 4 3; }
.law .law-f3 { stroke: #9d4edd; stroke-dasharray: 10 3 2 3; }
.law .law-f4 { stroke: #c04d00; stroke-dasharray: 6 2 2 2 2 2; }
.law .law-f5 { stroke: #12857c; stroke-dasharray: 2 2; }
.law .law-part { stroke: var(--ink, #1a1e23); stroke-width: 1.25; }
.law .law-dot { fill: var(--ink, #1a1e23); stroke: var(--paper, #ffffff); stroke-width: 1; }
.law .law-hollow { fill: var(--paper, #ffffff); stroke: var(--ink, #1a1e23); stroke-width: 1.5; }
.law .law-told { fill: var(--paper, #ffffff); stroke: var(--mean, #c04d00); stroke-width: 2; }
.law .law-told-bar { stroke: var(--mean, #c04d00); stroke-width: 2; }
.law .law-name { font-weight: 600; paint-order: stroke; stroke: var(--paper, #ffffff); stroke-width: 3; }
"""
"""Rules for every plot of laws; colours follow the page's variables where there are any. Forms differ in dashes too."""


def tag(name: str, content: str = "", **attributes: str | float) -> str:
    """One element; `content` is ready SVG, attribute values are escaped. `class_` loses its underscore."""
    pairs = (f' {k.rstrip("_").replace("_", "-")}="{escape(_value(v))}"' for k, v in attributes.items())
    return f"<{name}{''.join(pairs)}>{content}</{name}>"


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}"


def words(content: str) -> str:
    """Text as SVG: escaped, without control or direction characters."""
    return escape("".join(c for c in content if c.isprintable()))


def text(x: float, y: float, content: str, class_: str = "", anchor: str = "start") -> str:
    """A line of text, made harmless."""
    return tag("text", words(content), x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Iterable[tuple[float, float]], class_: str, *, name: str = "polyline") -> str:
    """A line (or `polygon`) through points."""
    return tag(name, points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), class_=class_)


def bar(x: float, low: float, high: float, class_: str, cap: float = 4.0) -> str:
    """An upright interval with caps."""
    ends = "".join(line(x - cap, y, x + cap, y, class_) for y in (low, high))
    return line(x, low, x, high, class_) + ends


@dataclass(frozen=True)
class Frame:
    """The drawing area and the ranges that its axes span; both axes are logarithmic."""

    left: float
    top: float
    right: float
    bottom: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        """Place of a size."""
        return _log_place(value, self.x_range, self.left, self.right)

    def y(self, value: float) -> float:
        """Place of an error rate; what lies outside the range is drawn on its edge."""
        return _log_place(min(max(value, self.y_range[0]), self.y_range[1]), self.y_range, self.bottom, self.top)


def _log_place(value: float, span: tuple[float, float], start: float, end: float) -> float:
    low, high = math.log(span[0]), math.log(span[1])
    return start + (math.log(value) - low) / (high - low) * (end - start)


def log_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Round numbers within low..high: even steps over less than a factor of four, else 1, 2, 5 or powers of ten."""
    if high < 4.0 * low:
        return _even(low, high, most)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1.0, 1.5, 2.0, 3.0, 5.0, 7.0), (1.0, 2.0, 3.0, 5.0), (1.0, 2.0, 5.0), (1.0,)):
        found = [f * 10.0**p for p in powers for f in factors if low <= f * 10.0**p <= high]
        if len(found) <= most:
            return found
    return found[:: math.ceil(len(found) / most)]


def _even(low: float, high: float, most: int) -> list[float]:
    power = 10.0 ** math.floor(math.log10(high - low))
    step = next(f * power for f in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if (high - low) / (f * power) <= most)
    return [i * step for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def si(value: float) -> str:
    """1.5e6 as 1.5M."""
    for factor, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= factor:
            return f"{value / factor:.3g}{unit}"
    return f"{value:.3g}"


def percent(rate: float) -> str:
    """0.0123 as 1.23 %."""
    return f"{100 * rate:.3g} %"
