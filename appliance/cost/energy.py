"""Energy of a part from counters that only count up: RAPL of the processor, NVML of the GPU. Differences, not samples.

Where a machine has no counter that may be read, a stated power figure gives an estimate, and says that it is one.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from appliance.cost.nvml import open_nvml
from appliance.cost.record import Energy
from appliance.cost.watch import SYS

LEAST_UPDATES = 20  # a window shorter than this many updates of the counter says nothing
LOOK_S = 0.25  # how long a counter is watched for its update period


@dataclass(frozen=True)
class Rail:
    """One counter: `read` gives joules, which start again at 0 after `wraps_j`."""

    name: str
    source: str  # rapl or nvml
    read: Callable[[], float]
    wraps_j: float = 0.0

    def used(self, before: float, after: float) -> float:
        """Joules from one reading to a later one, once over the end of the counter at most."""
        return after - before if after >= before else after - before + self.wraps_j


@dataclass(frozen=True)
class Used:
    """Joules of all rails over some seconds; `update_s` is the slowest counter's update period."""

    joules: float
    seconds: float
    update_s: float
    rails: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def watts(self) -> float:
        """Mean power."""
        return self.joules / self.seconds

    @property
    def enough(self) -> bool:
        """True where the window is far above the counters' update period."""
        return self.seconds >= LEAST_UPDATES * self.update_s


class Meter:
    """The rails of this machine that may be read. `start`, then `stop`."""

    def __init__(self, rails: Sequence[Rail], now: Callable[[], float] = time.perf_counter) -> None:
        self.rails, self._now = tuple(rails), now
        self._begun = (0.0, [0.0] * len(self.rails))
        self._update_s = max((_update_period(rail, now) for rail in self.rails), default=0.0)

    def start(self) -> None:
        """Begin a window."""
        self._begun = (self._now(), [rail.read() for rail in self.rails])

    def stop(self) -> Used | None:
        """The window's energy; None without a rail."""
        if not self.rails:
            return None
        moment, before = self._begun
        joules = sum(rail.used(was, rail.read()) for rail, was in zip(self.rails, before, strict=True))
        names, sources = tuple(r.name for r in self.rails), tuple(dict.fromkeys(r.source for r in self.rails))
        return Used(joules, max(self._now() - moment, 1e-9), self._update_s, names, sources)


def _update_period(rail: Rail, now: Callable[[], float]) -> float:
    """Seconds between two changes of a counter, seen over LOOK_S; LOOK_S where it changed less than twice."""
    begun, last, changes = now(), rail.read(), list[float]()
    while now() - begun < LOOK_S:
        value = rail.read()
        if value != last:
            last = value
            changes.append(now())
    return (changes[-1] - changes[0]) / (len(changes) - 1) if len(changes) > 1 else LOOK_S


def rails(gpu: int | None, sys: Path = SYS) -> tuple[Rail, ...]:
    """The counters that may be read: every processor package and its memory, and the GPU in use."""
    return (*_rapl(sys), *_nvml(gpu))


def _rapl(sys: Path) -> Iterator[Rail]:
    for zone in sorted(sys.glob("class/powercap/*rapl:*")):
        name = _read(zone / "name")
        if name.startswith(("package", "dram")) and _read(zone / "energy_uj").isdigit():
            wraps = _read(zone / "max_energy_range_uj")
            joules = float(wraps) / 1e6 if wraps.isdigit() else 0.0
            yield Rail(name, "rapl", partial(_joules, zone / "energy_uj"), joules)


def _joules(counter: Path) -> float:
    return float(_read(counter) or 0) / 1e6


def _nvml(gpu: int | None) -> Iterator[Rail]:
    nvml = open_nvml() if gpu is not None else None
    if nvml is not None and gpu is not None and nvml.now(gpu).energy_j is not None:
        yield Rail(f"GPU {gpu}", "nvml", lambda: nvml.now(gpu).energy_j or 0.0)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def counted(used: Used | None, parts: int, idle: Used | None) -> Energy | None:
    """Energy of one part from counters, None where there are none or the window was too short for them.

    The band is two updates of the slowest counter either way.
    """
    if used is None or parts == 0 or not used.enough:
        return None
    mj, doubt = 1000.0 * used.joules / parts, 2.0 * used.update_s / used.seconds
    idle_w = idle.watts if idle is not None and idle.enough else None
    return Energy(
        mj=mj,
        low_mj=mj * (1.0 - doubt),
        high_mj=mj * (1.0 + doubt),
        watts=used.watts,
        idle_watts=idle_w,
        source="+".join(used.sources),
        rails=used.rails,
        coverage=_coverage(used),
        hz=1.0 / used.update_s,
    )


def _coverage(used: Used) -> str:
    parts = {"rapl": "processor", "nvml": "GPU board"}
    names = " and ".join(parts[source] for source in used.sources)
    memory = "" if any(rail.startswith("dram") for rail in used.rails) else " memory,"
    return f"{names} only: not the{memory} disks, fans or power supply"


def estimated(power_w: float, idle_w: float, seconds_per_part: float, busy: float) -> Energy | None:
    """Energy of one part from stated power, None where none is stated.

    busy: the share (0..1) of the cores (or the GPU) at work. The band runs from the idle power to the full one.
    """
    if power_w <= 0.0:
        return None
    watts = idle_w + (power_w - idle_w) * min(max(busy, 0.0), 1.0)
    low, here, high = (1000.0 * w * seconds_per_part for w in (idle_w, watts, power_w))
    return Energy(
        mj=here,
        low_mj=low,
        high_mj=high,
        watts=watts,
        idle_watts=idle_w or None,
        source="estimate",
        coverage=f"from the stated {power_w:g} W at work and {idle_w:g} W at rest",
    )
