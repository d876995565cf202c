"""The answer on a terminal, at three widths and without colour."""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from rich.console import Console

from appliance.report.terminal import print_comparison, print_summary
from appliance.score.compare import CellChange, Comparison
from appliance.score.summary_types import Summary
from appliance.score.types import Interval
from tests.report import build, hostile

WIDTHS = (80, 100, 120)


def console(width: int, terminal: bool = False) -> Console:
    colours: Literal["truecolor"] | None = "truecolor" if terminal else None
    return Console(width=width, file=io.StringIO(), highlight=False, force_terminal=terminal, color_system=colours)


def shown(summary: Summary, width: int = 80, report: Path | None = None) -> str:
    to = console(width)
    print_summary(summary, to, report)
    assert isinstance(to.file, io.StringIO)
    return to.file.getvalue()


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_longer_than_the_terminal_and_no_figure_is_cut(width: int) -> None:
    text = shown(build.summary(), width)
    assert max(map(len, text.splitlines())) <= width
    assert "\u2026" not in text
    head = text.split("Below each figure")[0]
    for member in build.summary().members:
        line = next(line for line in head.splitlines() if line.startswith(f"{member.name} "))
        assert f"{100 * member.clean.accuracy.estimate:.1f}" in line.split()
        assert f"{member.mean_drop.estimate:.1f}" in line.split()
    for figure in ("95.9\u201398.9", "98.8\u2013100.0", "2.0\u20137.5", "11.4\u201313.8"):
        assert any(figure in line.split() for line in head.splitlines()), figure


@pytest.mark.parametrize("width", WIDTHS)
def test_everything_that_matters_is_said(width: int) -> None:
    text = flat(shown(build.summary(), width, Path("reports/a.html")))
    assert flat(build.summary().verdict) in text
    assert "Limits: A limit is breached" in text
    assert "escape rate, at most 2.0 %" in text
    assert "n too" in text
    assert "small" in text
    assert "* m: contended, another process used 34 % of the CPU" in text
    assert "closed load, batch 1, cpu fp32, threads 2" in text
    assert "ZPB03/NoDefects/ZPB03_017.png: the file is truncated (to mend: replace the file or take it out)" in text
    assert "labels that every size contradicts: 1" in text
    assert text.endswith("Report: reports/a.html")


def test_colour_repeats_words_and_can_go() -> None:
    to = console(100, terminal=True)
    print_summary(build.summary(), to)
    assert isinstance(to.file, io.StringIO)
    assert "\x1b[" in to.file.getvalue()
    assert "\x1b[" not in shown(build.summary(), 100)


@pytest.mark.parametrize("width", [40, *WIDTHS])
def test_hostile_names_are_inert(width: int) -> None:
    to = console(width, terminal=True)
    print_summary(hostile.summary(), to, Path("[red]x[/red].html"))
    assert isinstance(to.file, io.StringIO)
    text = to.file.getvalue()
    text.encode()
    assert not set(text) & set("\u202e\u2066\u200b\x07\udcff")
    assert "\x1b[31m\x1b" not in text
    assert "\x1b]8;" not in text
    assert "[red]x[/red].html" in text


@pytest.mark.parametrize("summary", [build.only_clean(), build.with_failures()], ids=["clean", "failures"])
def test_odd_runs_have_an_answer(summary: Summary) -> None:
    text = shown(summary)
    assert "nan" not in text.lower()
    assert "None" not in text
    assert flat(summary.verdict) in flat(text)


def test_a_run_without_limits_or_cost_says_so() -> None:
    text = shown(build.only_clean())
    assert "No limits are set" in text
    assert "Warnings" not in text
    assert "batch" not in text


def test_many_warnings_are_counted() -> None:
    summary = build.summary()
    many = replace(summary, record=replace(summary.record, warnings=build.WARNINGS * 500))
    text = shown(many)
    assert "Warnings: 2000" in text
    assert "and 1992 more; see the report" in text
    assert len(text.splitlines()) < 100


def change(condition: str, gain: float, p: float) -> CellChange:
    value = Interval(gain, gain - 1, gain + 1)
    return CellChange("m", "m", condition, 480, value, value, value, build.rate(4, 480), 3, 1, p, p)


def compared(cells: Sequence[CellChange], width: int = 80) -> str:
    found = Comparison(
        "run-a", "run-b", 480, 2, ("clean", "defocus@4"), tuple(cells), ("The seed went from 1 to 2.",), "Of 3 ..."
    )
    to = console(width)
    print_comparison(found, to)
    assert isinstance(to.file, io.StringIO)
    return to.file.getvalue()


def test_comparison_shows_clean_mean_and_what_differs() -> None:
    text = compared(
        [change("clean", 0, 1), change("all", -2, 0.2), change("defocus@4", -5, 0.01), change("jpeg@85", 0, 0.9)]
    )
    assert "run-a to run-b: 480 shared parts" in text
    assert "worse" in text
    assert "JPEG" not in text
    assert "The seed went from 1 to 2." in text
    assert "parts that are in one run only: 2" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "better" in compared([change("defocus@4", 5, 0.01)])


def test_comparison_is_bounded() -> None:
    text = compared([change(f"defocus@{index}", -5 - index, 0.001) for index in range(60)])
    assert "and 40 more cells that differ significantly" in text
