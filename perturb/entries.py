"""How the catalogues write down one perturbation."""

from functools import partial
from typing import Any

from perturb.render import Act, through_light, through_point
from perturb.transport import Send
from perturb.types import Group, Perturbation

Levels = tuple[float, float, float, float, float]

COLOUR = frozenset({"colour"})


def _summary(function: Any) -> str:
    """The docstring's first paragraph on one line: what it is, with its formula."""
    return " ".join((function.__doc__ or "").split("\n\n")[0].split())


def light(group: Group, name: str, act: Act, unit: str, levels: Levels, reasons: str, **more: Any) -> Perturbation:
    """A perturbation that acts in linear light; `point` and not `drawn` makes it go through tables."""
    pointwise = more.get("point", False) and not more.get("drawn", True)
    render = partial(through_point if pointwise else through_light, act)
    given = {"neutral": 0.0, "summary": _summary(act), **more}
    return Perturbation(name, group, unit, levels, render=render, reasons=reasons, act=act, **given)


def sent(name: str, send: Send, unit: str, levels: Levels, reasons: str, **more: Any) -> Perturbation:
    given = {"neutral": 0.0, "summary": _summary(send), "drawn": False, **more}
    return Perturbation(name, Group.TRANSPORT, unit, levels, render=send, reasons=reasons, **given)
