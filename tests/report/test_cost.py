"""A cost record on the page and on the terminal: every figure, what n does not support, hostile names harmless."""

from dataclasses import replace

import pytest
from rich.console import Console

from appliance.cost.compare import compare_costs
from appliance.cost.price import Price
from appliance.cost.record import CostRecord
from appliance.report import chart_cost, view_cost
from appliance.report.html import report_html
from appliance.report.section_cost import Priced, cost_section
from appliance.report.terminal_cost import print_changes, print_cost
from tests.cost.build import ENERGY, record, row
from tests.report import build
from tests.report.page import read
from tests.report.test_charts import assert_inside, parse, titles

QUANTILES = tuple(1.0 + n / 10 for n in range(101))
PACED = row(
    "s", load="paced", takt_s=0.5, jitter_s=0.02, cameras=3, deadline_ms=200.0, late=2, latency_q=QUANTILES,
    n=40, n_effective=31.0, p90_ms=None, p99_ms=None, state="too few", reason="40 parts do not support a p99 bound",
)  # fmt: skip
SATURATE = row("s", load="saturate", takt_s=0.1, deadline_ms=200.0, throughput=None, latency_q=QUANTILES, energy=None)
HOSTILE = "<script>alert(1)</script>\u202e"


def given() -> CostRecord:
    return record(row("s", latency_q=QUANTILES), row("s", batch=8), PACED, SATURATE, row("xxl", latency_q=QUANTILES))


def told(found: CostRecord, width: int = 120) -> str:
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        print_cost(found, console)
    return " ".join(capture.get().split())


def test_the_terminal_says_every_figure_and_what_n_does_not_support() -> None:
    text = told(given())
    assert "40 (31) 4 n < 44 n < 459" in text
    assert "not supported by n" in text
    assert "a part every 0.5 s, up to 20 ms early or late, 3 cameras at once, deadline 200 ms" in text
    assert "s, paced: 2 of 40 parts were later than the deadline of 200 ms" in text
    assert "no rate that was tried holds the deadline of 200 ms" in text
    assert "too few: s paced: 40 parts do not support a p99 bound" in text
    assert "from RAPL counters (package-0)" in text
    assert "A difference below 2 % is noise" in text


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        print_cost(given(), console)
    assert max(map(len, capture.get().splitlines())) <= width
    assert "closed x8" in capture.get() or width >= 100


def test_an_estimate_is_called_one_everywhere() -> None:
    guess = replace(ENERGY, source="estimate", coverage="from the stated 60 W at work and 20 W at rest")
    found = record(row(energy=guess))
    assert "Energy is an estimate from the stated 60 W" in told(found)
    assert view_cost.energy(found.rows[0]) == "~50"


def test_many_alike_doubts_are_one_sentence_with_the_worst_figure() -> None:
    rows = [row(f"m{n}", state="contended", reason=f"other work took {n}0% of the cores") for n in range(1, 9)]
    assert list(view_cost.doubts(rows)) == ["contended: all 8 results: other work took 80% of the cores, at the worst"]
    assert list(view_cost.doubts([*rows[:1], row("v")])) == ["contended: m1 closed: other work took 10% of the cores"]
    assert next(view_cost.doubts([*rows, row("v")])).startswith("contended: 8 of 9 results")


def test_a_member_that_failed_has_dashes_and_its_reason() -> None:
    failed = row(
        "q", state="failed", reason="no such operator", mean_ms=None, median_ms=None, p50_ms=None, p90_ms=None,
        p99_ms=None, throughput=None, n=0, n_effective=0.0, latency_q=(), stages_ms={}, noise=None, energy=None,
    )  # fmt: skip
    text = told(record(row("s"), failed))
    assert "failed: q closed: no such operator" in text
    assert view_cost.bounds(failed) == ["\u2013"] * 3


def test_the_page_replaces_the_runs_own_cost_by_the_record() -> None:
    priced = Priced([Price("s", 0.25, 30.0, False, 0.04, -1.2, ())], "EUR", 0.5)
    html = report_html(build.summary(), extra=[cost_section(given(), priced)])
    page = read(html)
    assert [a["id"] for a in page.named("section")].count("cost") == 1
    assert "not supported by n" in page.text
    assert "Where the time of one part goes" in page.text
    assert "Per 1000 parts" in page.text
    assert "Measured in the same run" not in page.text


def test_without_a_record_the_runs_own_cost_stays() -> None:
    assert "Measured in the same run" in read(report_html(build.summary(), extra=[cost_section(None)])).text


def test_hostile_names_do_nothing_on_page_and_terminal() -> None:
    found = record(row(HOSTILE, latency_q=QUANTILES, state="failed", reason=HOSTILE))
    html = report_html(build.summary(), extra=[cost_section(found)])
    assert "<script" not in html
    assert "\u202e" not in html
    assert "\u202e" not in told(found)


@pytest.mark.parametrize("width", [370.0, 1060.0])
def test_charts_stay_inside_their_frame_and_name_every_row(width: float) -> None:
    rows = chart_cost.drawable(given().rows)
    assert [r.load for r in rows] == ["closed", "paced", "saturate", "closed"]
    latency = parse(chart_cost.latency_chart(rows, width))
    assert_inside(latency)
    assert "s, closed: median 6 ms, p99 at most 6 ms" in titles(latency)
    assert "s, paced: median 6 ms, p99 not supported by n" in titles(latency)
    stages = parse(chart_cost.stage_chart(view_cost.stage_rows(given()), view_cost.stages(given()), width))
    assert_inside(stages)
    assert "xxl, infer: 3 ms" in titles(stages)


def test_a_comparison_on_the_terminal() -> None:
    console = Console(width=100, highlight=False)
    with console.capture() as capture:
        print_changes(compare_costs(record(row(noise=0.03)), record(row(median_ms=7.8, noise=0.03))), console)
    assert "slower" in capture.get()
    assert "3.9 ms" in capture.get()
