"""The machine a cost was measured on, as far as it tells: processor, vector features, governor, GPUs, runtimes."""

import platform
import sys as python
from pathlib import Path

import psutil

from appliance.audit.environment import package_version
from appliance.cost.nvml import open_nvml
from appliance.cost.record import Machine
from appliance.cost.watch import SYS
from appliance.engines.cpu import cores, cpu_name

PACKAGES = (
    "inspect-eval",
    "onnxruntime",
    "onnxruntime-gpu",
    "onnxruntime-ep-nv-tensorrt-rtx-cu13",
    "openvino",
    "tensorrt-cu13",
    "tensorrt-rtx-cu13-libs",
    "numpy",
    "opencv-python-headless",
)
VECTOR = ("sse4_2", "avx", "avx2", "fma", "f16c", "avx_vnni", "asimd", "asimddp", "asimdhp", "bf16", "i8mm", "sve")
"""Flags that change how fast a model runs; the avx512 and amx families are added by their prefix."""


def machine(sys: Path = SYS) -> Machine:
    """This machine, now."""
    nvml = open_nvml()
    flags = cpu_flags()
    return Machine(
        cpu=cpu_name(),
        cores=cores(),
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        arch=platform.machine(),
        system=f"{platform.system()} {platform.release()}",
        flags=vector_flags(flags),
        governor=governor(sys),
        cpu_mhz=_mhz(),
        virtual="hypervisor" in flags,
        gpus=nvml.gpus() if nvml else (),
        packages={name: found for name in PACKAGES if (found := package_version(name))},
        python=python.version.split()[0],
    )


def cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> tuple[str, ...]:
    """Every feature the processor names; empty where the system does not tell."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    named = (line.split(":", 1)[1].split() for line in lines if line.startswith(("flags", "Features")))
    return tuple(next(named, ()))


def vector_flags(flags: tuple[str, ...]) -> tuple[str, ...]:
    """Those of `flags` that change how fast a model runs, in order of name."""
    return tuple(sorted(f for f in set(flags) if f in VECTOR or f.startswith(("avx512", "amx"))))


def governor(sys: Path = SYS) -> str:
    """The cpufreq governors in use, such as `performance`; empty where the system does not tell."""
    found = set()
    for file in sys.glob("devices/system/cpu/cpu*/cpufreq/scaling_governor"):
        try:
            found.add(file.read_text(encoding="ascii").strip())
        except OSError:
            continue
    return " and ".join(sorted(found))


def _mhz() -> float | None:
    try:
        now = psutil.cpu_freq()
    except (OSError, NotImplementedError):
        return None
    return round(now.current, 0) if now is not None and now.current else None
