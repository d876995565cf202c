"""Latency counts from the schedule, the queue included; the highest rate that holds is the server's own."""

import numpy as np
import pytest

from appliance.cost.drive import STAGES, closed, holds, paced, saturate
from appliance.cost.loads import Line, arrivals
from appliance.cost.warm import warm_up
from tests.cost.fakes import FakeClock, FakeServer, growing


def test_closed_runs_parts_back_to_back() -> None:
    clock = FakeClock()
    trace = closed(FakeServer(clock, [0.010]), clock, lambda seconds, parts: parts < 50)
    assert trace.latency == pytest.approx(np.full(50, 0.010))
    assert trace.throughput == pytest.approx(100.0)
    assert trace.stages.sum(axis=1) == pytest.approx(trace.service)
    assert trace.stages.shape == (50, len(STAGES))


def test_a_fast_server_waits_and_every_latency_is_its_service_time() -> None:
    clock = FakeClock()
    trace = paced(FakeServer(clock, [0.010]), clock, Line(0.1), 20, seed=1)
    assert trace.latency == pytest.approx(np.full(20, 0.010))
    assert clock.waited == pytest.approx(20 * 0.1 - 19 * 0.010)


def test_latency_counts_from_the_schedule_when_a_part_had_to_queue() -> None:
    """A stall of 0.35 s at a takt of 0.1 s: the three parts behind it wait, though the server is fast again."""
    clock = FakeClock()
    trace = paced(FakeServer(clock, [0.35, *[0.01] * 9]), clock, Line(0.1), 10, seed=1)
    assert trace.latency == pytest.approx([0.35, 0.26, 0.17, 0.08, *[0.01] * 6])
    assert trace.service == pytest.approx([0.35, *[0.01] * 9])


def test_latencies_with_jitter_are_lindleys_recursion() -> None:
    line, rng = Line(0.1, 0.04), np.random.default_rng(5)
    service = rng.uniform(0.05, 0.12, 500)
    clock = FakeClock()
    trace = paced(FakeServer(clock, service), clock, line, 500, seed=9)
    due, free, wanted = arrivals(line, 9), 0.0, []
    for took in service:
        arrival = next(due)
        free = max(free, arrival) + took
        wanted.append(free - arrival)
    assert trace.latency == pytest.approx(wanted)


def test_a_burst_of_cameras_is_answered_when_its_last_picture_is() -> None:
    clock = FakeClock()
    trace = paced(FakeServer(clock, [0.010, 0.020, 0.030]), clock, Line(0.5, cameras=3), 4, seed=1)
    assert trace.latency == pytest.approx(np.full(4, 0.060))


@pytest.mark.parametrize("service", [0.004, 0.020])
def test_saturate_finds_the_rate_of_a_constant_server(service: float) -> None:
    """D/D/1: every rate up to 1 / service holds any deadline of at least the service time."""
    clock = FakeClock()
    trace, rate = saturate(FakeServer(clock, [service]), clock, Line(1.0), 1 / service, 20.0, seed=1)
    assert rate is not None
    assert 0.93 / service <= rate <= 1 / service
    assert holds(trace, Line(1.0))


def test_bursts_and_a_short_deadline_lower_the_rate() -> None:
    """Half the parts take 30 ms, half 2 ms, gate 35 ms: at the mean rate 30 ms parts queue behind each other."""
    clock, rng = FakeClock(), np.random.default_rng(2)
    service = rng.choice([0.002, 0.030], 5000)
    ceiling = 1 / service.mean()
    trace, rate = saturate(FakeServer(clock, service), clock, Line(1.0, deadline_s=0.035), ceiling, 60.0, seed=1)
    assert rate is not None
    assert rate < 0.75 * ceiling
    assert np.mean(trace.latency > 0.035) <= 0.01


def test_no_rate_holds_a_deadline_below_the_service_time() -> None:
    clock = FakeClock()
    _, rate = saturate(FakeServer(clock, [0.05]), clock, Line(1.0, deadline_s=0.04), 20.0, 10.0, seed=1)
    assert rate is None


def test_warm_up_ends_when_three_windows_agree_and_says_after_how_many_parts() -> None:
    clock = FakeClock()
    found = warm_up(FakeServer(clock, growing(1.0, 0.8, 15, 0.03)), clock, 60.0)
    assert found.settled
    assert 30 <= found.parts < 60


def test_a_machine_that_never_settles_is_not_called_warm() -> None:
    clock = FakeClock()
    found = warm_up(FakeServer(clock, growing(0.01, 1.03, 400, 0.03)), clock, 20.0)
    assert not found.settled
