"""SVG, one element a call. Text and attributes are escaped here and nowhere else.

Nothing carries a style attribute: the page's content security policy allows only its own style sheet.
"""

from collections.abc import Iterable
from functools import cache, lru_cache

from markupsafe import Markup, escape

from appliance.report.text import plain

Attribute = str | float | int | None


def _value(value: str | float | int) -> str:
    return _place(value) if isinstance(value, float) else plain(str(value))


@cache
def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def tag(name: str, *content: str, **attributes: Attribute) -> Markup:
    """One element. `class_` and `for_` lose their underscore, others turn theirs into a hyphen; None is left out."""
    pairs = "".join(
        [f' {_name(key)}="{escape(_value(value))}"' for key, value in attributes.items() if value is not None]
    )
    inner = "".join([part if isinstance(part, Markup) else escape(plain(part)) for part in content])
    return Markup(f"<{name}{pairs}>{inner}</{name}>")  # noqa: S704 - every part is escaped above


def group(parts: Iterable[Markup], **attributes: Attribute) -> Markup:
    """Elements held together."""
    return tag("g", *parts, **attributes)


def _place(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


@lru_cache(maxsize=256)
def _class(name: str) -> str:
    return str(escape(plain(name)))


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line. Written out, not by `tag`: a page of tables draws thousands."""
    ends = f'x1="{_place(x1)}" y1="{_place(y1)}" x2="{_place(x2)}" y2="{_place(y2)}"'
    return Markup(f'<line {ends} class="{_class(class_)}"></line>')  # noqa: S704 - numbers, and a class that is escaped


def polyline(points: Iterable[tuple[float, float]], class_: str) -> Markup:
    """A line through points."""
    return tag("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), class_=class_)


def rect(x: float, y: float, width: float, height: float, class_: str) -> Markup:
    """An upright rectangle; a negative width is drawn to the left."""
    place = f'x="{_place(min(x, x + width))}" y="{_place(y)}" width="{_place(abs(width))}" height="{_place(height)}"'
    return Markup(f'<rect {place} class="{_class(class_)}"></rect>')  # noqa: S704 - numbers, and a class that is escaped


def label(x: float, y: float, content: str, class_: str = "t", anchor: str = "middle") -> Markup:
    """A line of text."""
    inner = content if isinstance(content, Markup) else escape(plain(content))
    place = f'x="{_place(x)}" y="{_place(y)}" class="{_class(class_)}" text-anchor="{_class(anchor)}"'
    return Markup(f"<text {place}>{inner}</text>")  # noqa: S704 - every part is escaped


def titled(content: Markup, title: str) -> Markup:
    """An element with a title that a pointer or a screen reader shows."""
    return tag("g", tag("title", title), content)


def small(content: Markup, size: tuple[float, float], title: str, class_: str) -> Markup:
    """A drawing that stands in a table by the hundred: `picture` written out, without a description."""
    said, box = escape(plain(title)), f"0 0 {size[0]:g} {size[1]:g}"
    head = f'<svg viewBox="{box}" role="img" aria-label="{said}" class="chart {_class(class_)}"><title>{said}</title>'
    return Markup(f"{head}{content}</svg>")  # noqa: S704 - the title is escaped, the content Markup


def picture(parts: Iterable[Markup], size: tuple[float, float], title: str, desc: str = "", class_: str = "") -> Markup:
    """The whole drawing, scaled to its column; its title and description are read aloud."""
    width, height = size
    heads = [tag("title", title), tag("desc", desc)] if desc else [tag("title", title)]
    return tag(
        "svg",
        *heads,
        *parts,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=title,
        class_=f"chart {class_}".strip(),
    )
