"""The cost record: what a member's parts cost on one machine, as one JSON document that another machine can read.

`inspect-eval cost --export FILE` writes it, `size --record FILE` reads it. It describes itself: schema, version,
machine, setting and load stand with every figure, and a figure that was not measured is null, never a guess.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from appliance.errors import InputRefused, MachineFailed

SCHEMA = "inspect-eval/cost-record"
VERSION = 1
QUANTILES = 101  # 0, 1, 2 .. 100 %
VALID = "valid"


@dataclass(frozen=True)
class Gpu:
    """One GPU as its driver names it. Clocks in MHz as set when the record was made; None: not told."""

    name: str
    driver: str
    memory_mb: float
    compute: str = ""  # compute capability, such as "9.0"
    sm_mhz: float | None = None
    memory_mhz: float | None = None
    power_limit_w: float | None = None


@dataclass(frozen=True)
class Machine:
    """What the figures were measured on. `cores` are those this process may use; `flags` the CPU's vector features."""

    cpu: str
    cores: int
    memory_gb: float
    arch: str
    system: str
    flags: tuple[str, ...] = ()
    governor: str = ""  # cpufreq governor; empty where the system does not tell
    cpu_mhz: float | None = None
    virtual: bool = False  # inside a virtual machine or container with a hypervisor below
    gpus: tuple[Gpu, ...] = ()
    packages: dict[str, str] = field(default_factory=dict)  # runtime -> version
    python: str = ""

    def digest(self) -> str:
        """sha256 of all of it but the clock of the moment: equal digests are equal conditions."""
        facts = {key: value for key, value in asdict(self).items() if key != "cpu_mhz"}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Energy:
    """Energy of one part in millijoules, idle included, and where it comes from.

    source: `rapl`, `nvml`, `rapl+nvml` (counters) or `estimate` (a stated power figure). `rails` are the counters
    read, `coverage` says what they leave out. `low_mj`, `high_mj`: counter resolution and run-to-run spread, or the
    stated figure's own range. `hz`: readings per second.
    """

    mj: float
    low_mj: float
    high_mj: float
    watts: float
    idle_watts: float | None
    source: str
    rails: tuple[str, ...] = ()
    coverage: str = ""
    hz: float = 0.0


@dataclass(frozen=True)
class MemberCost:
    """One member under one setting and one load.

    Latency is reply minus scheduled arrival (closed: minus start), host to host, file to verdict, in milliseconds.
    p50, p90, p99 are upper confidence bounds (c = 0.99) at the effective n; None: not supported by n.
    `latency_q`, `service_q`, `infer_q`: QUANTILES empirical quantiles in ms of latency, of the time one part is
    worked on (no queue), and of inference alone; empty where nothing was timed.
    state: valid, unstable, contended, throttled, fell back, too few, failed; `reason` says it in words.
    """

    member: str
    sha256: str
    params: int
    macs: int
    activations: int
    weights_bytes: int
    provider: str
    precision: str
    batch: int
    threads: int
    load: str  # closed, paced, saturate
    n: int
    n_effective: float
    mean_ms: float | None
    median_ms: float | None
    p50_ms: float | None
    p90_ms: float | None
    p99_ms: float | None
    throughput: float | None  # parts per second
    state: str
    reason: str = ""
    processes: int = 1
    runtime: str = ""
    device: str = ""
    options: dict[str, str] = field(default_factory=dict)
    takt_s: float | None = None  # paced and saturate: seconds per part at the rate offered
    jitter_s: float = 0.0
    cameras: int = 1
    deadline_ms: float | None = None
    late: int = 0  # parts of n over the deadline
    wait_ms: float | None = None  # paced and saturate: mean time from the scheduled arrival until a part was begun
    latency_q: tuple[float, ...] = ()
    service_q: tuple[float, ...] = ()
    infer_q: tuple[float, ...] = ()
    stages_ms: dict[str, float] = field(default_factory=dict)  # mean ms per part by stage
    cpu_ms: float | None = None  # CPU time of all our threads per part
    load_ms: float | None = None  # session creation
    build_ms: float | None = None  # engine build, where the provider builds one
    first_ms: float | None = None  # first inference
    warm_parts: int = 0  # parts run before the timing began
    peak_rss_mb: float | None = None  # of the whole process
    model_mb: float | None = None  # what opening and running the member added to it
    device_mb: float | None = None
    nodes: dict[str, float] = field(default_factory=dict)  # share of nodes by provider
    noise: float | None = None  # A/A: the relative spread of two like runs' medians
    rounds: int = 1
    energy: Energy | None = None


@dataclass(frozen=True)
class CostRecord:
    """Everything one `inspect-eval cost` measured."""

    made: str  # UTC, ISO 8601
    family: str
    machine: Machine
    rows: tuple[MemberCost, ...]
    picture: dict[str, int] = field(default_factory=dict)  # width, height, channels, bits of the middle part
    tool: str = ""
    notes: tuple[str, ...] = ()
    schema: str = SCHEMA
    version: int = VERSION

    def valid_rows(self) -> tuple[MemberCost, ...]:
        """Rows that nothing speaks against."""
        return tuple(row for row in self.rows if row.state == VALID)


_READER = TypeAdapter(CostRecord)
MEND = "write it again with `inspect-eval cost --export FILE`"


def cost_record_json(record: CostRecord) -> str:
    """The record as a JSON document."""
    return json.dumps(asdict(record), indent=1, ensure_ascii=False) + "\n"


def parse_cost_record(text: str | bytes, file: str = "") -> CostRecord:
    """A record from its JSON. Raises InputRefused naming `file` for another schema, a newer version or a bad value."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InputRefused(f"is not JSON: {error}", file=file, mend=MEND) from error
    _check_schema(document, file)
    try:
        return _READER.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputRefused(f"the cost record is damaged at {where}: {first['msg']}", file=file, mend=MEND) from error


def _check_schema(document: object, file: str) -> None:
    schema = document.get("schema") if isinstance(document, Mapping) else None
    if schema != SCHEMA:
        told = f"its schema is {schema!r}" if schema else "it names no schema"
        raise InputRefused(f"is not a cost record: {told}, not {SCHEMA!r}", file=file, mend=MEND)
    version: Any = document.get("version") if isinstance(document, Mapping) else None
    if version != VERSION:
        mend = "read it with the version of inspect-eval that wrote it, or " + MEND
        raise InputRefused(
            f"is a cost record of version {version!r}; this one reads version {VERSION}", file=file, mend=mend
        )


def read_cost_record(path: Path) -> CostRecord:
    """The cost record in `path`. Raises InputRefused as `parse_cost_record` does, and where it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        mend = "check the path" if isinstance(error, FileNotFoundError) else "check its permissions"
        raise InputRefused(f"cannot be read: {error.strerror}", file=str(path), mend=mend) from error
    return parse_cost_record(data, str(path))


def write_cost_record(record: CostRecord, path: Path) -> None:
    """Write `record` to `path`. Raises MachineFailed where it cannot be written."""
    try:
        path.write_text(cost_record_json(record), encoding="utf-8")
    except OSError as error:
        mend = "choose a folder that exists and that you may write to"
        raise MachineFailed(f"cannot be written: {error.strerror}", file=str(path), mend=mend) from error
