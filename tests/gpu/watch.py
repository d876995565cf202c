"""What the GPU does while something else runs: utilisation, memory, power and clocks, five times a second."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

PERIOD_S = 0.2


@contextmanager
def watched(number: int = 0) -> Iterator[dict[str, Any]]:
    """A dict that holds the figures once the block has ended."""
    import pynvml

    pynvml.nvmlInit()
    handle = pynvml.nvmlDeviceGetHandleByIndex(number)
    samples: list[tuple[float, ...]] = []
    done = threading.Event()

    def sample() -> None:
        while not done.is_set():
            used = pynvml.nvmlDeviceGetUtilizationRates(handle)
            memory = pynvml.nvmlDeviceGetMemoryInfo(handle).used / 2**20
            power = pynvml.nvmlDeviceGetPowerUsage(handle) / 1000
            clock = pynvml.nvmlDeviceGetClockInfo(handle, pynvml.NVML_CLOCK_SM)
            samples.append((used.gpu, used.memory, memory, power, clock))
            done.wait(PERIOD_S)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    found: dict[str, Any] = {}
    try:
        yield found
    finally:
        done.set()
        thread.join()
        found.update(_figures(np.array(samples)))


def _figures(samples: Any) -> dict[str, Any]:
    names = ("gpu_percent", "memory_controller_percent", "memory_mb", "power_w", "sm_mhz")
    found: dict[str, Any] = {"samples": len(samples), "period_s": PERIOD_S}
    for name, column in zip(names, samples.T, strict=True):
        found[name] = {"mean": round(float(column.mean()), 1), "max": round(float(column.max()), 1)}
    return found
