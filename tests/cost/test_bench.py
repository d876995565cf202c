"""What the bench calls agreement and `at least as fast`: ratios of neighbours, against how far a setting strays."""

from collections.abc import Callable

import pytest

from tests.bench import bench_cost
from tests.bench.bench_cost import CHOSEN, MOST_TRIES, Walk, against, undisturbed, verdict
from tests.bench.tools import Figure, number


@pytest.fixture(autouse=True)
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if nothing else ran on this machine."""
    monkeypatch.setattr(bench_cost, "beside", lambda run: (0.0, run()))


def tool(*medians: float) -> Callable[[], Figure]:
    """A tool whose rounds take these ms, and do the pictures that follow."""
    left = iter(medians)
    return lambda: Figure(ms := next(left), 0.9 * ms, 1000 / ms)


def test_other_tools_figures_are_read_in_milliseconds_whatever_they_print() -> None:
    assert number("Median", "[ INFO ]    Median:        157.34 us\n") == pytest.approx(0.15734)
    assert number("Median", "[ INFO ]    Median:        5.75 ms\n") == 5.75
    assert number("Throughput", "[ INFO ] Throughput:   3202.82 FPS\n") == 3202.82


def test_a_machine_that_is_slow_for_a_while_is_so_for_neighbours() -> None:
    """b takes a tenth more; from the third run on the machine is twice as slow: medians by tool would say 0.73."""
    walk = Walk.of({"a": tool(10, 20, 20, 20), "b": tool(11, 11, 22, 22)}, ("a", "b", "b", "a"), 2)
    assert walk.ratio("median_ms", "b", "a") == pytest.approx(1.1)
    assert walk.ratio("rate", "a", "b") == pytest.approx(1.1)


def test_the_floor_is_what_a_tool_differs_from_itself_by() -> None:
    steady = Walk.of({"a": tool(*[10] * 6), "b": tool(*[20] * 6)}, ("a", "b", "b", "a"), 3)
    assert steady.floor("median_ms", "a", "b", pairs=6) == 0.0
    wild = Walk.of({"a": tool(10, 10, 15, 10, 15, 10), "b": tool(*[20] * 6)}, ("a", "b", "b", "a"), 3)
    assert wild.floor("median_ms", "a", pairs=1) == pytest.approx(0.5)
    assert wild.floor("median_ms", "a", "b", pairs=1) == pytest.approx(0.5)
    assert wild.floor("median_ms", "a", "b", pairs=9) == 0.0, "the median of nine seldom meets a wild pair"


def test_the_chosen_setting_is_held_against_the_mode_it_gains_least_on() -> None:
    modes = {"slow": tool(*[30] * 5), "quick": tool(*[9] * 5)}
    contest = against(tool(*[10] * 15), modes)
    assert contest.strongest("median_ms")[:2] == ("quick", pytest.approx(0.9))
    assert contest.names() == ["quick", "slow"]


def test_tools_take_turns_forwards_and_backwards() -> None:
    order: list[str] = []

    def noting(name: str) -> Callable[[], Figure]:
        return lambda: (order.append(name), Figure(1.0, 1.0, 1.0))[1]

    Walk.of({"a": noting("a"), "b": noting("b")}, ("a", "b"), 3)
    assert "".join(order) == "abbaab"


def test_the_chosen_setting_runs_before_and_after_every_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_cost, "ROUNDS", 2)
    contest = against(lambda: Figure(1.0, 1.0, 1.0), {"x": lambda: Figure(1.0, 1.0, 1.0)})
    assert [name for name, _ in contest.walk.runs][:3] == [CHOSEN, "x", CHOSEN]


@pytest.mark.parametrize(
    ("ratio", "floor", "word"),
    [(1.02, 0.0, "holds"), (0.97, 0.04, "holds"), (0.97, 0.02, "MISSED"), (1.2, 0.4, "noisy"), (0.7, 0.4, "noisy")],
)
def test_at_least_as_fast_is_one_or_more_within_the_floor(ratio: float, floor: float, word: str) -> None:
    assert verdict(ratio, floor)[-1] == word


def test_a_disturbed_run_is_made_again_and_the_least_disturbed_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    shares = iter([0.4, 0.2, 0.01, 0.9, 0.9, 0.3, 0.5, 0.8])
    monkeypatch.setattr(bench_cost, "beside", lambda run: (next(shares), run()))
    assert undisturbed(tool(10, 11, 12)).median_ms == 12, "the first quiet one"
    assert undisturbed(tool(*range(20, 20 + MOST_TRIES))).median_ms == 22, "none was quiet: 0.3 is the least"
