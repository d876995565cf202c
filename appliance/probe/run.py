"""One probe from order to digest: part by part on all cores, every finished part kept, resumed to the same result."""

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass

from appliance.audit.run import new_run_id, now
from appliance.errors import Interrupted, MachineFailed
from appliance.log.log import Log
from appliance.parts.types import LeftOut
from appliance.probe import store
from appliance.probe.order import ProbeOrder
from appliance.probe.types import Kind, ProbePlan, ProbeRecord
from appliance.probe.worker import Found, PartRefused, ProbeWorker
from appliance.workers import die_with_parent, handed_over, in_order, taken_over

GROUP = {Kind.PHYSICAL: 2, Kind.ADVERSARIAL: 8}
"""Parts that a job takes: searched side by side, their candidates in the same batches. Never a matter of workers."""

Progress = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Probed:
    """A finished probe and the parts that could not be shown."""

    record: ProbeRecord
    left_out: tuple[LeftOut, ...]


def run_probe(log: Log, order: ProbeOrder, workers: int, *, resume: bool, progress: Progress) -> Probed:
    """Run the order, or go on with it. The caller holds the site's lock.

    Raises Interrupted where a person or the service manager stops it (every finished part is kept), MachineFailed
    where a worker process ends.
    """
    begun = time.monotonic()
    known = store.resumable(log, order.digest) if resume else None
    probe = known or _started(log, order)
    jobs = _jobs(order.plan, store.done_positions(log, probe))
    left_out: list[LeftOut] = []
    try:
        for positions, found in _answers(order.plan, jobs, workers, progress):
            left_out += _keep(log, order, probe, positions, found)
    except KeyboardInterrupt:
        _end_children()
        store.finish(log, probe, store.INTERRUPTED, time.monotonic() - begun)
        raise Interrupted(
            "stopped; every finished part is kept", mend="go on with `inspect-eval probe --resume`"
        ) from None
    except BrokenProcessPool as error:
        store.finish(log, probe, store.INTERRUPTED, time.monotonic() - begun)
        mend = "see `inspect-eval check`; fewer --workers need less memory; go on with `inspect-eval probe --resume`"
        raise MachineFailed("a worker process ended", mend=mend) from error
    digest = store.rows_digest(store.read(log, probe))
    store.finish(log, probe, store.DONE, time.monotonic() - begun, digest)
    return Probed(store.read(log, probe), (*order.left_out, *left_out))


def _started(log: Log, order: ProbeOrder) -> str:
    plan = order.plan
    record = ProbeRecord(
        probe=new_run_id(),
        kind=plan.kind,
        state=store.RUNNING,
        started=now(),
        family=order.family,
        seed=plan.seed,
        looks=plan.looks,
        levels=plan.levels,
        members=tuple(member.name for member in plan.members),
        box=tuple(asdict(axis) for axis in plan.box.axes),
        calibrated=order.calibrated,
        parts=len(plan.parts),
        provider=getattr(getattr(plan.spec, "setting", None), "provider", "own"),
        plan_digest=order.digest,
        reach=plan.reach,
    )
    store.start(log, record)
    return record.probe


def _jobs(plan: ProbePlan, done: set[int]) -> list[tuple[int, ...]]:
    """Groups of positions, the same on every machine; those of which every part is finished are left out."""
    size = GROUP[plan.kind]
    groups = [tuple(range(start, min(start + size, len(plan.parts)))) for start in range(0, len(plan.parts), size)]
    return [group for group in groups if not done.issuperset(group)]


def _keep(log: Log, order: ProbeOrder, probe: str, positions: Sequence[int], found: Found) -> Iterator[LeftOut]:
    done = store.done_positions(log, probe)
    for position, rows in zip(positions, found, strict=True):
        if isinstance(rows, PartRefused):
            yield LeftOut(order.plan.parts[position].id, rows.what, rows.mend)
        elif position not in done:
            store.add(log, probe, position, rows)


def _answers(
    plan: ProbePlan, jobs: Sequence[tuple[int, ...]], workers: int, progress: Progress
) -> Iterator[tuple[tuple[int, ...], Found]]:
    """What was found for every job, in order."""
    start, count = time.monotonic(), sum(map(len, jobs))
    if not jobs:
        return
    context = multiprocessing.get_context("spawn")
    done = 0
    with (
        handed_over(plan) as file,
        ProcessPoolExecutor(min(workers, len(jobs)), context, initializer=_open, initargs=(file,)) as pool,
    ):
        for positions, found in zip(jobs, in_order(pool, _search, jobs), strict=True):
            yield positions, found
            done += len(positions)
            progress(done, count, time.monotonic() - start)


def _end_children() -> None:
    """End our own worker processes at once: what they were busy with is not kept."""
    for child in multiprocessing.active_children():
        child.terminate()


_here: list[ProbeWorker] = []


def _open(file: str) -> None:
    """In a worker process: open every engine. Ctrl-C is the parent's business."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _here.append(ProbeWorker(taken_over(file)))


def _search(positions: tuple[int, ...]) -> Found:
    return _here[0].search(positions)
