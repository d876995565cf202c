"""What else the machine did while parts were timed: other work, a hypervisor's share, heat, a quota, a GPU's guests.

Counters are read before and after, and only their differences are used; nothing runs beside the timed parts.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from appliance.cost.nvml import open_nvml

SYS = Path("/sys")


@dataclass(frozen=True)
class Snapshot:
    """Counters at one moment. Seconds are core-seconds since boot, of the cores this process may use.

    GPU figures are 0 or empty without a GPU in use.
    """

    moment: float
    busy_s: float
    ours_s: float
    steal_s: float
    thermal: int  # times any core or package was slowed for heat
    quota: int  # times a CPU quota stopped us
    gpu_held_s: float = 0.0
    gpu_processes: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Seen:
    """What happened between two snapshots. Shares are of the cores we may use, over the time between."""

    seconds: float
    foreign: float = 0.0  # work of others, the hypervisor's included
    steal: float = 0.0
    thermal: int = 0
    quota: int = 0
    gpu_held: float = 0.0  # share of the time the GPU ran below its clock for heat or power
    gpu_others: int = 0  # other processes on the GPU
    cpu_s: float = 0.0  # CPU time of our own threads


def snapshot(moment: float, gpu: int | None = None, sys: Path = SYS) -> Snapshot:
    """Read every counter there is. `gpu`: the index of the GPU in use."""
    here, ours = core_times(), psutil.Process().cpu_times()
    held, running = _gpu(gpu)
    return Snapshot(
        moment=moment,
        busy_s=sum(sum(core[:8]) - core.idle - getattr(core, "iowait", 0.0) for core in here),
        ours_s=ours.user + ours.system,
        steal_s=sum(getattr(core, "steal", 0.0) for core in here),
        thermal=thermal_events(sys),
        quota=quota_events(sys),
        gpu_held_s=held,
        gpu_processes=running,
    )


def core_times() -> list[Any]:
    """CPU times of each core this process may use; of all cores where the system does not number them alike."""
    every = psutil.cpu_times(percpu=True)
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return [every[n] for n in allowed] if allowed and allowed[-1] < len(every) else list(every)


def _gpu(index: int | None) -> tuple[float, frozenset[int]]:
    nvml = open_nvml() if index is not None else None
    if nvml is None or index is None:
        return 0.0, frozenset()
    now = nvml.now(index)
    return now.held_back_s or 0.0, now.processes


def between(before: Snapshot, after: Snapshot, cores: int, guests: frozenset[int] = frozenset()) -> Seen:
    """What happened from one snapshot to the next on `cores` cores.

    `guests`: processes that were on the GPU before ours came. Ours is one more; what is beyond that is another guest.
    """
    seconds = max(after.moment - before.moment, 1e-9)
    ours, steal = after.ours_s - before.ours_s, after.steal_s - before.steal_s
    others = after.busy_s - before.busy_s - ours
    newcomers = max(len(after.gpu_processes - guests) - 1, 0)
    return Seen(
        seconds=seconds,
        foreign=min(max(others / (seconds * cores), 0.0), 1.0),
        steal=min(max(steal / (seconds * cores), 0.0), 1.0),
        thermal=after.thermal - before.thermal,
        quota=after.quota - before.quota,
        gpu_held=min(max((after.gpu_held_s - before.gpu_held_s) / seconds, 0.0), 1.0),
        gpu_others=len(guests & after.gpu_processes) + newcomers,
        cpu_s=ours,
    )


def thermal_events(sys: Path = SYS) -> int:
    """Times the processor slowed down for heat since boot, all cores and packages; 0 where it does not count."""
    found = sys.glob("devices/system/cpu/cpu*/thermal_throttle/*_throttle_count")
    return sum(_numbers(found))


def quota_events(sys: Path = SYS) -> int:
    """Times our control group was stopped by its CPU quota; 0 where there is none."""
    for name in ("fs/cgroup/cpu.stat", "fs/cgroup/cpu/cpu.stat", "fs/cgroup/cpu,cpuacct/cpu.stat"):
        for line in _lines(sys / name):
            if line.startswith("nr_throttled "):
                return int(line.split()[1])
    return 0


def _numbers(files: Iterable[Path]) -> list[int]:
    return [int(line) for file in files for line in _lines(file) if line.strip().isdigit()]


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def busiest(seconds: float = 0.5, most: int = 3) -> list[tuple[str, float]]:
    """The processes of others that take the most CPU now: (name, cores), the busiest first; ours are left out."""
    ours = {os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))}
    others = [p for p in psutil.process_iter(["name"]) if p.pid not in ours]
    for process in others:
        _cores(process)
    psutil.cpu_percent(interval=seconds)
    taken = [(str(p.info["name"] or "?"), _cores(p)) for p in others]
    return sorted((item for item in taken if item[1] >= 0.05), key=lambda item: -item[1])[:most]


def _cores(process: psutil.Process) -> float:
    """Cores a process took since it was last asked; 0 where it has gone or may not be looked at."""
    try:
        return float(process.cpu_percent()) / 100.0
    except psutil.Error:
        return 0.0


def foreign_now(seconds: float = 0.5) -> float:
    """Share of all cores that work now, while we wait."""
    return float(psutil.cpu_percent(interval=seconds)) / 100.0
