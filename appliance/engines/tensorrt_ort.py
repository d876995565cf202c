"""TensorRT 10 through ONNX Runtime: engines and timings cached under a key of our own, explicit shapes."""

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from appliance.engines.cache import Key, Say, engine_folder
from appliance.engines.cuda import cuda_provider, ready_gpu
from appliance.engines.devices import Gpu
from appliance.engines.ort import NUMPY_OF, Ask, Provider, runtime_name
from appliance.engines.ort_gpu import OrtGpuEngine, largest_batch
from appliance.engines.progress import tell, ticking
from appliance.engines.setting import EngineSetting, arithmetic, precision
from appliance.engines.shapes import input_shape, shape_text
from appliance.errors import UsageError
from models.types import Member

TENSORRT = "TensorrtExecutionProvider"
LIBRARIES = ("tensorrt-cu13-libs", "tensorrt-cu13", "tensorrt-libs", "tensorrt")
FLAGS = {"fp16": "trt_fp16_enable", "bf16": "trt_bf16_enable", "int8": "trt_int8_enable"}


class TensorRtEngine(OrtGpuEngine):
    """One member on the TensorRT provider, built once per key and read from the cache after that.

    While the engine is built, `say` is told. The timings of kernels stand beside the engine, under the same key.
    """

    def __init__(self, member: Member, setting: EngineSetting, say: Say = tell) -> None:
        gpu = ready_gpu(setting)
        wanted = arithmetic(setting, member)
        allow_tf32(wanted == "tf32", member)
        options = engine_options(member, setting)
        with engine_folder(setting.cache, _key(member, options, wanted, gpu), say) as (folder, ready):
            ask = Ask(_providers(member, setting, options, folder), max(setting.threads, 1), setting.fallback == "cpu")
            with ticking(f"building {member.name} for {gpu.name}", say if not ready else lambda _: None):
                super().__init__(member, setting, gpu, ask, TENSORRT)
                if not ready:
                    self.run(np.zeros(input_shape(member.card, 1), NUMPY_OF[member.card.dtype]))


def allow_tf32(wanted: bool, member: Member) -> None:
    """Whether TensorRT may round fp32 to tf32. ONNX Runtime has no option for it, only the whole process has one.

    Raises UsageError where another member of this process wants it otherwise.
    """
    said = "1" if wanted else "0"
    if os.environ.setdefault("NVIDIA_TF32_OVERRIDE", said) != said:
        raise UsageError(
            f"provider tensorrt computes all members in tf32 or none, and {member.name} differs from those before it",
            mend="use provider tensorrt-native, which tells them apart, or take it out of family.toml",
        )


def engine_options(member: Member, setting: EngineSetting) -> dict[str, str]:
    """What decides how the engine is built: precision flags, memory, and the shapes it takes, smallest to largest."""
    most = largest_batch(member, setting)
    least = member.card.batch or 1
    options = {
        "trt_profile_min_shapes": shape_text(member.card, least),
        "trt_profile_opt_shapes": shape_text(member.card, most),
        "trt_profile_max_shapes": shape_text(member.card, most),
        "trt_cuda_graph_enable": "1" if setting.cuda_graphs else "0",
    }
    flags = {precision(setting, member), arithmetic(setting, member)}
    options |= {flag: "1" for name, flag in FLAGS.items() if name in flags}
    return options | ({"trt_max_workspace_size": str(setting.memory_mb << 20)} if setting.memory_mb else {})


def tensorrt_version() -> str:
    """The version of TensorRT's libraries, empty where no wheel brought them."""
    for name in LIBRARIES:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return ""


def _providers(member: Member, setting: EngineSetting, options: dict[str, str], folder: Path) -> tuple[Provider, ...]:
    where = {
        "device_id": str(setting.device),
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(folder),
        "trt_engine_cache_prefix": "engine",
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(folder),
    }
    ours: Provider = (TENSORRT, {**where, **options})
    if setting.fallback == "none":
        return (ours,)
    name, said = cuda_provider(setting, member)
    return ours, (name, {**said, "enable_cuda_graph": "0"})


def _key(member: Member, options: dict[str, str], wanted: str, gpu: Gpu) -> Key:
    sm = ".".join(map(str, gpu.sm))
    found = tensorrt_version()
    said = (("arithmetic", wanted), *sorted(options.items()))
    return Key(member.name, "tensorrt", member.sha256, runtime_name(), found, gpu.driver, gpu.name, sm, said)
