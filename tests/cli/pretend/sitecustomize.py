"""Loaded by every Python of a test that puts this folder on the path: a GPU that has room for few pictures.

The runtime, the workers and the command line are real; only the device is pretended, with its buffers on the host and
an out-of-memory error of ONNX Runtime's own words for more than PRETEND_ROOM pictures at once.
"""

import os
import sys
from types import ModuleType, SimpleNamespace

if "PRETEND_ROOM" in os.environ:
    ROOM = int(os.environ["PRETEND_ROOM"])
    NVML = ModuleType("pynvml")
    NVML.NVMLError = type("NVMLError", (Exception,), {})
    NVML.nvmlInit = NVML.nvmlShutdown = lambda: None
    NVML.nvmlDeviceGetCount = lambda: 1
    NVML.nvmlDeviceGetHandleByIndex = int
    NVML.nvmlDeviceGetName = lambda _: "NVIDIA T400"
    NVML.nvmlDeviceGetCudaComputeCapability = lambda _: (7, 5)
    NVML.nvmlSystemGetDriverVersion = lambda: "580.65.06"
    NVML.nvmlSystemGetCudaDriverVersion_v2 = lambda: 13000
    NVML.nvmlDeviceGetMemoryInfo = lambda _: SimpleNamespace(total=4 << 30, free=3 << 30)
    sys.modules["pynvml"] = NVML

    from appliance.engines import prepare, select
    from appliance.engines.devices import gpus
    from appliance.engines.ort import Ask
    from appliance.engines.ort_gpu import OrtGpuEngine

    class SmallGpu(OrtGpuEngine):
        """The engine as it is, on a device that is soon full."""

        device = "cpu"

        def _answer(self, batch):  # type: ignore[no-untyped-def]
            if len(batch) > ROOM:
                raise RuntimeError("Failed to allocate memory for requested buffer of size 8388608")
            return super()._answer(batch)

    select.OPENERS["cuda"] = lambda member, setting: SmallGpu(member, setting, gpus()[0], Ask(), "CPUExecutionProvider")
    prepare.READY["cuda"] = lambda _: "a pretended GPU"
