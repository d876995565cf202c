"""From what the rounds of a job sent back to rows of the cost record."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.cost.drive import STAGES
from appliance.cost.energy import counted, estimated
from appliance.cost.fresh import Answer
from appliance.cost.job import Job, LoadRun, Measured, Refused
from appliance.cost.percentiles import effective_n, quantiles, upper_percentile
from appliance.cost.record import Energy, MemberCost
from appliance.cost.state import FAILED, Evidence, judge
from appliance.engines.types import EngineFacts
from models.types import Member

INFER = STAGES.index("infer")
HOST = "CPU"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stated:
    """Power of the machine as site.toml states it, W; 0: not stated."""

    power_w: float = 0.0
    idle_w: float = 0.0


def member_rows(job: Job, answers: Sequence[Answer], stated: Stated = Stated()) -> list[MemberCost]:
    """Rows of one job, one a load (closed: one a batch); one row of state `failed` where a round was refused."""
    refused = next((answer for answer in answers if isinstance(answer, Refused)), None)
    if refused is not None:
        return [_failed(job, refused)]
    rounds = [answer for answer in answers if isinstance(answer, Measured)]
    keys = dict.fromkeys((run.load, run.batch > 1) for measured in rounds for run in measured.runs)
    return [_row(job, rounds, _matching(rounds, load, many), stated) for load, many in keys]


def _matching(rounds: Sequence[Measured], load: str, many: bool) -> list[LoadRun]:
    """The runs of one load, round by round; of a batched load those of the batch the first round found best."""
    found = [run for measured in rounds for run in measured.runs if run.load == load and (run.batch > 1) == many]
    return [run for run in found if run.batch == found[0].batch]


def _row(job: Job, rounds: Sequence[Measured], runs: Sequence[LoadRun], stated: Stated) -> MemberCost:
    latency = 1000.0 * np.concatenate([run.trace.latency for run in runs])
    worth = sum(effective_n(run.trace.latency) for run in runs)
    noise = spread([float(np.median(run.trace.latency)) for run in runs])
    facts, seen = rounds[0].facts, tuple(run.seen for run in runs)
    settled = all(measured.warmth.settled for measured in rounds)
    state, reason = judge(Evidence(seen, settled, noise, len(latency), worth, elsewhere(facts)))
    row = replace(_blank(job.member, facts), load=runs[0].load, batch=job.member.card.batch or runs[0].batch)
    return replace(
        _with_figures(row, runs, latency, worth),
        **_line(job, runs),
        **_process(job, rounds),
        noise=noise,
        rounds=len(runs),
        energy=_energy(rounds, runs, stated),
        state=state,
        reason=reason,
    )  # fmt: skip


def _blank(member: Member, facts: EngineFacts | None) -> MemberCost:
    """The member under its setting, nothing measured."""
    return MemberCost(
        member=member.name, sha256=member.sha256, params=member.params, macs=member.macs,
        activations=member.activations, weights_bytes=weights_bytes(member),
        provider=facts.provider if facts else "", precision=facts.precision if facts else "",
        batch=member.card.batch or 1, threads=facts.threads if facts else 0, load="closed", n=0, n_effective=0.0,
        mean_ms=None, median_ms=None, p50_ms=None, p90_ms=None, p99_ms=None, throughput=None, state=FAILED,
        runtime=facts.runtime if facts else "", device=facts.device if facts else "",
    )  # fmt: skip


def _failed(job: Job, refused: Refused) -> MemberCost:
    mend = f" ({refused.mend})" if refused.mend else ""
    return replace(_blank(job.member, None), load=job.loads[0], reason=f"{refused.what}{mend}")


def _with_figures(row: MemberCost, runs: Sequence[LoadRun], latency: Floats, worth: float) -> MemberCost:
    """`row` with its latencies: (n,) ms in time order, worth `worth` independent ones. Stages are for one part."""
    stages = 1000.0 * np.concatenate([run.trace.stages for run in runs])
    service = 1000.0 * np.concatenate([run.trace.service for run in runs])
    pictures = runs[0].batch
    return replace(
        row,
        n=len(latency),
        n_effective=float(worth),
        mean_ms=float(latency.mean()),
        median_ms=float(np.median(latency)),
        p50_ms=upper_percentile(latency, 0.50, worth),
        p90_ms=upper_percentile(latency, 0.90, worth),
        p99_ms=upper_percentile(latency, 0.99, worth),
        throughput=_throughput(runs),
        latency_q=quantiles(latency),
        service_q=quantiles(service),
        infer_q=quantiles(stages[:, INFER]),
        stages_ms={name: float(ms) / pictures for name, ms in zip(STAGES, stages.mean(axis=0), strict=True)},
        cpu_ms=None if runs[0].load == "saturate" else 1000.0 * _cpu_s(runs) / (len(latency) * pictures),
    )


def _throughput(runs: Sequence[LoadRun]) -> float | None:
    """Parts per second: of a saturate load the lowest rate that a round found, None where one found none."""
    if runs[0].load == "saturate":
        rates = [run.rate for run in runs]
        return None if None in rates else min(rate for rate in rates if rate is not None)
    parts = sum(len(run.trace.done) * run.batch for run in runs)
    return parts / max(sum(run.trace.seconds for run in runs), 1e-9)


def _cpu_s(runs: Sequence[LoadRun]) -> float:
    return sum(run.seen.cpu_s for run in runs)


def _line(job: Job, runs: Sequence[LoadRun]) -> dict[str, Any]:
    """What the line asks of a paced or saturated load; a closed one knows no line."""
    if runs[0].load == "closed":
        return {}
    late = sum(int(np.sum(run.trace.latency > job.line.gate_s)) for run in runs)
    rate = runs[0].trace.rate
    takt = 1.0 / rate if rate else job.line.takt_s
    return {
        "takt_s": takt,
        "jitter_s": job.line.jitter_s * takt / job.line.takt_s,
        "cameras": job.line.cameras,
        "deadline_ms": 1000.0 * job.line.gate_s,
        "late": late,
        "wait_ms": 1000.0 * float(np.mean(np.concatenate([run.trace.begun - run.trace.due for run in runs]))),
    }


def _process(job: Job, rounds: Sequence[Measured]) -> dict[str, Any]:
    """What concerns the process and not one load: the median of its rounds, the largest memory."""
    device = [m.device_mb for m in rounds if m.device_mb is not None]
    return {
        "load_ms": 1000.0 * float(np.median([m.load_s for m in rounds])),
        "first_ms": 1000.0 * float(np.median([m.first_s for m in rounds])),
        "build_ms": None if job.build_s is None else 1000.0 * job.build_s,
        "warm_parts": max(m.warmth.parts for m in rounds),
        "peak_rss_mb": max(m.peak_rss_mb for m in rounds),
        "model_mb": max(m.model_mb for m in rounds),
        "device_mb": max(device) if device else None,
        "nodes": dict(rounds[0].facts.placement),
        "options": dict(rounds[0].facts.options),
    }


def _energy(rounds: Sequence[Measured], runs: Sequence[LoadRun], stated: Stated) -> Energy | None:
    """Of the rounds together, its band at least as wide as they lie apart; else the estimate; else None."""
    if runs[0].load == "saturate":
        return None
    found = [
        energy for measured, run in zip(rounds, runs, strict=False)
        if (energy := counted(run.used, len(run.trace.done) * run.batch, measured.idle)) is not None
    ]  # fmt: skip
    if not found:
        busy = _cpu_s(runs) / max(rounds[0].cores * sum(run.seen.seconds for run in runs), 1e-9)
        rate = _throughput(runs) or 0.0
        return estimated(stated.power_w, stated.idle_w, 1.0 / rate, busy) if rate else None
    mean = float(np.mean([energy.mj for energy in found]))
    low, high = min(energy.low_mj for energy in found), max(energy.high_mj for energy in found)
    return replace(found[0], mj=mean, low_mj=low, high_mj=high, watts=float(np.mean([e.watts for e in found])))


def elsewhere(facts: EngineFacts) -> tuple[tuple[str, float], ...]:
    """Where nodes of a GPU member ran on the CPU after all, with their share; nothing for a CPU member."""
    if facts.provider in ("cpu", "openvino"):
        return ()
    return tuple((name, share) for name, share in facts.placement if name.upper().startswith(HOST) and share > 0)


def spread(values: Sequence[float]) -> float | None:
    """(largest - smallest) / mean; None of fewer than two."""
    if len(values) < 2:
        return None
    return (max(values) - min(values)) / (sum(values) / len(values))


def weights_bytes(member: Member) -> int:
    """Bytes of the model file and of its weight files; of those that are there."""
    files = (member.file, *(member.file.parent / name for name, _ in member.data))
    return sum(file.stat().st_size for file in files if file.is_file())
