"""One member measured in this process and in a fresh one, with engines of known behaviour."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.cost.closed import closed_costs, cost_row
from appliance.cost.drive import STAGES, Trace
from appliance.cost.energy import Used
from appliance.cost.fresh import in_fresh_process, rounds
from appliance.cost.job import Job, LoadRun, Measured, Refused
from appliance.cost.loads import LOADS, Line
from appliance.cost.measure import measure
from appliance.cost.pipeline import Pipeline, reject
from appliance.cost.rows import Stated, elsewhere, member_rows, spread
from appliance.cost.warm import Warmth
from appliance.cost.watch import Seen
from appliance.engines.types import EngineFacts
from appliance.log.types import Outcomes
from appliance.tasks import TASKS
from tests.audit.fakes import MeanSpec, members, plan, write_parts
from tests.cost.fakes import FakeClock

FACTS = EngineFacts("cpu", "fp32", 2, "fake 1", "none", (("cpu", 1.0),))


def job(tmp_path: Path, spec: MeanSpec | None = None, **changes: object) -> Job:
    base = Job(
        members("a")[0], spec or MeanSpec(), write_parts(tmp_path, 4), "classification", None, Line(0.02), LOADS, 1.0
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def run(ms: float, n: int = 500, **changes: object) -> LoadRun:
    """A closed load of n parts that took `ms` each, a hundredth of it in every stage but inference."""
    begun = ms / 1000 * np.arange(n)
    stages = np.full((n, len(STAGES)), ms / 1e5)
    took = ms / 1000 * np.random.default_rng(0).uniform(0.999, 1.001, n)
    trace = Trace(begun, begun, begun + took, stages)
    base = LoadRun("closed", 1, trace, Seen(n * ms / 1000, cpu_s=n * ms / 1000))
    return replace(base, **changes)  # type: ignore[arg-type]


def measured(*runs: LoadRun, **changes: object) -> Measured:
    base = Measured(FACTS, 0.1, 0.02, Warmth(True, 30), runs, 200.0, 80.0, 4)
    return replace(base, **changes)  # type: ignore[arg-type]


def test_every_load_is_run_from_file_to_verdict_and_every_stage_is_timed(tmp_path: Path) -> None:
    found = measure(job(tmp_path, batches=(2, 4)))
    assert [(r.load, r.batch > 1) for r in found.runs] == [(n, b) for n, b in
        (("closed", False), ("closed", True), ("paced", False), ("saturate", False))]  # fmt: skip
    closed = found.runs[0].trace
    took = closed.stages.sum(axis=0)
    assert all(took[STAGES.index(name)] > 0 for name in ("decode", "preprocess", "infer", "postprocess", "verdict"))
    assert took[STAGES.index("copy in")] == 0
    assert (closed.stages.sum(axis=1) <= closed.service + 1e-9).all()
    assert found.load_s > 0
    assert found.first_s > 0
    assert found.peak_rss_mb > 20


class DeviceEngine:
    """An engine of its own memory: a run takes 10 ms, of which 2 are the copy in and 3 the copy out."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def run(self, batch: np.ndarray) -> np.ndarray:
        self._clock.time += 0.010
        return np.zeros((len(batch), 2), np.float32)

    def copies(self) -> tuple[float, float]:
        return 0.002, 0.003

    def facts(self) -> EngineFacts:
        return FACTS


def test_copies_of_a_device_are_stages_of_their_own(tmp_path: Path) -> None:
    clock, parts = FakeClock(), write_parts(tmp_path, 2)
    pipeline = Pipeline(parts, None, members("a")[0], DeviceEngine(clock), TASKS["classification"], clock, batch=2)
    stages = dict(zip(STAGES, next(pipeline.serve()), strict=True))
    assert [stages[name] for name in ("copy in", "infer", "copy out")] == pytest.approx([0.002, 0.005, 0.003])


def test_a_part_is_rejected_if_any_picture_is_ng_or_was_not_scored() -> None:
    def outcomes(score: list[float], ng: list[bool]) -> Outcomes:
        return Outcomes(np.array(score, np.float32), np.array(ng))

    assert not reject(outcomes([-1.0, -2.0], [False, False]))
    assert reject(outcomes([-1.0, 2.0], [False, True]))
    assert reject(outcomes([-1.0, float("nan")], [False, False]))


def test_a_fresh_process_measures_and_comes_back(tmp_path: Path) -> None:
    found = in_fresh_process(job(tmp_path, loads=("closed",), seconds=0.2))
    assert isinstance(found, Measured)
    assert found.facts.provider == "fake"


@pytest.mark.parametrize(
    ("spec", "says"),
    [(MeanSpec(refuse="a"), "will not open"), (MeanSpec(kill="a"), r"ended the process that measured it \(SIGSEGV\)")],
)
def test_a_member_that_cannot_run_is_a_failed_row_with_its_reason(tmp_path: Path, spec: MeanSpec, says: str) -> None:
    import re

    given = job(tmp_path, spec, loads=("closed",))
    found = member_rows(given, [in_fresh_process(given)])
    assert [(row.state, row.n, row.mean_ms) for row in found] == [("failed", 0, None)]
    assert re.search(says, found[0].reason)


def test_rounds_go_through_the_jobs_in_turn_and_give_up_on_one_that_was_refused(tmp_path: Path) -> None:
    jobs = [replace(job(tmp_path), member=member) for member in members("abc")]
    order: list[str] = []

    def fake(given: Job) -> Measured | Refused:
        order.append(given.member.name)
        return Refused("no") if given.member.name == "b" else measured()

    answers = rounds(jobs, 3, run=fake)
    assert order == ["a", "b", "c", "a", "c", "a", "c"]
    assert [len(found) for found in answers] == [3, 1, 3]


def test_two_rounds_are_one_row_whose_spread_is_the_noise(tmp_path: Path) -> None:
    given = job(tmp_path, loads=("closed",))
    row = member_rows(given, [measured(run(10.0)), measured(run(10.4))])[0]
    assert row.noise == pytest.approx(0.4 / 10.2, rel=1e-3)
    assert (row.n, row.rounds, row.state) == (1000, 2, "valid")
    assert row.mean_ms == pytest.approx(10.2, rel=1e-3)
    assert row.throughput == pytest.approx(1000 / 10.2, rel=1e-3)
    assert row.cpu_ms == pytest.approx(10.2)
    assert row.p99_ms == pytest.approx(10.4, rel=2e-3)
    assert row.latency_q[0] == pytest.approx(10.0, rel=2e-3)
    assert (row.deadline_ms, row.takt_s) == (None, None)
    assert row.load_ms == pytest.approx(100.0)


def test_one_round_knows_no_noise_and_a_wide_spread_is_unstable(tmp_path: Path) -> None:
    given = job(tmp_path, loads=("closed",))
    assert member_rows(given, [measured(run(10.0))])[0].noise is None
    assert member_rows(given, [measured(run(10.0)), measured(run(13.0))])[0].state == "unstable"


def test_a_saturated_row_tells_the_lower_rate_of_its_rounds_and_what_was_late(tmp_path: Path) -> None:
    given = job(tmp_path, loads=("saturate",), line=Line(0.02, 0.005, deadline_s=0.015))
    paced = replace(run(10.0).trace, rate=50.0)
    found = [measured(run(10.0, load="saturate", trace=paced, rate=rate)) for rate in (50.0, 45.0)]
    row = member_rows(given, found)[0]
    assert row.throughput == 45.0
    assert row.takt_s == pytest.approx(0.02)
    assert (row.late, row.deadline_ms, row.wait_ms, row.energy) == (0, 15.0, 0.0, None)
    none = member_rows(given, [measured(run(10.0, load="saturate", trace=paced, rate=None))])[0]
    assert none.throughput is None


def test_energy_of_counters_spans_the_rounds_and_an_estimate_says_so(tmp_path: Path) -> None:
    given = job(tmp_path, loads=("closed",))
    used = [Used(joules, 5.0, 0.001, ("package-0",), ("rapl",)) for joules in (100.0, 110.0)]
    counted = member_rows(given, [measured(run(10.0, used=u)) for u in used])[0].energy
    assert counted is not None
    assert counted.mj == pytest.approx(210.0)
    assert counted.low_mj < 200.0
    assert counted.high_mj > 220.0
    stated = member_rows(given, [measured(run(10.0))], Stated(60.0, 20.0))[0].energy
    assert stated is not None
    assert stated.source == "estimate"
    assert stated.mj == pytest.approx((20 + 40 / 4) * 10.0, rel=1e-3)  # one core of four at work, 10 ms a part
    assert member_rows(given, [measured(run(10.0))])[0].energy is None


def test_nodes_on_the_cpu_of_a_gpu_member_are_a_fall_back() -> None:
    gpu = replace(FACTS, provider="cuda", placement=(("cuda", 0.9), ("cpu", 0.1)))
    assert elsewhere(gpu) == (("cpu", 0.1),)
    assert elsewhere(FACTS) == ()


def test_spread_needs_two() -> None:
    assert spread([3.0]) is None
    assert spread([1.0, 3.0]) == 1.0


def test_an_audit_measures_the_closed_load_of_every_member(tmp_path: Path) -> None:
    seen: list[Job] = []

    def fake(given: Job) -> Measured:
        seen.append(given)
        return measured(run(10.0))

    rows = closed_costs(plan(write_parts(tmp_path, 6)), 2.0, fake)
    assert [row.member for row in rows] == ["a", "b", "c"]
    assert {(given.loads, given.seconds) for given in seen} == {(("closed",), 2.0)}
    assert rows[0].p50 == pytest.approx(10.0, rel=1e-3)


def test_a_figure_that_is_missing_is_nan_in_the_log(tmp_path: Path) -> None:
    failed = member_rows(job(tmp_path), [Refused("no")])[0]
    assert np.isnan(cost_row(failed).mean)
