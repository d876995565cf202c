"""What was measured of each member: from cost records, and from the audit where there is none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from appliance.cost.record import VALID, CostRecord, MemberCost
from appliance.errors import InputRefused
from appliance.log.types import CostRow
from appliance.sizing.work import Floats
from models.types import Family

LOADS = ("paced", "closed")
"""Which load tells what a part takes on a line, best first: paced clocks and caches are those of production."""

ON_CPU = ("CPUExecutionProvider", "openvino", "cpu")


@dataclass(frozen=True)
class Reading:
    """Mean power in W while a part came every `every_s`, and at rest (None: not read); `source` as in the record."""

    watts: float
    idle_watts: float | None
    every_s: float
    source: str

    def at(self, takt_s: float) -> float:
        """Mean power in W at another takt: what a part takes above rest is the same, spread over more or less time."""
        if self.idle_watts is None:
            return self.watts
        return self.idle_watts + max(self.watts - self.idle_watts, 0.0) * self.every_s / takt_s


@dataclass(frozen=True)
class Sample:
    """One member on one machine: the time one part is worked on, without any queue.

    `service` are the quantiles, evenly spaced from 0 to 100 %, of that time in ms; `infer_ms` the mean of inference
    alone in it. `n`: independent measurements behind them. `power`: what was read, or stated, while it ran.
    """

    member: str
    machine: str
    precision: str
    service: tuple[float, ...]
    infer_ms: float
    n: int
    load: str
    made: str
    on_gpu: bool = False
    picture_px: int = 0
    power: Reading | None = None

    @property
    def mean_ms(self) -> float:
        """Mean time a part is worked on, from the quantiles."""
        return float(np.mean([(a + b) / 2 for a, b in pairwise(self.service)]))

    @property
    def error_ms(self) -> float:
        """Half the 90 % interval of the mean, from the spread of the quantiles and `n`."""
        return 1.645 * float(np.std(self.service)) / float(np.sqrt(self.n))

    @property
    def host_ms(self) -> float:
        """What is not inference: reading, preparing, copying, deciding."""
        return max(self.mean_ms - self.infer_ms, 0.0)


def samples_of(record: CostRecord, family: Family, file: str) -> tuple[list[Sample], list[str]]:
    """The usable rows of a record for the members of `family`, one a member and machine, and what was left aside.

    Raises InputRefused where the record is of another family: none of its models is one of ours by sha256.
    """
    ours = {member.sha256: member.name for member in family.members}
    rows = [row for row in record.rows if row.sha256 in ours]
    if not rows:
        what = f"this cost record is of another family ({record.family}): none of its models is one of {family.name}'s"
        mend = "measure this family there: `inspect-eval cost --export FILE`"
        raise InputRefused(what, file=file, mend=mend)
    aside = [f"{row.member}, {row.load}: {row.state}, {row.reason}" for row in rows if row.state != VALID]
    aside += sorted({f"{row.member}: not one of this family's models" for row in record.rows if row.sha256 not in ours})
    usable = [row for row in rows if _usable(row)]
    best = _best(usable)
    return [_sample(ours[row.sha256], row, record) for row in best], aside


def _usable(row: MemberCost) -> bool:
    return row.state == VALID and row.load in LOADS and row.batch == 1 and len(row.service_q) > 1 and row.n > 0


def _best(rows: Sequence[MemberCost]) -> list[MemberCost]:
    """Of each member and device the row of the best load, then the fastest."""
    chosen: dict[tuple[str, str, str], MemberCost] = {}
    for row in sorted(rows, key=lambda row: (LOADS.index(row.load), row.mean_ms or np.inf)):
        chosen.setdefault((row.sha256, row.precision, _device(row)), row)
    return list(chosen.values())


def _device(row: MemberCost) -> str:
    return row.device or row.provider


def machine_name(row: MemberCost, record: CostRecord) -> str:
    """The machine a row was measured on: its CPU, or the GPU that ran it."""
    if not _on_gpu(row, record):
        return record.machine.cpu
    named = [gpu.name for gpu in record.machine.gpus if gpu.name and gpu.name in row.device]
    return named[0] if named else record.machine.gpus[0].name


def _reading(row: MemberCost) -> Reading | None:
    if row.energy is None:
        return None
    every_s = row.takt_s or (row.mean_ms or 0.0) / 1000.0
    return Reading(row.energy.watts, row.energy.idle_watts, every_s, row.energy.source) if every_s > 0 else None


def _on_gpu(row: MemberCost, record: CostRecord) -> bool:
    return row.provider not in ON_CPU and bool(record.machine.gpus)


def _sample(member: str, row: MemberCost, record: CostRecord) -> Sample:
    infer = row.stages_ms.get("infer", float(np.mean(row.infer_q)) if row.infer_q else 0.0)
    picture = record.picture
    return Sample(
        member=member,
        machine=machine_name(row, record),
        precision=row.precision,
        service=row.service_q,
        infer_ms=infer,
        n=max(int(row.n_effective), 1),
        load=row.load,
        made=record.made,
        on_gpu=_on_gpu(row, record),
        picture_px=picture.get("width", 0) * picture.get("height", 0),
        power=_reading(row),
    )


def from_audit(rows: Iterable[CostRow], machine: str, made: str) -> list[Sample]:
    """Samples of the cost rows an audit logs in passing: coarse, since the log keeps percentiles, not quantiles."""
    return [
        Sample(row.member, machine, row.precision, _quantiles(row), row.stages.get("infer", 0.0), row.n, row.load, made)
        for row in rows
        if row.state == VALID and row.batch == 1 and row.p99 is not None
    ]


def _quantiles(row: CostRow) -> tuple[float, ...]:
    """101 quantiles through the median and the bounds of p90 and p99; below the median it is taken for the median."""
    points: Floats = np.array([row.p50, row.p50, row.p90 or row.p99 or row.p50, row.p99 or row.p50, row.p99 or row.p50])
    return tuple(float(v) for v in np.interp(np.linspace(0, 1, 101), (0.0, 0.5, 0.9, 0.99, 1.0), points))


def by_member(samples: Iterable[Sample]) -> Mapping[str, tuple[Sample, ...]]:
    """Samples by member's name."""
    found: dict[str, list[Sample]] = {}
    for sample in samples:
        found.setdefault(sample.member, []).append(sample)
    return {name: tuple(some) for name, some in found.items()}
