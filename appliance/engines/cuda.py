"""CUDA through ONNX Runtime: fp32 by default (tf32 only where it is asked for), on the GPU that is named."""

from appliance.engines.devices import Gpu, require_gpu
from appliance.engines.libraries import missing_libraries
from appliance.engines.ort import Ask, Provider
from appliance.engines.ort_gpu import OrtGpuEngine
from appliance.engines.setting import EngineSetting, arithmetic
from appliance.errors import MachineFailed
from appliance.runtimes import require_one_runtime
from models.types import Member

CUDA = "CUDAExecutionProvider"
EXTRAS = {"cuda": "cuda", "tensorrt": "gpu"}


class CudaEngine(OrtGpuEngine):
    """One member on the CUDA provider."""

    def __init__(self, member: Member, setting: EngineSetting) -> None:
        gpu = ready_gpu(setting)
        providers = (cuda_provider(setting, member),)
        super().__init__(member, setting, gpu, Ask(providers, max(setting.threads, 1), setting.fallback == "cpu"), CUDA)


def ready_gpu(setting: EngineSetting) -> Gpu:
    """The GPU, once the driver, the runtime and its libraries are known to be fit. Raises MachineFailed."""
    runtime = require_one_runtime()
    if runtime.name != "onnxruntime-gpu":
        what = f"provider {setting.provider} needs onnxruntime-gpu; installed is {runtime.name} {runtime.version}"
        raise MachineFailed(what, mend=f"pip uninstall -y {runtime.name} && {install(setting.provider)}")
    cuda = built_for()
    gpu = require_gpu(setting.device, setting.provider, cuda)
    missing = missing_libraries(cuda, tensorrt=setting.provider == "tensorrt")
    if missing:
        what = f"provider {setting.provider} cannot find {', '.join(missing)}"
        raise MachineFailed(what, mend=install(setting.provider))
    return gpu


def install(provider: str) -> str:
    """The command that brings what a provider needs."""
    return f"pip install 'inspect-eval[{EXTRAS[provider]}]'"


def built_for() -> int:
    """The CUDA major version that the installed onnxruntime-gpu is built for."""
    from onnxruntime.capi import build_and_package_info

    return int(str(build_and_package_info.cuda_version).split(".", maxsplit=1)[0])


def cuda_provider(setting: EngineSetting, member: Member) -> Provider:
    """The CUDA provider's options: the same kernels in every process, memory as it is needed."""
    options = {
        "device_id": str(setting.device),
        "use_tf32": "1" if arithmetic(setting, member) == "tf32" else "0",
        "cudnn_conv_algo_search": "HEURISTIC",
        "arena_extend_strategy": "kSameAsRequested",
        "enable_cuda_graph": "1" if setting.cuda_graphs and setting.fallback != "cpu" else "0",
    }
    if setting.memory_mb:
        options["gpu_mem_limit"] = str(setting.memory_mb << 20)
    return CUDA, options
