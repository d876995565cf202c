"""A machine as a queue: parts come with jitter and in bursts, each as several pictures, and wait for one another.

Waiting follows Lindley's recursion (Lindley 1952, "The theory of queues with a single server"), W(k+1) =
max(0, W(k) + S(k) - A(k)), with S the time a part is worked on and A the time to the next arrival; unrolled it is a
running maximum, so that 100,000 parts take milliseconds. Late: the reply comes later than the deadline after the
SCHEDULED arrival.
"""

from dataclasses import dataclass

import numpy as np

from appliance.cost.percentiles import effective_n
from appliance.score.intervals import upper_bound
from appliance.sizing.work import Floats

PARTS = 40_000
WARM_UP = 500
TAIL = 0.05  # of the one-sided bounds
MILLION = 1e6


@dataclass(frozen=True)
class Arrivals:
    """A part every `takt_s` on average, `burst` of them together, each `jitter_s` early or late at most, evenly.

    Each part is `cameras` pictures that one machine works on in turn. `gate_s`: from scheduled arrival to reject gate.
    """

    takt_s: float
    gate_s: float
    cameras: int = 1
    jitter_s: float = 0.0
    burst: int = 1

    def times(self, parts: int, rng: np.random.Generator) -> Floats:
        """(parts,) scheduled arrivals in seconds, in order."""
        nominal = np.arange(parts) // self.burst * (self.burst * self.takt_s)
        return np.sort(nominal + self.jitter_s * rng.uniform(-1.0, 1.0, parts))


@dataclass(frozen=True)
class Queue:
    """How the machine keeps up: `used` share of its time, `late_ppm` seen, its upper bound, p99 of latency in ms."""

    used: float
    late_ppm: float
    late_upper_ppm: float
    p99_ms: float


def sojourn(arrivals: Floats, work: Floats) -> Floats:
    """(n,) seconds from arrival to reply, first come first served: (n,) arrivals in order, (n,) seconds of work."""
    done = np.cumsum(work)
    return np.asarray(done + np.maximum.accumulate(arrivals - (done - work)) - arrivals)


def simulate(line: Arrivals, service_ms: Floats, *, unseen: float = 0.0, seed: int = 1) -> Queue:
    """The queue of a machine whose pictures take times drawn from the quantiles `service_ms`, evenly spaced 0..100 %.

    `unseen`: the share of pictures that may take longer than anything measured; a part with one counts as late in the
    bound. Where the work does not fit the takt at all every part is late.
    """
    mean = float(np.mean((service_ms[1:] + service_ms[:-1]) / 2)) / 1000.0
    used = line.cameras * mean / line.takt_s
    if used >= 1.0:
        return Queue(used, MILLION, MILLION, float("inf"))
    rng = np.random.default_rng(seed)
    parts = PARTS + WARM_UP
    draws = rng.uniform(0.0, 1.0, (parts, line.cameras))
    times = np.interp(draws, np.linspace(0.0, 1.0, len(service_ms)), service_ms).sum(axis=1) / 1000.0
    latency = sojourn(line.times(parts, rng), times)[WARM_UP:]
    late = latency > line.gate_s
    share = float(late.mean())
    worth = effective_n(late.astype(np.float64)) if 0.0 < share < 1.0 else float(len(late))
    upper = upper_bound(share * worth, worth, TAIL)
    slow = 1.0 - (1.0 - unseen) ** line.cameras
    p99 = 1000.0 * float(np.quantile(latency, 0.99))
    return Queue(used, MILLION * share, MILLION * min(upper + slow, 1.0), p99)


def unseen_share(n: int) -> float:
    """The share of pictures that may be slower than all of `n` measured ones: the 95 % bound of none in n."""
    return upper_bound(0, n, TAIL) if n > 0 else 1.0


def parts_to_prove(late_ppm: float, cameras: int = 1) -> int:
    """How many measured pictures it takes before the unseen ones alone no longer pass `late_ppm`."""
    share = 1.0 - (1.0 - late_ppm / MILLION) ** (1.0 / cameras)
    return int(np.ceil(np.log(TAIL) / np.log1p(-share)))
