"""Send parts through a server as a load model says, and note when each was due, begun and answered.

The server and the clock are handed in, so that a server of known times under a clock of our own tests all of this.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from appliance.cost.loads import Line, arrivals
from appliance.cost.percentiles import effective_n, most_over

STAGES = ("decode", "preprocess", "copy in", "infer", "copy out", "postprocess", "verdict")
FIRST_RATE = 0.95  # of the ceiling: the rate a search begins with
PROBES = 5  # rates a search tries before it confirms the one that held
CONFIRM_SHARE = 0.5  # of a saturate load's time
LEAST_PROBE_PARTS = 8
FULL_USE = 0.98  # of the server's time: above it the queue grows without end

Floats = NDArray[np.float64]
Stages = tuple[float, ...]
_Row = tuple[float, float, float, Stages]  # due, begun, done, stages


class Clock(Protocol):
    """Seconds that only go forward, and a way to wait for one."""

    def now(self) -> float:
        """Seconds."""

    def wait_until(self, moment: float) -> None:
        """Return at `moment` or a little later, at once where it has passed."""


class WallClock:
    """The machine's own monotonic clock. It sleeps, as a program that waits for a trigger does; it does not spin."""

    def now(self) -> float:
        """Seconds."""
        return time.perf_counter()

    def wait_until(self, moment: float) -> None:
        """Sleep until `moment`."""
        left = moment - time.perf_counter()
        if left > 0:
            time.sleep(left)


Serve = Callable[[], Stages]
"""Take one part from file to verdict; returns the seconds of each of STAGES."""


@dataclass(frozen=True)
class Trace:
    """n parts in order, in seconds: due (n,) scheduled arrival, begun (n,), done (n,), stages (n, 7) by STAGES."""

    due: Floats
    begun: Floats
    done: Floats
    stages: Floats
    rate: float | None = None  # parts per second that were offered; None: closed

    @property
    def latency(self) -> Floats:
        """(n,) seconds from the scheduled arrival to the answer, the queue included."""
        return self.done - self.due

    @property
    def service(self) -> Floats:
        """(n,) seconds a part was worked on."""
        return self.done - self.begun

    @property
    def seconds(self) -> float:
        """From when the first part was begun, or one takt before it was due, to the last answer."""
        if not len(self.done):
            return 0.0
        start = self.begun[0] if self.rate is None else self.due[0] - 1.0 / self.rate
        return float(self.done[-1] - start)

    @property
    def throughput(self) -> float:
        """Answers per second."""
        return len(self.done) / self.seconds if len(self.done) else 0.0


def closed(serve: Serve, clock: Clock, goes_on: Callable[[float, int], bool]) -> Trace:
    """The next part starts when the last ends, while `goes_on(seconds so far, parts so far)`."""
    start, rows = clock.now(), list[_Row]()
    while goes_on(clock.now() - start, len(rows)):
        begun = clock.now()
        stages = serve()
        rows.append((begun, begun, clock.now(), stages))
    return _trace(rows, None)


def paced(serve: Serve, clock: Clock, line: Line, parts: int, seed: int) -> Trace:
    """`parts` parts at the line's takt with its jitter, `line.cameras` pictures each; one server, first come first."""
    start, rows = clock.now(), list[_Row]()
    for arrival in islice(arrivals(line, seed), parts):
        due = start + arrival
        clock.wait_until(due)
        begun = clock.now()
        stages = _whole_part(serve, line.cameras)
        rows.append((due, begun, clock.now(), stages))
    return _trace(rows, 1.0 / line.takt_s)


def _whole_part(serve: Serve, pictures: int) -> Stages:
    """Seconds by stage over all pictures of one part."""
    return tuple(map(sum, zip(*(serve() for _ in range(pictures)), strict=True)))


def _trace(rows: list[_Row], rate: float | None) -> Trace:
    due, begun, done = (np.array([row[n] for row in rows], np.float64) for n in range(3))
    stages = np.array([row[3] for row in rows], np.float64).reshape(len(rows), len(STAGES))
    return Trace(due, begun, done, stages, rate)


def holds(trace: Trace, line: Line) -> bool:
    """True where the gate was met: no more parts late than a p99 bound within it allows, and the server kept up.

    Where n does not support a p99 bound, no part may be late.
    """
    late = int(np.sum(trace.latency > line.gate_s))
    allowed = most_over(int(effective_n(trace.latency)), 0.99) or 0
    use = float(trace.service.mean()) * (trace.rate or 0.0)
    return late <= allowed and use <= FULL_USE


def saturate(
    serve: Serve, clock: Clock, line: Line, ceiling: float, seconds: float, seed: int
) -> tuple[Trace, float | None]:
    """The highest rate (parts/s) that holds the line's deadline, by bisection below `ceiling`, then confirmed.

    Jitter keeps its share of the takt. Returns the trace of the last run and the rate; None where no rate tried held.
    """
    low, high, rate = 0.0, ceiling, FIRST_RATE * ceiling
    begun, trace = clock.now(), None
    for _ in range(PROBES):
        if low > 0.0 and clock.now() - begun > seconds:  # a slow member: what holds is known, finer takes too long
            break
        trace = _at(serve, clock, line, rate, seconds * (1 - CONFIRM_SHARE) / PROBES, seed)
        low, high = (rate, high) if holds(trace, line) else (low, rate)
        rate = (low + high) / 2.0
    return _confirmed(serve, clock, line, low, seconds * CONFIRM_SHARE, seed, trace)


def _confirmed(
    serve: Serve, clock: Clock, line: Line, rate: float, seconds: float, seed: int, last: Trace | None
) -> tuple[Trace, float | None]:
    """Run `rate` for longer; a rate that does not hold is lowered by a tenth, twice at most."""
    for factor in (1.0, 0.9, 0.8):
        if rate <= 0.0:
            break
        last = _at(serve, clock, line, factor * rate, seconds, seed + 1)
        if holds(last, line):
            return last, factor * rate
    assert last is not None  # noqa: S101 - PROBES runs came before
    return last, None


def _at(serve: Serve, clock: Clock, line: Line, rate: float, seconds: float, seed: int) -> Trace:
    """Parts at `rate` for about `seconds`."""
    takt = 1.0 / rate
    scaled = Line(takt, line.jitter_s * takt / line.takt_s, line.cameras, line.gate_s)
    return paced(serve, clock, scaled, max(int(seconds * rate), LEAST_PROBE_PARTS), seed)
