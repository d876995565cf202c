"""The processor this process runs on."""

import os
import platform
import resource
from functools import cache
from pathlib import Path


@cache
def cpu_name() -> str:
    """The processor's own name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def cores() -> int:
    """Cores this process may use."""
    affinity = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    return len(affinity) or os.cpu_count() or 1


def peak_rss_mb() -> float:
    """The most memory this process has had resident, MB.

    From the kernel's own high-water mark: that of `getrusage` begins with what the parent had when it started us.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    marks = (int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
    return next(marks, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
