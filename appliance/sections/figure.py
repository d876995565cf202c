"""A figure of site.toml that may be given as a number or as a range: `escape = 40` or `escape = [20, 80]`."""

from collections.abc import Callable
from math import sqrt
from typing import Annotated, Any, Self

from pydantic import Field, WrapValidator


class Figure(float):
    """A number that is only known to lie in a range; as a number it is the range's middle.

    `low` and `high` are its 5 % and 95 % points. Where both are over 0 the middle is their geometric mean, since
    prices are wrong by a factor rather than by a sum.
    """

    low: float
    high: float

    @classmethod
    def between(cls, low: float, high: float) -> Self:
        """The figure of a range. Raises ValueError where `high` is not over `low`."""
        if not high > low:
            raise ValueError(f"a range is [low, high] with low below high, not [{low:g}, {high:g}]")
        figure = cls(sqrt(low * high) if low > 0 else (low + high) / 2.0)
        figure.low, figure.high = low, high
        return figure


def _figure(value: object, number: Callable[[Any], float]) -> float | None:
    """None for "none", a Figure for [low, high], else the number; `number` checks each against its bounds."""
    if value == "none":
        return None
    if not isinstance(value, list):
        return number(value)
    if len(value) != 2:
        raise ValueError("a range is two numbers, [low, high]")
    return Figure.between(number(value[0]), number(value[1]))


def _given(value: object, number: Callable[[Any], float]) -> float:
    """The same where nothing is not an answer: "none" is refused as any other text is."""
    found = None if value == "none" else _figure(value, number)
    return number(value) if found is None else found


Known = Annotated[Annotated[float, Field(ge=0)] | None, WrapValidator(_figure)]
"""An amount that nobody can assume for a site: "none" until it is given, and what needs it then says so."""

KnownShare = Annotated[Annotated[float, Field(ge=0, le=1)] | None, WrapValidator(_figure)]
"""The same for a share of 0..1."""

RANGED = WrapValidator(_given)
"""Makes a field that has a default take a range as well; its bounds stand in an `Annotated` within."""
