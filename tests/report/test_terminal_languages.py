"""The answer on a terminal in Japanese: no English sentence is left but what the log itself holds."""

from collections.abc import Callable
from dataclasses import replace
from io import StringIO

from rich.console import Console

from appliance.language.tongue import filled, speaking
from appliance.report.terminal import print_comparison, print_summary
from appliance.report.terminal_trade import print_trade
from appliance.score.compare import CellChange, Comparison
from appliance.score.summary import summarise
from appliance.score.trade import Bought, Trade
from appliance.score.types import Interval
from tests.language.shown import english_in
from tests.report import build
from tests.score.build import drawn

SOME = Interval(2.0, 1.0, 3.0)


def told(show: Callable[[Console], None]) -> str:
    """What it prints in Japanese."""
    out = StringIO()
    with speaking("ja"):
        show(Console(file=out, width=4000, highlight=False))
    return out.getvalue()


def test_a_run() -> None:
    def show(to: Console) -> None:
        found = summarise(*drawn())
        print_summary(replace(found, record=replace(found.record, warnings=())), to)

    text = told(show)
    assert "外乱なし" in text
    assert english_in(text) == []


def test_a_run_with_its_cost_and_warnings() -> None:
    summary = replace(build.summary(), verdict="", notes=(), changes=())
    text = told(lambda to: print_summary(replace(summary, record=replace(summary.record, warnings=())), to))
    assert "各数値の下は95 %区間です。p99は上限値" in text
    reasons = [cost.reason for cost in summary.costs if cost.reason]  # as they stand in the log
    assert english_in(text, "piped paper", *reasons) == []
    assert "警告" in told(lambda to: print_summary(summary, to))


def test_a_comparison_and_what_training_bought() -> None:
    cells = tuple(
        CellChange("m", "m", key, 480, SOME, SOME, SOME, build.rate(4, 480), 3, 1, 0.01, 0.01)
        for key in ("clean", "all", "defocus@4")
    )
    verdict = filled("No difference in accuracy is shown {over}.", over=filled("on {parts} shared parts", parts=480))
    found = Comparison("run-a", "run-b", 480, 2, ("clean", "defocus@4"), cells, (), verdict)
    assert english_in(told(lambda to: print_comparison(found, to))) == []
    one = Bought("m", 1000, SOME, SOME, SOME, SOME, SOME, 9.0, "l")
    bought = Trade("standard", "hardened", 480, 2, (one,))
    assert english_in(told(lambda to: print_trade(bought, to))) == []
