"""What the bench calls agreement and `at least as fast`: ratios of medians, against how far a setting strays."""

from collections.abc import Callable

import pytest

from tests.bench import bench_cost
from tests.bench.bench_cost import MOST_TRIES, Turns, undisturbed, verdict
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


def test_a_ratio_is_of_medians_over_the_rounds_and_the_floor_the_worst_pair() -> None:
    turns = Turns.of({"a": tool(10, 30, 11), "b": tool(20, 22, 22), "b again": tool(21, 22, 20)}, 3)
    assert turns.ratio("median_ms", "b", "a") == pytest.approx(2.0)
    assert turns.floor("median_ms", "b", "b again") == pytest.approx(0.10)
    assert turns.floor("rate", "b", "b again") == pytest.approx(0.10)


def test_tools_take_turns_forwards_and_backwards() -> None:
    order: list[str] = []

    def noting(name: str) -> Callable[[], Figure]:
        return lambda: (order.append(name), Figure(1.0, 1.0, 1.0))[1]

    Turns.of({"a": noting("a"), "b": noting("b")}, 3)
    assert "".join(order) == "abbaab"


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
