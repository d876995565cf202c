"""What a cost needs to know of the chosen engine: which GPU it is on, and how long its build took."""

import time
from collections.abc import Callable
from pathlib import Path

from appliance.engines.prepare import BUILT, prepare
from appliance.engines.select import ChosenEngine
from appliance.engines.types import EngineSpec
from models.types import Member

ON_CPU = ("cpu", "openvino")


def gpu_of(spec: EngineSpec) -> int | None:
    """The number of the GPU that `spec` runs on, None for a CPU engine."""
    if not isinstance(spec, ChosenEngine) or spec.setting.provider in ON_CPU:
        return None
    return spec.setting.device


def build_seconds(spec: EngineSpec, member: Member, now: Callable[[], float] = time.perf_counter) -> float | None:
    """Build the member's engine where the cache does not hold it; returns the seconds that took, with one loading.

    None where nothing had to be built. Raises what building raises.
    """
    if not isinstance(spec, ChosenEngine) or spec.setting.provider not in BUILT:
        return None
    before, start = _files(spec.setting.cache), now()
    prepare(spec, (member,))
    return now() - start if _files(spec.setting.cache) != before else None


def _files(folder: Path) -> set[tuple[str, int]]:
    """Every file below a folder with the time it was written."""
    return {(str(file), file.stat().st_mtime_ns) for file in folder.rglob("*") if file.is_file()}
