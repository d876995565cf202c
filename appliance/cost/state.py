"""The state of a result: one word, and the reason in a sentence. The first that applies is the one that stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.cost.percentiles import SMALLEST_N
from appliance.cost.record import VALID
from appliance.cost.watch import Seen

FOREIGN_LIMIT = 0.10  # share of all cores that other work may take
STEAL_LIMIT = 0.02
GPU_HELD_LIMIT = 0.02
NOISE_LIMIT = 0.10  # how far two like runs' medians may lie apart
FAILED, FELL_BACK, CONTENDED, THROTTLED, UNSTABLE, TOO_FEW = (
    "failed",
    "fell back",
    "contended",
    "throttled",
    "unstable",
    "too few",
)


@dataclass(frozen=True)
class Evidence:
    """What is known of one result: what each round saw, whether it settled, and what its samples are worth."""

    seen: tuple[Seen, ...]
    settled: bool
    noise: float | None  # spread of the rounds' medians; None with one round
    n: int
    n_effective: float
    elsewhere: tuple[tuple[str, float], ...] = ()  # where nodes ran that should not have: (name, share)


def judge(evidence: Evidence) -> tuple[str, str]:
    """(state, reason); the reason is empty where the result is valid."""
    return next(_faults(evidence), (VALID, ""))


def _faults(e: Evidence) -> Iterator[tuple[str, str]]:
    for name, share in e.elsewhere:
        yield FELL_BACK, f"{share:.0%} of the nodes ran on {name}"
    for seen in sorted(e.seen, key=lambda s: -s.foreign):
        yield from _contended(seen)
    for seen in e.seen:
        yield from _throttled(seen)
    if not e.settled:
        yield UNSTABLE, "the warm-up never settled: no three windows agreed within 10 % in median and rate"
    if e.noise is not None and e.noise > NOISE_LIMIT:
        yield UNSTABLE, f"the same setting, measured again, moved its median by {e.noise:.0%}"
    if e.n_effective < SMALLEST_N[0.99]:
        yield TOO_FEW, _too_few(e)


def _too_few(e: Evidence) -> str:
    worth = f"{e.n} parts" if e.n_effective >= e.n else f"{e.n} parts, worth {e.n_effective:.0f} independent ones,"
    return f"{worth} do not support a p99 bound ({SMALLEST_N[0.99]} do)"


def _contended(seen: Seen) -> Iterator[tuple[str, str]]:
    if seen.gpu_others:
        more = "another process" if seen.gpu_others == 1 else f"{seen.gpu_others} other processes"
        yield CONTENDED, f"{more} used the GPU"
    if seen.steal > STEAL_LIMIT:
        yield CONTENDED, f"the hypervisor took {seen.steal:.0%} of the cores"
    if seen.foreign > FOREIGN_LIMIT:
        yield CONTENDED, f"other work took {seen.foreign:.0%} of the cores"


def _throttled(seen: Seen) -> Iterator[tuple[str, str]]:
    if seen.thermal:
        yield THROTTLED, f"the processor slowed down for heat {seen.thermal} times"
    if seen.gpu_held > GPU_HELD_LIMIT:
        yield THROTTLED, f"the GPU ran below its clock for heat or power {seen.gpu_held:.0%} of the time"
    if seen.quota:
        yield THROTTLED, f"a CPU quota stopped the process {seen.quota} times"
