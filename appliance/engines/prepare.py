"""Before the long work: is the runtime there and fit, and are the engines built?"""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from appliance.engines.cache import WHY
from appliance.engines.devices import gpus
from appliance.engines.ort_gpu import BATCH
from appliance.engines.select import ChosenEngine
from appliance.engines.setting import EngineSetting, arithmetic
from appliance.engines.types import EngineSpec
from appliance.errors import MachineFailed, UsageError
from appliance.runtimes import require_one_runtime
from models.types import Member

BUILT = ("tensorrt", "tensorrt-native", "rtx", "rtx-native")
"""Providers whose engines are built before they can run, and kept in the cache."""


ON_CPU = ("cpu", "openvino")
PROCESS_MB = 1500
"""Device memory of a process that runs a family: CUDA's own context, its kernels, and the members' buffers."""
MANY = 1 << 16


def require_ready(spec: EngineSpec) -> str:
    """What serves the chosen provider here, as one sentence. Raises MachineFailed naming what is missing."""
    if not isinstance(spec, ChosenEngine):
        return "an engine of its own"
    return READY[spec.setting.provider](spec.setting)


def served(spec: EngineSpec, members: Sequence[Member]) -> tuple[tuple[Member, ...], tuple[tuple[str, str, str], ...]]:
    """The members the provider can compute as each wants it, and (name, what, mend) of those it cannot.

    Raises UsageError where it can compute none of them.
    """
    if not isinstance(spec, ChosenEngine):
        return tuple(members), ()
    kept, left = [], []
    for member in members:
        try:
            arithmetic(spec.setting, member)
        except UsageError as error:
            left.append((member.name, error))
        else:
            kept.append(member)
    if not kept:
        raise left[0][1]
    return tuple(kept), tuple((name, error.what, error.mend) for name, error in left)


def most_processes(spec: EngineSpec) -> int:
    """How many processes may hold a family's engines at once: what a GPU's free memory has room for; at least one."""
    if not isinstance(spec, ChosenEngine) or spec.setting.provider in ON_CPU:
        return MANY
    free = gpus()[spec.setting.device].free_mb
    return max(free // PROCESS_MB, 1)


def device_batch(spec: EngineSpec) -> int:
    """The most pictures an engine on a GPU takes at once; 0 for an engine on the CPU."""
    if not isinstance(spec, ChosenEngine) or spec.setting.provider in ON_CPU:
        return 0
    return spec.setting.batch or BATCH


def prepare(spec: EngineSpec, members: Sequence[Member]) -> list[str]:
    """Build every engine that the chosen provider needs and the cache does not hold, before any worker asks for it.

    In a process of its own: its memory on the device is free again when the work begins. What is built is told on
    standard error; why each was built is returned. Raises what building raises.
    """
    if not isinstance(spec, ChosenEngine) or spec.setting.provider not in BUILT:
        return []
    why: list[str] = []
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        for member in members:
            try:
                why += pool.submit(_opened, spec, member).result()
            except BrokenProcessPool as error:
                what = f"the process that builds {member.name} for {spec.setting.provider} ended"
                raise MachineFailed(what, file=str(member.file), mend="see `inspect-eval check`") from error
    return why


def _opened(spec: ChosenEngine, member: Member) -> list[str]:
    before = len(WHY)
    spec.open(member)
    return WHY[before:]


def _cpu(_: EngineSetting) -> str:
    runtime = require_one_runtime()
    return f"{runtime.name} {runtime.version} on the CPU"


def _openvino(_: EngineSetting) -> str:
    from appliance.engines.openvino import runtime_name

    return f"{runtime_name()} on the CPU"


def _cuda(setting: EngineSetting) -> str:
    from appliance.engines.cuda import ready_gpu

    return f"{require_one_runtime().name} {require_one_runtime().version} on {ready_gpu(setting)}"


def _rtx(setting: EngineSetting) -> str:
    from appliance.engines.rtx import rtx_gpu

    return f"TensorRT for RTX's plug-in on {rtx_gpu(setting)}"


def _native(setting: EngineSetting) -> str:
    from appliance.engines.native import native_gpu
    from appliance.engines.trt import TITLES, load_trt

    gpu = native_gpu(setting)
    return f"{TITLES[setting.provider]} {load_trt(setting.provider).__version__} on {gpu}"


READY: dict[str, Callable[[EngineSetting], str]] = {
    "cpu": _cpu,
    "openvino": _openvino,
    "cuda": _cuda,
    "tensorrt": _cuda,
    "tensorrt-native": _native,
    "rtx": _rtx,
    "rtx-native": _native,
}
