"""How the catalogues write down one perturbation."""

from functools import partial
from typing import Any

from perturb.render import (
    Act,
    Route,
    Shader,
    shading,
    through_codes,
    through_drawn_point,
    through_light,
    through_point,
    through_shade,
)
from perturb.transport import Send
from perturb.types import Group, Perturbation

Levels = tuple[float, float, float, float, float]

COLOUR = frozenset({"colour"})


def _summary(function: Any) -> str:
    """The docstring's first paragraph on one line: what it is, with its formula."""
    return " ".join((function.__doc__ or "").split("\n\n")[0].split())


def _source(function: Any) -> str:
    """What the docstring's paragraph `Source: ...` says."""
    found = [part for part in (function.__doc__ or "").split("\n\n") if part.strip().startswith("Source: ")]
    return " ".join(found[0].split()).removeprefix("Source: ").rstrip(".") if found else ""


def _words(function: Any) -> dict[str, str]:
    return {"summary": _summary(function), "source": _source(function)}


def light(
    group: Group, name: str, act: Act, unit: str, levels: Levels, reasons: str, *, averages: bool = False, **more: Any
) -> Perturbation:
    """A perturbation that acts in linear light, by the fastest way that fits.

    `point`: each pixel by itself; `drawn`: with random draws of its own; `averages`: it moves pixels and averages
    neighbours only.
    """
    given = {"neutral": 0.0, **_words(act), **more}
    route = _route(bool(more.get("point", False)), bool(more.get("drawn", True)), averages)
    return Perturbation(name, group, unit, levels, render=partial(route, act), reasons=reasons, act=act, **given)


def shade(
    group: Group, name: str, shader: Shader, unit: str, levels: Levels, reasons: str, **more: Any
) -> Perturbation:
    """A perturbation that shades each place alone, whatever the light there."""
    given = {"neutral": 0.0, **_words(shader), "act": shading(shader), **more}
    return Perturbation(name, group, unit, levels, render=partial(through_shade, shader), reasons=reasons, **given)


def _route(point: bool, drawn: bool, averages: bool) -> Route:
    if averages:
        return through_codes
    if point:
        return through_drawn_point if drawn else through_point
    return through_light


def sent(name: str, send: Send, unit: str, levels: Levels, reasons: str, **more: Any) -> Perturbation:
    given = {"neutral": 0.0, **_words(send), "drawn": False, **more}
    return Perturbation(name, Group.TRANSPORT, unit, levels, render=send, reasons=reasons, **given)
