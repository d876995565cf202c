"""What the NVIDIA driver tells, through a driver made up here: counters, guests, and what a GPU does not answer."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from appliance.cost import energy, measure, watch
from appliance.cost.nvml import Nvml
from appliance.cost.watch import between, snapshot


class NVMLError(Exception):
    pass


class Driver:
    """A binding with one GPU; `silent` are the questions it refuses."""

    NVML_PERF_POLICY_THERMAL, NVML_PERF_POLICY_POWER = 1, 0
    NVML_CLOCK_SM, NVML_CLOCK_MEM = 1, 2
    NVMLError = NVMLError

    def __init__(self, *silent: str) -> None:
        self.silent, self.mj, self.pids, self.used = silent, 5_000_000, [11], 900
        self.held_ns = {0: 2_000_000_000, 1: 1_000_000_000}

    def _answer(self, name: str, value: Any) -> Any:
        if name in self.silent:
            raise NVMLError(name)
        return value

    def nvmlDeviceGetCount(self) -> int:
        return 1

    def nvmlDeviceGetHandleByIndex(self, _: int) -> str:
        return "gpu"

    def nvmlDeviceGetName(self, _: str) -> bytes:
        return b"NVIDIA Example"

    def nvmlSystemGetDriverVersion(self) -> str:
        return "580.1"

    def nvmlDeviceGetMemoryInfo(self, _: str) -> SimpleNamespace:
        return SimpleNamespace(total=24_000 * 2**20, used=self.used * 2**20)

    def nvmlDeviceGetCudaComputeCapability(self, _: str) -> tuple[int, int]:
        return 8, 9

    def nvmlDeviceGetEnforcedPowerLimit(self, _: str) -> int:
        return int(self._answer("limit", 72_000))

    def nvmlDeviceGetMaxClockInfo(self, _: str, kind: int) -> int:
        return {1: 2040, 2: 6251}[kind]

    def nvmlDeviceGetTotalEnergyConsumption(self, _: str) -> int:
        return int(self._answer("energy", self.mj))

    def nvmlDeviceGetComputeRunningProcesses(self, _: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(pid=pid) for pid in self.pids]

    def nvmlDeviceGetViolationStatus(self, _: str, policy: int) -> SimpleNamespace:
        return SimpleNamespace(violationTime=self._answer("violations", self.held_ns[policy]))


def test_a_gpu_is_described() -> None:
    gpu = Nvml(Driver()).gpus()[0]
    assert (gpu.name, gpu.driver, gpu.memory_mb, gpu.compute) == ("NVIDIA Example", "580.1", 24_000.0, "8.9")
    assert (gpu.sm_mhz, gpu.memory_mhz, gpu.power_limit_w) == (2040.0, 6251.0, 72.0)


def test_what_a_gpu_does_not_tell_is_none() -> None:
    nvml = Nvml(Driver("energy", "violations", "limit"))
    assert nvml.gpus()[0].power_limit_w is None
    now = nvml.now(0)
    assert (now.energy_j, now.held_back_s) == (None, None)
    assert now.processes == frozenset({11})


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver()
    for module in (watch, energy, measure):
        monkeypatch.setattr(module, "open_nvml", lambda: Nvml(driver))
    return driver


def test_a_guest_and_a_gpu_held_back_are_seen(driver: Driver) -> None:
    guests = snapshot(0.0, 0).gpu_processes
    before = snapshot(1.0, 0)
    driver.pids, driver.held_ns = [11, 12], {0: 4_000_000_000, 1: 1_000_000_000}
    seen = between(before, snapshot(11.0, 0), 4, guests)
    assert seen.gpu_others == 1  # 11 was there before us; 12 is ours
    assert seen.gpu_held == pytest.approx(0.2)
    assert snapshot(12.0).gpu_processes == frozenset()  # a CPU member asks no GPU


def test_the_gpus_energy_counter_is_a_rail_of_its_own(driver: Driver, tmp_path: Path) -> None:

    found = energy.rails(0, tmp_path)
    assert [(rail.name, rail.source) for rail in found] == [("GPU 0", "nvml")]
    assert found[0].read() == 5000.0
    driver.mj += 60_000
    assert found[0].used(5000.0, found[0].read()) == 60.0
    assert energy.rails(None, tmp_path) == ()


def test_a_silent_energy_counter_is_no_rail(driver: Driver, tmp_path: Path) -> None:

    driver.silent = ("energy",)
    assert energy.rails(0, tmp_path) == ()


def test_device_memory_is_what_the_driver_says(driver: Driver) -> None:
    assert measure._device_mb(0) == 900.0
    assert measure._device_mb(None) is None
