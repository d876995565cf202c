"""How long a measurement will take, said before it begins and corrected by what has been measured so far."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.cost.job import Job
from appliance.cost.measure import BATCH_PROBE_S, LEAST_BATCH_S, LONGEST, WARM_SHARE, share_s
from appliance.language.terminal import w

START_S = 2.0  # a process, its imports and the loading of a member; an engine is built before
SETTLED_S = 0.6  # the least a warm-up takes: three windows that agree
LEAST_WARM_S = 1.0


def expected_s(job: Job) -> tuple[float, float]:
    """Seconds that one process of `job` takes: (where parts are quick, where they are so slow that `least` is far)."""
    shares = share_s(job)
    loads, closed = sum(shares.values()), shares.get("closed", 0.0)
    batches = job.batches if "closed" in shares and job.member.card.batch is None else ()
    more = len(batches) * BATCH_PROBE_S + max(closed / 2, LEAST_BATCH_S) if batches else 0.0
    warm = max(WARM_SHARE * job.seconds, LEAST_WARM_S)
    longer = (LONGEST - 1) * closed if job.least else 0.0
    return START_S + SETTLED_S + loads + more, START_S + warm + loads + more + longer


@dataclass
class Progress:
    """Told before each job of `rounds`: which it is, and how long all of them, or those that are left, will take."""

    tell: Callable[[str], None]
    now: Callable[[], float] = time.monotonic
    _begun: float = field(default=0.0, init=False)

    def __call__(self, number: int, total: int, job: Job) -> None:
        """One line; the first holds the whole expected time."""
        size = job.member.name
        if number == 1:
            self._begun = self.now()
            least, most = (total * seconds for seconds in expected_s(job))
            spans = {"least": _span(least), "most": _span(most)}
            self.tell(w("cost 1 of {total}: {size}; in all about {least} to {most}", total=total, size=size, **spans))
            return
        left = (self.now() - self._begun) / (number - 1) * (total - number + 1)
        counts = {"number": number, "total": total, "size": size, "left": _span(left)}
        self.tell(w("cost {number} of {total}: {size}; about {left} left", **counts))


def _span(seconds: float) -> str:
    """`40 s`, `3 min`, `2.5 h`."""
    if seconds < 120:
        return w("{seconds} s", seconds=f"{seconds:.0f}")
    if seconds < 7200:
        return w("{minutes} min", minutes=f"{seconds / 60:.0f}")
    return w("{hours} h", hours=f"{seconds / 3600:.1f}")
