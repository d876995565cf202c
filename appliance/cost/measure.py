"""Measure one member in this process: open, first inference, warm-up, then each load under the eyes of the counters."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import psutil

from appliance.cost.drive import STAGES, Clock, Serve, Trace, WallClock, closed, paced, saturate
from appliance.cost.energy import Meter, Used, rails
from appliance.cost.job import Job, LoadRun, Measured
from appliance.cost.loads import LoadName
from appliance.cost.nvml import open_nvml
from appliance.cost.pipeline import Pipeline
from appliance.cost.warm import warm_up
from appliance.cost.watch import Seen, between, core_times, snapshot
from appliance.engines.machine import peak_rss_mb
from appliance.tasks import TASKS

SHARES: dict[LoadName, float] = {"closed": 3.0, "paced": 4.0, "saturate": 3.0}  # of a job's time, among those asked
LONGEST = 4.0  # times its share, until `least` parts are in
WARM_SHARE = 0.25
IDLE_S = 1.0
BATCH_PROBE_S = 0.3
LEAST_BATCH_S = 0.5
COPIES = tuple(STAGES.index(name) for name in ("copy in", "infer", "copy out"))


def measure(job: Job, clock: Clock | None = None) -> Measured:
    """Run the job here. Raises InspectError where the member cannot be opened or run."""
    clock = clock or WallClock()
    meter = Meter(rails(job.gpu))
    idle = _idle(meter, clock)
    guests, before_mb = snapshot(clock.now(), job.gpu).gpu_processes, _device_mb(job.gpu)
    before_rss, start = rss_mb(), clock.now()
    engine = job.spec.open(job.member)
    load = clock.now() - start
    pipeline = Pipeline(job.parts, job.bits, job.member, engine, TASKS[job.task], clock)
    serve = _serving(pipeline)
    first = serve()
    warmth = warm_up(serve, clock, max(WARM_SHARE * job.seconds, 1.0))
    bench = _Bench(job, clock, meter, guests)
    runs = tuple(bench.runs(pipeline, serve))
    device = _device_mb(job.gpu)
    return Measured(
        facts=engine.facts(),
        load_s=load,
        first_s=sum(first[n] for n in COPIES),
        warmth=warmth,
        runs=runs,
        peak_rss_mb=peak_rss_mb(),
        model_mb=max(rss_mb() - before_rss, 0.0),
        cores=watched_cores(),
        device_mb=None if device is None or before_mb is None else max(device - before_mb, 0.0),
        idle=idle,
    )


@dataclass(frozen=True)
class _Bench:
    """Runs loads and reads every counter before and after each."""

    job: Job
    clock: Clock
    meter: Meter
    guests: frozenset[int]

    def runs(self, pipeline: Pipeline, serve: Serve) -> Iterator[LoadRun]:
        """Every load of the job, closed first: its rate is the ceiling of the others."""
        job, each = self.job, share_s(self.job)
        if "closed" in each:
            yield self._watched("closed", lambda: (closed(serve, self.clock, self._enough(each["closed"])), None))
            yield from self._batched(pipeline, each["closed"])
        if "paced" in each:
            parts = max(int(each["paced"] / job.line.takt_s), 1)
            yield self._watched("paced", lambda: (paced(serve, self.clock, job.line, parts, job.seed), None))
        if "saturate" in each:
            yield self._watched("saturate", lambda: self._saturated(serve, each["saturate"]))

    def _saturated(self, serve: Serve, seconds: float) -> tuple[Trace, float | None]:
        begun = self.clock.now()
        probe = closed(serve, self.clock, lambda spent, parts: parts < 5 or spent < 0.1 * seconds)
        ceiling = probe.throughput / self.job.line.cameras
        left = seconds - (self.clock.now() - begun)
        return saturate(serve, self.clock, self.job.line, ceiling, max(left, 0.5 * seconds), self.job.seed)

    def _batched(self, pipeline: Pipeline, seconds: float) -> Iterator[LoadRun]:
        """Closed at the best of the job's batches, where the model takes any batch."""
        if not self.job.batches or self.job.member.card.batch is not None:
            return
        tries = {n: _serving(replace(pipeline, batch=n)) for n in self.job.batches}
        rates = {n: n * closed(s, self.clock, _until(BATCH_PROBE_S, 3)).throughput for n, s in tries.items()}
        best = max(rates, key=lambda n: rates[n])
        enough = _until(max(seconds / 2, LEAST_BATCH_S), 5)
        yield self._watched("closed", lambda: (closed(tries[best], self.clock, enough), None), best)

    def _watched(self, load: LoadName, run: Callable[[], tuple[Trace, float | None]], batch: int = 1) -> LoadRun:
        before = snapshot(self.clock.now(), self.job.gpu)
        self.meter.start()
        trace, rate = run()
        used = self.meter.stop() if load != "saturate" else None  # a search holds many rates
        seen: Seen = between(before, snapshot(self.clock.now(), self.job.gpu), watched_cores(), self.guests)
        return LoadRun(load, batch, trace, seen, used, rate)

    def _enough(self, seconds: float) -> Callable[[float, int], bool]:
        return lambda spent, parts: spent < seconds or (parts < self.job.least and spent < LONGEST * seconds)


def share_s(job: Job) -> dict[LoadName, float]:
    """Seconds that each load of a job is given."""
    whole = sum(SHARES[name] for name in job.loads)
    return {name: job.seconds * (1 - WARM_SHARE) * SHARES[name] / whole for name in job.loads}


def _until(seconds: float, least: int) -> Callable[[float, int], bool]:
    return lambda spent, parts: spent < seconds or parts < least


def _serving(pipeline: Pipeline) -> Serve:
    stages = pipeline.serve()
    return lambda: next(stages)


def _idle(meter: Meter, clock: Clock) -> Used | None:
    """The machine's power at rest, where a counter tells it."""
    if not meter.rails:
        return None
    meter.start()
    clock.wait_until(clock.now() + IDLE_S)
    return meter.stop()


def _device_mb(gpu: int | None) -> float | None:
    nvml = open_nvml() if gpu is not None else None
    return nvml.now(gpu).used_mb if nvml is not None and gpu is not None else None


def rss_mb() -> float:
    """Resident memory of this process now, MB."""
    return float(psutil.Process().memory_info().rss) / 2**20


def watched_cores() -> int:
    """Cores whose counters are read: what shares of the machine are shares of."""
    return len(core_times())
