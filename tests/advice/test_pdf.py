"""Without weasyprint the HTML page is written all the same, and the line says what would make the PDF."""

import sys

import pytest

from appliance.errors import MachineFailed
from appliance.report.board import board_html, board_pdf
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
