"""What sizing answers, per machine and size, and in all."""

from dataclasses import dataclass
from enum import StrEnum

from appliance.sizing.catalogue import Machine
from appliance.sizing.money import Money
from appliance.sizing.queueing import Arrivals
from appliance.sizing.speed import Speed


class Meets(StrEnum):
    """Whether a machine does what the line asks."""

    YES = "yes"
    NO = "no"
    OPEN = "not provable"


@dataclass(frozen=True)
class Span:
    """An estimate with its 90 % band."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """One machine with one size.

    latency_ms: a part from its arrival to the verdict without waiting (all its pictures); used: share of the machine's
    time. late_ppm: seen in the simulation at the estimate; late_upper_ppm: bound at the slow end of the band.
    headroom: share of time free at the slow end. `why`: what `meets` rests on; `mend`: what would settle it.
    """

    machine: Machine
    member: str
    speed: Speed
    meets: Meets
    why: str
    mend: str
    latency_ms: Span | None
    used: Span | None
    late_ppm: float | None
    late_upper_ppm: float | None
    headroom: float | None
    money: Money


@dataclass(frozen=True)
class Size:
    """One member: whether its own limits hold (empty where no audit says), and the cheapest machine for it.

    `cheapest`: of the machines that meet everything, the one with the lowest known cost; without prices the one of the
    lowest power, and `ranked_by` says which.
    """

    name: str
    macs: int
    params: int
    limits: str
    rows: tuple[Row, ...]
    cheapest: Row | None
    ranked_by: str


@dataclass(frozen=True)
class Answer:
    """Everything `size` prints."""

    family: str
    line: Arrivals
    late_ppm: float
    headroom: float
    currency: str
    horizon_years: int
    measured_on: tuple[str, ...]
    sizes: tuple[Size, ...]
    verdict: str
    changes: tuple[str, ...]
    notes: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def met(self) -> bool:
        """Whether any machine is shown to meet the line with any size."""
        return any(size.cheapest for size in self.sizes)
