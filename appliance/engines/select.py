"""From (site, member) to an engine: the one place where a runtime is chosen, for audit, cost, probe and nightly."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from appliance.engines.machine import cores
from appliance.engines.setting import EngineSetting
from appliance.engines.types import Engine, EngineSpec
from appliance.errors import UsageError
from appliance.sections.engine import PROVIDERS
from appliance.site import Site
from models.types import Member


@dataclass(frozen=True)
class ChosenEngine:
    """The engine that `[engine]` of a site (or a command line) names; opens any member of the family.

    `pin_alone`: its threads are to be bound to cores where its process has the machine to itself (see `alone`).
    """

    setting: EngineSetting
    pin_alone: bool = False

    def open(self, member: Member) -> Engine:
        """Load `member` on the chosen provider and no other. Raises InputRefused, UsageError or MachineFailed."""
        return OPENERS[self.setting.provider](member, self.setting)


def engine_spec(site: Site, *, provider: str | None = None, threads: int | None = None) -> ChosenEngine:
    """What `[engine]` asks for; `provider` and `threads` of a command line outrank it. Raises UsageError."""
    section = site.engine
    name = provider or section.provider
    if name not in PROVIDERS:
        raise UsageError(f"there is no provider {name!r}", mend=f"use {', '.join(PROVIDERS)}")
    setting = EngineSetting(
        provider=name,
        precision=section.precision if name == section.provider else "",
        threads=section.threads if threads is None else threads,
        device=section.device,
        fallback=section.fallback,
        batch=section.batch,
        cuda_graphs=section.cuda_graphs,
        memory_mb=section.memory_mb,
        cache=site.resolve(section.cache),
        hint=section.hint,
        streams=section.streams,
        layout=section.layout,
        spin=section.spin,
    )
    return ChosenEngine(setting, pin_alone=section.pinned and name == section.provider)


def alone(spec: EngineSpec) -> EngineSpec:
    """The same engine for a process that has the machine to itself: all cores where no thread count was asked for,
    and bound to them where that was asked for.
    """
    if not isinstance(spec, ChosenEngine):
        return spec
    return replace(spec, setting=replace(spec.setting, threads=spec.setting.threads or cores(), pinned=spec.pin_alone))


def _cpu(member: Member, setting: EngineSetting) -> Engine:
    from appliance.engines.cpu import CpuEngine

    return CpuEngine(member, setting)


def _openvino(member: Member, setting: EngineSetting) -> Engine:
    from appliance.engines.openvino import OpenVinoEngine

    return OpenVinoEngine(member, setting)


def _cuda(member: Member, setting: EngineSetting) -> Engine:
    from appliance.engines.cuda import CudaEngine

    return CudaEngine(member, setting)


def _tensorrt(member: Member, setting: EngineSetting) -> Engine:
    from appliance.engines.tensorrt_ort import TensorRtEngine

    return TensorRtEngine(member, setting)


def _rtx(member: Member, setting: EngineSetting) -> Engine:
    from appliance.engines.rtx import RtxEngine

    return RtxEngine(member, setting)


def _native(member: Member, setting: EngineSetting) -> Engine:
    from appliance.engines.native import NativeEngine

    return NativeEngine(member, setting)


OPENERS: dict[str, Callable[[Member, EngineSetting], Engine]] = {
    "cpu": _cpu,
    "openvino": _openvino,
    "cuda": _cuda,
    "tensorrt": _tensorrt,
    "tensorrt-native": _native,
    "rtx": _rtx,
    "rtx-native": _native,
}
