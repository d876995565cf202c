"""From values to places on paper, and the round numbers beside the axis."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Place = Callable[[float], float]


@dataclass(frozen=True)
class Frame:
    """The drawing area inside an SVG, in its units."""

    left: float
    top: float
    right: float
    bottom: float


def linear(low: float, high: float, start: float, end: float) -> Place:
    """Maps low..high to start..end; a range without width maps to the middle."""
    if high == low:
        return lambda _: (start + end) / 2
    return lambda value: start + (value - low) / (high - low) * (end - start)


def logarithmic(low: float, high: float, start: float, end: float) -> Place:
    """Maps low..high (both > 0) to start..end by their logarithms."""
    inner = linear(math.log10(low), math.log10(high), start, end)
    return lambda value: inner(math.log10(value))


def steps(values: Sequence[float], start: float, end: float) -> Place:
    """Maps each of `values` to evenly spaced places, in the order given."""
    places = {value: index for index, value in enumerate(values)}
    inner = linear(0, max(len(values) - 1, 1), start, end)
    return lambda value: inner(places[value])


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) within low..high, `about` of them."""
    if not high > low:
        return [low]
    rough = (high - low) / max(about, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def decades(low: float, high: float) -> list[float]:
    """Powers of ten within low..high; with fewer than two of them also their 2s and 5s."""
    whole = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    tens = [value for value in (10.0**power for power in whole) if low <= value <= high]
    if len(tens) >= 2:
        return tens
    finer = (factor * 10.0**power for power in whole for factor in (1, 2, 5))
    return [value for value in finer if low <= value <= high]


def floor_to(value: float, step: float) -> float:
    """The multiple of `step` at or below `value`."""
    return math.floor(value / step) * step
