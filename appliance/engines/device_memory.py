"""Buffers, copies and graphs on one GPU, through NVIDIA's own CUDA bindings."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.engines.ort import one_line
from appliance.engines.shrink import DeviceFull
from appliance.errors import MachineFailed


class Device:
    """A GPU with a stream of its own. Errors of CUDA are MachineFailed, but for a full memory: DeviceFull."""

    def __init__(self, number: int, name: str) -> None:
        self._cuda, self.name = _bindings(), name
        self._call("cudaSetDevice", number)
        self.stream = self._call("cudaStreamCreate")
        self._bytes: list[int] = []

    def allocate(self, size: int) -> int:
        """The address of `size` new bytes on the device; they are freed with `free`."""
        address = int(self._call("cudaMalloc", size))
        self._bytes.append(address)
        return address

    def free(self, address: int) -> None:
        """Give bytes back."""
        self._bytes.remove(address)
        self._call("cudaFree", address)

    def copy_in(self, address: int, values: NDArray[np.generic]) -> None:
        """Copy a contiguous array to the device, in the order of the stream."""
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyHostToDevice
        self._call("cudaMemcpyAsync", address, values.ctypes.data, values.nbytes, kind, self.stream)

    def copy_out(self, values: NDArray[np.generic], address: int) -> None:
        """Copy from the device into a contiguous array, and wait until it and all before it are done."""
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost
        self._call("cudaMemcpyAsync", values.ctypes.data, address, values.nbytes, kind, self.stream)
        self._call("cudaStreamSynchronize", self.stream)

    def captured(self, work: Callable[[], object]) -> Any:
        """What `work` queues on the stream, as a graph that `launch` replays."""
        mode = self._cuda.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        self._call("cudaStreamBeginCapture", self.stream, mode)
        work()
        graph = self._call("cudaStreamEndCapture", self.stream)
        return self._call("cudaGraphInstantiate", graph, 0)

    def launch(self, graph: Any) -> None:
        """Queue a captured graph."""
        self._call("cudaGraphLaunch", graph, self.stream)

    def _call(self, name: str, *arguments: Any) -> Any:
        error, *values = getattr(self._cuda, name)(*arguments)
        if error == self._cuda.cudaError_t.cudaErrorMemoryAllocation:
            raise DeviceFull(f"{self.name} is out of memory")
        if error != self._cuda.cudaError_t.cudaSuccess:
            raise MachineFailed(f"{self.name}: {name} failed with {error.name}", mend="see `inspect-eval check`")
        return values[0] if values else None


def _bindings() -> Any:
    try:
        from cuda.bindings import runtime
    except ImportError as error:
        mend = "pip install 'cuda-bindings>=13.5'"
        raise MachineFailed(f"NVIDIA's CUDA bindings are missing: {one_line(error)}", mend=mend) from error
    return runtime
