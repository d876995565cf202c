"""The queue against closed forms, and against a discrete-event simulation by simpy."""

from collections.abc import Iterator

import numpy as np
import pytest
import simpy

from appliance.sizing.queueing import Arrivals, parts_to_prove, simulate, sojourn, unseen_share
from appliance.sizing.work import Floats


def test_deterministic_arrivals_and_service_never_wait() -> None:
    """D/D/1 under full load: every part takes exactly its service time."""
    times = sojourn(np.arange(1000) * 1.0, np.full(1000, 0.7))
    assert times == pytest.approx(np.full(1000, 0.7))


def test_deterministic_overload_grows_by_the_excess() -> None:
    """D/D/1 over full load: part k waits k times the excess."""
    times = sojourn(np.arange(500) * 1.0, np.full(500, 1.25))
    assert times == pytest.approx(1.25 + 0.25 * np.arange(500))


@pytest.mark.parametrize("used", [0.3, 0.6, 0.85])
def test_poisson_arrivals_and_constant_service_wait_as_pollaczek_and_khinchine_say(used: float) -> None:
    """M/D/1: mean wait = used * service / (2 (1 - used))."""
    rng = np.random.default_rng(11)
    n = 400_000
    arrivals = np.cumsum(rng.exponential(1.0, n))
    waits = sojourn(arrivals, np.full(n, used)) - used
    assert waits.mean() == pytest.approx(used * used / (2 * (1 - used)), rel=0.05)


def by_simpy(arrivals: Floats, work: Floats) -> Floats:
    """The same queue, event by event."""
    env = simpy.Environment()
    server = simpy.Resource(env, 1)
    latency = np.zeros(len(work))

    def part(k: int) -> Iterator[simpy.Event]:
        yield env.timeout(float(arrivals[k]))
        with server.request() as turn:
            yield turn
            yield env.timeout(float(work[k]))
        latency[k] = env.now - arrivals[k]

    for k in range(len(work)):
        env.process(part(k))
    env.run()
    return latency


def test_the_recursion_is_the_event_simulation() -> None:
    rng = np.random.default_rng(5)
    line = Arrivals(takt_s=1.0, gate_s=1.0, jitter_s=0.4, burst=3)
    arrivals = line.times(3000, rng)
    arrivals -= arrivals.min()
    work = rng.lognormal(-0.4, 0.6, 3000)
    assert sojourn(arrivals, work) == pytest.approx(by_simpy(arrivals, work))


def test_a_burst_waits_for_itself() -> None:
    """Four parts at once, each 0.1 s: the last takes 0.4 s, so with a gate of 0.35 s a quarter is late."""
    found = simulate(Arrivals(takt_s=1.0, gate_s=0.35, burst=4), np.full(101, 100.0))
    assert found.late_ppm == pytest.approx(250_000, rel=0.01)
    assert found.late_upper_ppm > found.late_ppm
    assert found.used == pytest.approx(0.1)


def test_cameras_multiply_the_work() -> None:
    one, three = (simulate(Arrivals(1.0, 1.0, cameras=n), np.full(101, 100.0)) for n in (1, 3))
    assert three.used == pytest.approx(3 * one.used)
    assert three.p99_ms == pytest.approx(3 * one.p99_ms)


def test_what_does_not_fit_the_takt_is_late_altogether() -> None:
    found = simulate(Arrivals(0.1, 0.1), np.full(101, 120.0))
    assert (found.late_ppm, found.late_upper_ppm) == (1e6, 1e6)
    assert found.used == pytest.approx(1.2)


def test_few_measurements_bound_nothing_below_what_they_may_have_missed() -> None:
    """459 without a slow one prove 0.65 %, not less, however fast they were."""
    assert unseen_share(459) == pytest.approx(1 - 0.05 ** (1 / 459))
    found = simulate(Arrivals(1.0, 1.0), np.full(101, 1.0), unseen=unseen_share(459))
    assert found.late_ppm == 0.0
    assert found.late_upper_ppm == pytest.approx(1e6 * unseen_share(459), rel=0.02)


@pytest.mark.parametrize(("ppm", "cameras"), [(10_000.0, 1), (100.0, 1), (1000.0, 4)])
def test_parts_to_prove_is_the_smallest_number_that_does(ppm: float, cameras: int) -> None:
    n = parts_to_prove(ppm, cameras)

    def share(k: int) -> float:
        return 1e6 * (1 - (1 - unseen_share(k)) ** cameras)

    assert share(n) <= ppm * (1 + 1e-9) < share(n - 1) * (1 + 1e-6)
