"""TensorRT for RTX as a plug-in of plain ONNX Runtime. It needs nothing but the driver beside its own wheel."""

from functools import cache
from typing import Any

from appliance.engines.cache import Key, Say, engine_folder
from appliance.engines.devices import Gpu, require_gpu
from appliance.engines.ort import Ask, one_line, runtime_errors, runtime_name
from appliance.engines.ort_gpu import OrtEngine, largest_batch
from appliance.engines.progress import tell, ticking
from appliance.engines.setting import EngineSetting, arithmetic
from appliance.engines.shapes import shape_text
from appliance.engines.trt import refuse_sm
from appliance.errors import MachineFailed
from appliance.runtimes import require_one_runtime
from models.types import Member

RTX = "NvTensorRTRTXExecutionProvider"
CUDA = 13
INSTALL = "pip install 'inspect-eval[rtx]'"


class RtxEngine(OrtEngine):
    """One member on the plug-in. What it compiles for this GPU is kept in the cache."""

    def __init__(self, member: Member, setting: EngineSetting, say: Say = tell) -> None:
        gpu = rtx_gpu(setting)
        arithmetic(setting, member)
        device = _ep_device(gpu)
        options = engine_options(member, setting)
        with engine_folder(setting.cache, _key(member, options, gpu), say, grows=True) as (folder, ready):
            said = {**options, "nv_runtime_cache_path": str(folder)}
            ask = Ask((), max(setting.threads, 1), setting.fallback == "cpu", (device,), said)
            with ticking(f"building {member.name} for {gpu.name}", say if not ready else lambda _: None):
                super().__init__(member, setting, gpu, ask, RTX)


def rtx_gpu(setting: EngineSetting) -> Gpu:
    """The GPU, once it is known that the plug-in serves it. Raises MachineFailed."""
    gpu = require_gpu(setting.device, "rtx", CUDA)
    refuse_sm(gpu.name, gpu.sm)
    runtime = require_one_runtime()
    if runtime.name != "onnxruntime":
        what = f"provider rtx is a plug-in of plain onnxruntime; installed is {runtime.name} {runtime.version}"
        raise MachineFailed(what, mend=f"pip uninstall -y {runtime.name} && {INSTALL}")
    library_path()
    return gpu


def library_path() -> str:
    """Where the plug-in lies. Raises MachineFailed naming the extra that brings it."""
    try:
        import onnxruntime_ep_nv_tensorrt_rtx as plug_in
    except (ImportError, OSError) as error:
        raise MachineFailed(f"TensorRT for RTX's plug-in is missing: {one_line(error)}", mend=INSTALL) from error
    return str(plug_in.get_library_path())


def engine_options(member: Member, setting: EngineSetting) -> dict[str, str]:
    """The shapes it is to be fast for, smallest to largest, and its memory."""
    most = largest_batch(member, setting)
    options = {
        "nv_profile_min_shapes": shape_text(member.card, member.card.batch or 1),
        "nv_profile_opt_shapes": shape_text(member.card, most),
        "nv_profile_max_shapes": shape_text(member.card, most),
    }
    return options | ({"nv_max_workspace_size": str(setting.memory_mb << 20)} if setting.memory_mb else {})


@cache
def _registered() -> None:
    import onnxruntime

    try:
        onnxruntime.register_execution_provider_library("rtx", library_path())
    except runtime_errors() as error:
        mend = "install NVIDIA driver 580 or newer"
        reason = " ".join(str(error).split()).rpartition("with error: ")[2]
        raise MachineFailed(f"TensorRT for RTX's plug-in cannot be loaded: {reason[:200]}", mend=mend) from error


def _ep_device(gpu: Gpu) -> Any:
    """The plug-in's device of that number. Raises MachineFailed where it offers none."""
    import onnxruntime

    _registered()
    offered = [device for device in onnxruntime.get_ep_devices() if device.ep_name == RTX]
    if gpu.number >= len(offered):
        what = f"TensorRT for RTX offers {len(offered)} devices; {gpu.name} is not among them"
        raise MachineFailed(what, mend="use provider cuda or tensorrt, or see `inspect-eval check`")
    return offered[gpu.number]


def _key(member: Member, options: dict[str, str], gpu: Gpu) -> Key:
    from importlib.metadata import version

    plug_in = version("onnxruntime-ep-nv-tensorrt-rtx-cu13")
    sm = ".".join(map(str, gpu.sm))
    said = tuple(sorted(options.items()))
    return Key(member.name, "rtx", member.sha256, runtime_name(), plug_in, gpu.driver, gpu.name, sm, said)
