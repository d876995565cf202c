"""Without weasyprint the HTML page is written all the same, and the line says what would make the PDF."""

import re
import sys

import pytest

from appliance.advice.sequential import standing
from appliance.errors import MachineFailed
from appliance.report.advice_words import told
from appliance.report.board import board_html, board_pdf
from appliance.report.terminal_advice import print_advice
from tests.advice.build import PRICES, advised, site


def test_a_missing_library_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(MachineFailed, match="the PDF needs weasyprint") as caught:
        board_pdf("<p>page</p>")
    assert "pip install 'inspect-eval[pdf]'" in caught.value.mend


def test_japanese_that_no_font_has_is_refused_by_name() -> None:
    never = "\u3040"  # in the block of hiragana, and assigned to no letter: no font has it
    with pytest.raises(MachineFailed, match=f"no installed font has Japanese \\({never}\\)") as caught:
        board_pdf(f"<p>page {never}</p>")
    assert "fonts-noto-cjk" in caught.value.mend


def test_other_glyphs_that_no_font_has_do_not_stop_the_pdf() -> None:
    assert board_pdf("<p>page \U000f0000</p>").startswith(b"%PDF")


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("prices", ["", 'reference = "none"\n', PRICES])
def test_the_page_is_whole_whatever_is_known(language: str, prices: str) -> None:
    html = board_html(advised(site(prices)), "2026-01-02T03:04:05Z", language)
    assert html.count("<dt>") == 3
    assert "<svg" in html
    assert "{" not in html.split("</style>")[1]


def test_the_page_asks_for_nothing_outside() -> None:
    from weasyprint.urls import FatalURLFetchingError

    with pytest.raises(FatalURLFetchingError):
        board_pdf('<img src="http://example.invalid/x.png">')


ENGLISH = r"[A-Za-z]{3,} [A-Za-z]{3,}"
COMMANDS = r"inspect-eval( [a-z-]+)+|albumentations\S*"


@pytest.mark.parametrize("prices", ["", 'reference = "none"\n', PRICES])
def test_a_japanese_decision_holds_no_english_sentence(prices: str, capsys: pytest.CaptureFixture[str]) -> None:
    advice = advised(site(prices))
    page = re.sub(
        r"<style>.*?</style>|<[^>]+>", "\n", board_html(advice, "2026-01-02T03:04:05Z", "ja"), flags=re.DOTALL
    )
    print_advice(told(advice, "ja"), [standing("escape", 1, 100, 0.05)])
    for shown in (page, capsys.readouterr().out):
        assert re.findall(ENGLISH, re.sub(COMMANDS, "", shown)) == []
        assert "見逃し" in shown


def test_a_phone_gets_a_chart_of_its_own_with_letters_of_full_size() -> None:
    page = board_html(advised(), "2026-01-02T15:04:05Z", "en")
    wide, narrow = (page.split(f'<div class="{name}">')[1].split("</svg>")[0] for name in ("wide", "narrow"))
    assert 'viewBox="0 0 680 ' in wide
    assert 'viewBox="0 0 350 ' in narrow
    for chart in (wide, narrow):
        assert 'font-size="13"' in chart
        assert "break-even" in chart
        places = [float(x) for x in re.findall(r'<text x="([-\d.]+)"[^>]*text-anchor="middle"', chart)]
        assert len(places) >= 3


@pytest.mark.parametrize(
    ("prices", "line"),
    [(PRICES, "break-even"), (PRICES.replace('reference = "manual"', ""), ""), ("", "limit 20\u00a0%")],
)
def test_what_the_values_are_held_against_is_drawn_and_named(prices: str, line: str) -> None:
    page = board_html(advised(site(prices)), "2026-01-02T15:04:05Z", "en")
    assert page.count("stroke-dasharray") == (2 if line else 0)
    assert line in page


def test_the_day_comes_before_the_month_and_the_hour_is_of_24() -> None:
    assert "2 January 2026, 15:04:05 UTC" in board_html(advised(), "2026-01-02T15:04:05Z", "en")
    assert "2026年1月2日 15:04:05 UTC" in board_html(advised(), "2026-01-02T15:04:05Z", "ja")


def test_figures_are_as_precise_as_they_are_known() -> None:
    figures = told(advised(), "en").figures
    assert [figures.money(value) for value in (46_123.0, -1_234.0, 1_234_567.0)] == ["€46K", "\u2212€1,200", "€1.2M"]
    assert figures.price(4_250.0) == "€4,250"
    assert [figures.chance(value) for value in (0.0, 0.0015, 0.126, 0.9985, 1.0)] == [
        "under 1\u00a0%",
        "under 1\u00a0%",
        "13\u00a0%",
        "over 99\u00a0%",
        "over 99\u00a0%",
    ]
