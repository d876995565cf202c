"""What the bench calls agreement and `at least as fast`: ratios of neighbours, against how far a setting strays."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import cycle, repeat

import numpy as np
import pytest

from appliance.cost.standing import LATENCY, THROUGHPUT
from appliance.cost.trial import Trial, Tried
from appliance.cost.watch import Seen
from appliance.engines.setting import EngineSetting
from appliance.engines.types import EngineFacts
from tests.audit.fakes import members
from tests.bench import bench_cost
from tests.bench.bench_cost import MOST_TRIES, Contest, Walk, candidate_of, undisturbed, verdict
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


def test_tools_take_turns_forwards_and_backwards() -> None:
    order: list[str] = []

    def noting(name: str) -> Callable[[], Figure]:
        return lambda: (order.append(name), Figure(1.0, 1.0, 1.0))[1]

    Walk.of({"a": noting("a"), "b": noting("b")}, ("a", "b"), 3)
    assert "".join(order) == "abbaab"


class Fake:
    """A loop whose turns take these ms."""

    def __init__(self, name: str, ms: Callable[[], float], order: list[str]) -> None:
        self._name, self._ms, self._order = name, ms, order

    def __enter__(self) -> "Fake":
        return self

    def __exit__(self, *_: object) -> None:
        self._order.append(f"end {self._name}")

    def turn(self, seconds: float) -> Figure:
        self._order.append(self._name)
        return Figure(ms := self._ms(), ms, 1000 / ms)


TRIALS = [Trial(members("a")[0], EngineSetting("cpu", threads=n), 1, 1, 0.4) for n in (1, 2)]
ONE, TWO = (candidate_of(trial) for trial in TRIALS)


def tried(ms: float, foreign: float = 0.0) -> Tried:
    facts = EngineFacts("cpu", "fp32", 1, "fake", "none")
    return Tried(facts, np.full(10, ms / 1000), 1000 / ms, Seen(1.0, foreign=foreign))


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> dict[int, Iterator[Tried]]:
    """By threads, the turns of our settings; those of the search and those held against the modes come from one row."""
    rows: dict[int, Iterator[Tried]] = {n: repeat(tried(10.0 * n)) for n in (1, 2)}
    monkeypatch.setattr(bench_cost, "living", lambda _: nullcontext(lambda trial: next(rows[trial.setting.threads])))
    return rows


def test_modes_and_settings_take_turns_between_the_passes_of_a_final(ours: dict[int, Iterator[Tried]]) -> None:
    order: list[str] = []
    names = ("latency: a", "throughput: b")
    contest = Contest({name: lambda name=name: Fake(name, lambda: 9.0, order) for name in names})
    with contest.beside(TRIALS) as turn:
        for trial in (*TRIALS, *TRIALS[::-1]):
            order.append(f"search {trial.setting.threads}")
            turn(trial)
        order.append("search 1")
        turn(TRIALS[0])
    there, back = names, names[::-1]
    assert [name for name in order if not name.startswith("end")] == [
        "search 1", "search 2", "search 2", *there, "search 1", "search 1", *back, *there
    ]  # fmt: skip
    assert [set(one) for one in contest.passes] == [{*names, ONE, TWO}, {*names, ONE, TWO}, {*names, ONE}]
    assert contest.strongest(ONE, LATENCY) == ("latency: a", pytest.approx(0.9), 0.0)
    assert contest.names(THROUGHPUT) == list(names)


def test_what_is_compared_meets_the_machine_in_one_state(ours: dict[int, Iterator[Tried]]) -> None:
    """From the fifth pass on the machine is twice as slow: the setting stays a tenth quicker, and its floor is 0."""
    for threads in (1, 2):
        ours[threads] = cycle([tried(9.0)] * 8 + [tried(18.0)] * 8)
    slow = cycle([10.0] * 4 + [20.0] * 4)
    contest = Contest({"latency: a": lambda: Fake("a", lambda: next(slow), [])})
    with contest.beside(TRIALS) as turn:
        for number in range(8):
            for trial in TRIALS if number % 2 == 0 else TRIALS[::-1]:
                turn(trial)
    assert len(contest.passes) == 8
    assert contest.strongest(ONE, LATENCY)[1:] == (pytest.approx(10 / 9), pytest.approx(0.0))


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
