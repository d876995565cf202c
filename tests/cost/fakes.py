"""A server whose times are written down beforehand, under a clock that only the server and the waiting move."""

from collections.abc import Iterable, Iterator
from itertools import cycle

from appliance.cost.drive import STAGES


class FakeClock:
    def __init__(self) -> None:
        self.time = 100.0
        self.waited = 0.0

    def now(self) -> float:
        return self.time

    def wait_until(self, moment: float) -> None:
        self.waited += max(moment - self.time, 0.0)
        self.time = max(self.time, moment)


class FakeServer:
    """Takes the given seconds for part after part, round and round; a seventh of them in each stage."""

    def __init__(self, clock: FakeClock, seconds: Iterable[float]) -> None:
        self._clock, self._seconds = clock, cycle(seconds)
        self.parts = 0

    def __call__(self) -> tuple[float, ...]:
        took = next(self._seconds)
        self._clock.time += took
        self.parts += 1
        return (took / len(STAGES),) * len(STAGES)


def growing(first: float, factor: float, count: int, rest: float) -> Iterator[float]:
    """A cold start: `count` parts that get faster by `factor`, then `rest` for ever."""
    for n in range(count):
        yield first * factor**n
    while True:
        yield rest
