"""Warm-up that is detected, not counted: parts run until three windows in a row agree in median and in rate."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from appliance.cost.drive import Clock

WINDOWS = 3
AGREE = 1.10  # largest over smallest
LEAST_PARTS, MOST_PARTS = 5, 40
LEAST_SECONDS = 0.2


@dataclass(frozen=True)
class Window:
    """Some parts in a row: their median seconds and their rate per second."""

    median: float
    rate: float


@dataclass(frozen=True)
class Warmth:
    """How warm-up went: whether it settled, and after how many parts."""

    settled: bool
    parts: int


def settled(windows: list[Window]) -> bool:
    """True where the last three windows agree within a tenth, in median and in rate."""
    last = windows[-WINDOWS:]
    return len(last) == WINDOWS and all(
        max(values) <= AGREE * min(values) for values in ([w.median for w in last], [w.rate for w in last])
    )


def warm_up(serve: Callable[[], object], clock: Clock, seconds: float) -> Warmth:
    """Run parts until they settle, at most about `seconds`."""
    windows: list[Window] = []
    parts, end = 0, clock.now() + seconds
    while clock.now() < end:
        window, count = _window(serve, clock)
        windows.append(window)
        parts += count
        if settled(windows):
            return Warmth(True, parts)
    return Warmth(False, parts)


def _window(serve: Callable[[], object], clock: Clock) -> tuple[Window, int]:
    start, spent = clock.now(), list[float]()
    while len(spent) < LEAST_PARTS or (clock.now() - start < LEAST_SECONDS and len(spent) < MOST_PARTS):
        begun = clock.now()
        serve()
        spent.append(clock.now() - begun)
    return Window(float(np.median(spent)), len(spent) / max(clock.now() - start, 1e-9)), len(spent)
