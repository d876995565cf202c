"""Energy is a difference of counters over a window far above their period, or an estimate that says it is one."""

from pathlib import Path

import pytest

from appliance.cost.energy import Meter, Rail, Used, counted, estimated, rails


class Counter:
    """A counter of `watts` under a clock of its own, renewed every `period` seconds; reading it takes a millisecond."""

    def __init__(self, watts: float, period: float = 0.001, wraps: float = 0.0) -> None:
        self.time, self._watts, self._period, self._wraps = 0.0, watts, period, wraps

    def now(self) -> float:
        self.time += 0.0001
        return self.time

    def read(self) -> float:
        self.time += 0.0001
        joules = self._watts * self._period * int(self.time / self._period)
        return joules % self._wraps if self._wraps else joules


def _window(counter: Counter, seconds: float, wraps: float = 0.0) -> Used | None:
    meter = Meter([Rail("package-0", "rapl", counter.read, wraps)], counter.now)
    meter.start()
    counter.time += seconds
    return meter.stop()


def test_a_window_gives_the_counters_difference_and_its_update_period() -> None:
    used = _window(Counter(40.0, 0.01), 5.0)
    assert used is not None
    assert used.watts == pytest.approx(40.0, rel=0.02)
    assert used.update_s == pytest.approx(0.01, rel=0.1)
    found = counted(used, 100, None)
    assert found is not None
    assert found.mj == pytest.approx(2000.0, rel=0.02)
    assert found.low_mj < found.mj < found.high_mj
    assert (found.high_mj - found.mj) / found.mj == pytest.approx(2 * 0.01 / 5.0, rel=0.1)
    assert found.source == "rapl"
    assert found.hz == pytest.approx(100, rel=0.1)
    assert "processor only" in found.coverage


def test_a_counter_that_starts_again_is_followed() -> None:
    used = _window(Counter(40.0, 0.001, wraps=150.0), 2.0, 150.0)
    assert used is not None
    assert used.joules == pytest.approx(80.0, rel=0.01)


def test_a_window_too_short_for_the_counter_gives_nothing() -> None:
    assert counted(_window(Counter(40.0, 0.1), 0.5), 10, None) is None
    assert counted(None, 10, None) is None


def test_idle_stands_beside_it() -> None:
    idle = Used(10.0, 1.0, 0.001, ("package-0",), ("rapl",))
    found = counted(_window(Counter(40.0), 5.0), 100, idle)
    assert found is not None
    assert found.idle_watts == pytest.approx(10.0)


def test_without_a_counter_a_stated_power_gives_an_estimate_between_idle_and_full() -> None:
    found = estimated(60.0, 20.0, 0.5, 0.25)
    assert found is not None
    assert (found.low_mj, found.mj, found.high_mj) == pytest.approx((10_000.0, 15_000.0, 30_000.0))
    assert found.source == "estimate"
    assert "stated 60 W" in found.coverage
    assert estimated(0.0, 20.0, 0.5, 0.25) is None


def test_the_rails_of_this_processor_are_found_by_name(tmp_path: Path) -> None:
    for zone, name, joules in (("intel-rapl:0", "package-0", "5000000"), ("intel-rapl:0:0", "core", "1")):
        folder = tmp_path / "class/powercap" / zone
        folder.mkdir(parents=True)
        (folder / "name").write_text(name)
        (folder / "energy_uj").write_text(joules)
        (folder / "max_energy_range_uj").write_text("262143328850")
    found = rails(None, tmp_path)
    assert [rail.name for rail in found] == ["package-0"]
    assert found[0].read() == 5.0
    assert found[0].wraps_j == pytest.approx(262143.3, rel=1e-6)
    assert rails(None, tmp_path / "none") == ()
