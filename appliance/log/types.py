"""What the log keeps, as plain rows: the audit writes them, score and report read them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


class RunState(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    DONE = "done"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcomes:
    """Per-part results of one cell, in the order of the run's parts.

    score: (n,) float32 NG score (the NG logit where one exists); NaN where the part was not scored.
    ng: (n,) bool decision at the deployed threshold. cls: (n,) int16 predicted class, or None for two classes.
    """

    score: NDArray[np.float32]
    ng: NDArray[np.bool_]
    cls: NDArray[np.int16] | None = None


@dataclass(frozen=True)
class PartRow:
    """One part of a run as the log knows it."""

    id: str
    sha256: str
    ng: bool
    cls: str = ""
    group: str = ""
    width: int = 0
    height: int = 0
    channels: int = 0
    bits: int = 0


@dataclass(frozen=True)
class MemberRow:
    """One member of a run. `card` is the card as a JSON-able dict."""

    name: str
    sha256: str
    params: int
    macs: int
    activations: int
    card: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ConditionRow:
    """One condition of a run, in audit order. key is `clean` or `name@severity[#repeat]`."""

    key: str
    name: str
    group: str
    unit: str
    severity: float
    neutral: float
    level: int | None
    repeat: int


@dataclass(frozen=True)
class Cell:
    """One finished (member, condition). `failure` names why a member gave nothing here; outcomes are then all NaN."""

    member: str
    condition: str
    outcomes: Outcomes
    seconds: float = 0.0
    failure: str = ""


@dataclass(frozen=True)
class CostRow:
    """Inference cost of one member under one load model and setting (COST rules).

    Latencies in milliseconds. Percentiles are upper confidence bounds (c = 0.99), None where n does not support them.
    `stages` are mean milliseconds per part: decode, preprocess, infer, postprocess. state: valid, unstable,
    contended, throttled, fell back, too few.
    """

    member: str
    load: str
    provider: str
    precision: str
    batch: int
    threads: int
    n: int
    p50: float
    p90: float | None
    p99: float | None
    mean: float
    throughput: float
    first_ms: float
    load_ms: float
    peak_rss_mb: float
    stages: dict[str, float]
    state: str
    reason: str = ""


@dataclass(frozen=True)
class Warn:
    """A warning of a run: what, which file, how to mend it. kind: part, member, review, machine, config."""

    kind: str
    what: str
    file: str = ""
    mend: str = ""


@dataclass(frozen=True)
class RunHead:
    """What is fixed when a run starts. `config` and `environment` are JSON-able."""

    run: str
    started: str  # UTC, ISO 8601
    seed: int
    task: str
    family: str
    suite: str
    config: dict[str, Any]
    config_digest: str
    limits: dict[str, float]
    limits_digest: str
    plan_digest: str  # sha256 over models, parts, seeds and conditions: what resume checks
    environment: dict[str, Any]
    parts_root: str = ""  # where the parts lie; runs of one family on one root follow each other


@dataclass(frozen=True)
class RunTail:
    """What is known when a run ends."""

    state: RunState
    ended: str
    seconds: float
    digest: str = ""


@dataclass(frozen=True)
class RunRecord:
    """One run as read back: everything but the outcomes, which are read cell by cell."""

    head: RunHead
    tail: RunTail | None
    parts: tuple[PartRow, ...]
    members: tuple[MemberRow, ...]
    conditions: tuple[ConditionRow, ...]
    cells: tuple[tuple[str, str], ...]  # (member, condition) finished
    costs: tuple[CostRow, ...]
    warnings: tuple[Warn, ...]


@dataclass(frozen=True)
class RunBrief:
    """One line of a list of runs: parts, members, conditions as planned; cells finished; seconds None until it ends."""

    run: str
    started: str
    state: RunState
    family: str
    task: str
    suite: str
    parts: int
    members: int
    conditions: int
    cells: int
    warnings: int
    seconds: float | None
    digest: str
