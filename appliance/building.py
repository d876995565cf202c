"""`models build`: engines ahead of the first audit. TensorRT for RTX builds them on any machine, GPU or none."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.audit.order import site_family
from appliance.engines.cache import Key
from appliance.engines.native import native_key, native_wish, ready_plan
from appliance.engines.prepare import BUILT, prepare, require_ready, served
from appliance.engines.select import ChosenEngine, engine_spec
from appliance.engines.trt import refuse_sm
from appliance.errors import InspectError, UsageError
from appliance.site import Site
from models.types import Member

AHEAD = "rtx-native"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Built:
    """One member's engine: where it lies and how large it is, or why there is none."""

    member: str
    folder: Path | None = None
    size: int = 0
    seconds: float = 0.0
    error: InspectError | None = None


def build_site(site: Site, provider: str | None, sm: str, say: Say) -> list[Built]:
    """Build what the provider needs for every member of the site, each member's refusal beside the others' engines.

    `sm` names a compute capability (as 8.9) to build for instead of every GPU; only TensorRT for RTX can be told.
    Raises UsageError for a provider without engines, MachineFailed where it cannot build here.
    """
    spec = engine_spec(site, provider=provider)
    name = spec.setting.provider
    if name not in BUILT:
        raise UsageError(
            f"provider {name} builds no engines", mend=f"name one that does: --provider {', '.join(BUILT)}"
        )
    if sm and name != AHEAD:
        raise UsageError(f"provider {name} builds for the GPU it runs on", mend=f"--sm is for --provider {AHEAD}")
    members, unserved = served(spec, site_family(site).members)
    for member_name, what, _ in unserved:
        say(f"{member_name} is left out: {what}")
    if name != AHEAD:
        require_ready(spec)
        prepare(spec, members)
        return [Built(member.name, spec.setting.cache) for member in members]
    target = _target(sm)
    return [_ahead(member, spec, target, say) for member in members]


def _target(sm: str) -> tuple[int, int] | None:
    if not sm:
        return None
    major, _, minor = sm.partition(".")
    if not (major.isdecimal() and minor.isdecimal()):
        raise UsageError(f"--sm {sm!r} is no compute capability", mend="write it as 8.9")
    target = (int(major), int(minor))
    refuse_sm("that GPU", target)
    return target


def _ahead(member: Member, spec: ChosenEngine, target: tuple[int, int] | None, say: Say) -> Built:
    start = time.perf_counter()
    try:
        plan = ready_plan(member, spec.setting, None, say, target)
    except InspectError as error:
        return Built(member.name, error=error)
    return Built(member.name, _folder(member, spec, target), len(plan), time.perf_counter() - start)


def _folder(member: Member, spec: ChosenEngine, target: tuple[int, int] | None) -> Path:
    key: Key = native_key(member, spec.setting, native_wish(member, spec.setting, target), None)
    return spec.setting.cache / key.name
