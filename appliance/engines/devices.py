"""NVIDIA GPUs as the driver names them. A device that will not do is refused by name, never worked around."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from appliance.errors import MachineFailed, UsageError

DRIVERS = {13: "580", 12: "525"}
"""The oldest NVIDIA driver branch of each CUDA major version (NVIDIA's table of minor version compatibility)."""


@dataclass(frozen=True)
class Gpu:
    """One GPU. `sm`: compute capability as (major, minor). `cuda`: what its driver speaks, as (major, minor)."""

    number: int
    name: str
    sm: tuple[int, int]
    driver: str
    cuda: tuple[int, int]
    memory_mb: int
    free_mb: int

    def __str__(self) -> str:
        sm, cuda = ".".join(map(str, self.sm)), ".".join(map(str, self.cuda))
        return (
            f"GPU {self.number}: {self.name}, SM {sm}, {self.free_mb} of {self.memory_mb} MB free, "
            f"driver {self.driver} (CUDA {cuda})"
        )


def gpus() -> tuple[Gpu, ...]:
    """Every GPU this process may use, numbered from 0. Raises MachineFailed where the driver cannot be asked."""
    with nvml() as library:
        driver, cuda = library.nvmlSystemGetDriverVersion(), library.nvmlSystemGetCudaDriverVersion_v2()
        handles = [library.nvmlDeviceGetHandleByIndex(at) for at in _visible(library.nvmlDeviceGetCount())]
        version = (cuda // 1000, cuda % 1000 // 10)
        return tuple(_gpu(library, number, handle, driver, version) for number, handle in enumerate(handles))


def require_gpu(number: int, provider: str, cuda: int) -> Gpu:
    """GPU `number`, with a driver for CUDA `cuda` (its major version). Raises MachineFailed naming what is wrong.

    CUDA then counts devices as the driver does.
    """
    os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    found = gpus()
    if not found:
        raise MachineFailed(f"provider {provider}: this machine shows no NVIDIA GPU", mend=_other(provider))
    if number >= len(found):
        raise UsageError(
            f"[engine] device = {number}: there are {len(found)} GPUs, counted from 0",
            mend="see `inspect-eval check`",
        )
    gpu = found[number]
    if gpu.cuda[0] < cuda:
        speaks = ".".join(map(str, gpu.cuda))
        raise MachineFailed(
            f"provider {provider} needs CUDA {cuda}; driver {gpu.driver} of {gpu.name} speaks {speaks}",
            mend=f"install NVIDIA driver {DRIVERS.get(cuda, 'of that version')} or newer",
        )
    return gpu


@contextmanager
def nvml() -> Iterator[Any]:
    """NVIDIA's management library, open for the block. Raises MachineFailed where it or the driver is missing."""
    try:
        import pynvml
    except ImportError as error:
        raise MachineFailed(
            "nvidia-ml-py is missing, so that GPUs cannot be named", mend="pip install nvidia-ml-py"
        ) from error
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        raise MachineFailed(
            f"no NVIDIA driver answers: {error}",
            mend=f"install NVIDIA driver {DRIVERS[13]} or newer, or use provider cpu or openvino",
        ) from error
    try:
        yield pynvml
    finally:
        pynvml.nvmlShutdown()


def _gpu(library: Any, number: int, handle: Any, driver: str, cuda: tuple[int, int]) -> Gpu:
    memory = library.nvmlDeviceGetMemoryInfo(handle)
    major, minor = library.nvmlDeviceGetCudaComputeCapability(handle)
    return Gpu(
        number, library.nvmlDeviceGetName(handle), (major, minor), driver, cuda, memory.total >> 20, memory.free >> 20
    )


def _visible(count: int) -> list[int]:
    """The driver's indices that CUDA_VISIBLE_DEVICES leaves, in its order; all where it is not set by number."""
    said = os.environ.get("CUDA_VISIBLE_DEVICES")
    if said is None or not re.fullmatch(r"\s*(\d+\s*(,\s*\d+\s*)*)?", said):
        return list(range(count))
    return [at for at in map(int, re.findall(r"\d+", said)) if at < count]


def _other(provider: str) -> str:
    return f"run {provider} on a machine that has one, or use provider cpu or openvino"
