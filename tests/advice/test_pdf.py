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
