"""What one fresh process measures, and what it sends back. All of it can be pickled."""

from dataclasses import dataclass

from appliance.cost.drive import Trace
from appliance.cost.energy import Used
from appliance.cost.loads import Line, LoadName
from appliance.cost.warm import Warmth
from appliance.cost.watch import Seen
from appliance.engines.types import EngineFacts, EngineSpec
from appliance.parts.types import Part
from models.types import Member


@dataclass(frozen=True)
class Job:
    """One member under one setting: which loads, about how many seconds in all, on which parts.

    `least` parts are wanted of a closed load even where that takes longer, up to four times its share.
    `gpu`: index of the GPU in use; None: the CPU. `build_s`: what building the engine took, before any process began.
    """

    member: Member
    spec: EngineSpec
    parts: tuple[Part, ...]
    task: str
    bits: int | None
    line: Line
    loads: tuple[LoadName, ...]
    seconds: float
    seed: int = 1
    batches: tuple[int, ...] = ()  # besides 1: the best of them is a closed row of its own
    least: int = 0
    gpu: int | None = None
    build_s: float | None = None


@dataclass(frozen=True)
class LoadRun:
    """One load as it was run once. `rate`: what a saturate load found, None where no rate held the deadline."""

    load: LoadName
    batch: int
    trace: Trace
    seen: Seen
    used: Used | None = None
    rate: float | None = None


@dataclass(frozen=True)
class Measured:
    """What one process saw of one member. Times in seconds, memory in MB; None: not told.

    `peak_rss_mb` is of the whole process; `model_mb` what opening and running the member added.
    """

    facts: EngineFacts
    load_s: float
    first_s: float
    warmth: Warmth
    runs: tuple[LoadRun, ...]
    peak_rss_mb: float
    model_mb: float
    cores: int
    device_mb: float | None = None
    idle: Used | None = None


@dataclass(frozen=True)
class Refused:
    """The member could not be measured: what went wrong, which file, how to mend it."""

    what: str
    file: str = ""
    mend: str = ""
