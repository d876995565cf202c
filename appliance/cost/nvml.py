"""What the NVIDIA driver tells of its GPUs (NVML); nothing where there is no driver or no binding."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from appliance.cost.record import Gpu

MB = 2**20


@dataclass(frozen=True)
class GpuNow:
    """One GPU at one moment. Energy in joules and violations in seconds since the driver was loaded; None: not told."""

    energy_j: float | None
    used_mb: float | None
    processes: frozenset[int]  # process ids, as the driver counts them
    held_back_s: float | None  # time below the asked clock for heat or power


class Nvml:
    """An open driver. `open_nvml` gives one, or None."""

    def __init__(self, binding: Any) -> None:
        self._nvml = binding
        count = binding.nvmlDeviceGetCount()
        self._handles = [binding.nvmlDeviceGetHandleByIndex(n) for n in range(count)]

    def gpus(self) -> tuple[Gpu, ...]:
        """Every GPU: name, driver, memory, clocks, power limit."""
        return tuple(self._gpu(handle) for handle in self._handles)

    def now(self, index: int) -> GpuNow:
        """GPU `index` at this moment."""
        nvml, handle = self._nvml, self._handles[index]
        energy = self._ask(lambda: nvml.nvmlDeviceGetTotalEnergyConsumption(handle) / 1000.0)
        used = self._ask(lambda: nvml.nvmlDeviceGetMemoryInfo(handle).used / MB)
        running = self._ask(lambda: frozenset(p.pid for p in nvml.nvmlDeviceGetComputeRunningProcesses(handle)))
        policies = (nvml.NVML_PERF_POLICY_THERMAL, nvml.NVML_PERF_POLICY_POWER)
        told = [seconds for policy in policies if (seconds := self._held_back(handle, policy)) is not None]
        return GpuNow(energy, used, running or frozenset(), sum(told) if told else None)

    def _held_back(self, handle: Any, policy: int) -> float | None:
        """Seconds below the asked clock for one policy."""
        answer = self._ask(lambda: self._nvml.nvmlDeviceGetViolationStatus(handle, policy))
        return None if answer is None else float(answer.violationTime) / 1e9

    def _gpu(self, handle: Any) -> Gpu:
        nvml = self._nvml
        compute = self._ask(lambda: ".".join(map(str, nvml.nvmlDeviceGetCudaComputeCapability(handle))))
        limit = self._ask(lambda: nvml.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000.0)
        return Gpu(
            name=_text(nvml.nvmlDeviceGetName(handle)),
            driver=_text(nvml.nvmlSystemGetDriverVersion()),
            memory_mb=nvml.nvmlDeviceGetMemoryInfo(handle).total / MB,
            compute=compute or "",
            sm_mhz=self._ask(lambda: float(nvml.nvmlDeviceGetMaxClockInfo(handle, nvml.NVML_CLOCK_SM))),
            memory_mhz=self._ask(lambda: float(nvml.nvmlDeviceGetMaxClockInfo(handle, nvml.NVML_CLOCK_MEM))),
            power_limit_w=limit,
        )

    def _ask(self, question: Callable[[], Any]) -> Any:
        """The driver's answer, None where this GPU does not give one."""
        try:
            return question()
        except self._nvml.NVMLError:
            return None


@cache
def open_nvml() -> Nvml | None:
    """The driver of this machine, None where it has none or the binding (extra `gpu`) is not installed."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    return Nvml(pynvml)


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
