"""The page as a file: complete, inert, small, and written whole or not at all."""

import itertools
import re
import time
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from markupsafe import Markup

from appliance.errors import MachineFailed
from appliance.report.html import report_html, write_report
from appliance.report.page import style_sheet
from appliance.report.sections import Section
from appliance.score.summary_types import Summary
from tests.report import build, hostile
from tests.report.page import Page, read

SECTIONS = [
    "limits", "sizes", "robustness", "conditions", "curves", "envelopes", "pairs", "worst", "cost", "review", "method",
]  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 3000


def picture(part: str, condition: str) -> bytes:
    assert part
    assert condition
    return PNG


@pytest.fixture(scope="module")
def html() -> str:
    return report_html(build.summary(), picture)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return read(html)


def empty() -> Summary:
    """Nothing was finished."""
    whole = build.only_clean()
    record = replace(whole.record, parts=(), members=(), conditions=(), cells=())
    return replace(whole, record=record, members=(), cells={}, verdict="")


def test_sections_come_in_order_and_are_linked(page: Page) -> None:
    assert [attributes["id"] for attributes in page.named("section")] == SECTIONS
    links = {attributes["href"] for attributes in page.named("a")}
    assert links == {f"#{anchor}" for anchor in [*SECTIONS, "top"]}
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_page_says_what_the_run_says(page: Page) -> None:
    summary = build.summary()
    for text in (
        summary.verdict, *summary.notes, *summary.changes, summary.record.head.config_digest, "A limit is breached",
        "ZPB03/NoDefects/ZPB03_017.png", "replace the file or take it out", "feedfacecafe", "Zen 4", "10 of 240",
        "not reached", "n too small", "contended", "another process used 34 % of the CPU",
    ):  # fmt: skip
        assert text in page.text, text


@pytest.mark.parametrize(
    "summary",
    [build.summary(), build.only_clean(), build.with_failures(), empty(), hostile.summary()],
    ids=["full", "clean", "failures", "empty", "hostile"],
)
def test_every_summary_gives_a_sound_page(summary: Summary) -> None:
    html = report_html(summary)
    page = read(html)
    assert page.named("main")
    assert not page.named("script", "iframe", "object", "embed", "link", "base", "form")
    assert all(not key.startswith("on") and key != "style" for _, found in page.elements for key in found)
    assert all(not found.get("href", "#").strip().startswith(("java", "http")) for _, found in page.elements)
    assert not re.search(r"\bnan\b", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL), re.IGNORECASE)
    assert "None" not in page.text


def test_page_has_no_address_outside_itself(html: str) -> None:
    assert not re.search(r"https?:|//[a-z]|@import|url\(", html)
    assert all(found["src"].startswith("data:image/png;base64,") for found in read(html).named("img"))


def test_policy_allows_the_very_style_sheet_and_nothing_else(html: str, page: Page) -> None:
    policies = [found["content"] for found in page.named("meta") if found.get("http-equiv")]
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = b64encode(sha256(style[0].encode()).digest()).decode()
    assert len(style) == 1
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    ]


def test_hostile_text_is_shown_and_does_nothing() -> None:
    html = report_html(hostile.summary())
    page = read(html)
    assert "<script" not in html
    assert "<img" not in html
    assert "window.hostile=1" in page.text
    assert "{{ 7*7 }}" in page.text
    assert "\\u202e" in page.text
    assert not set(html) & set("\u202e\u2066\u200b\x1b\x07")
    html.encode()


def test_sizes_say_where_cost_was_not_measured() -> None:
    page = read(report_html(replace(build.summary(), costs=())))
    assert "Cost was not measured." in page.text
    assert "Throughput" not in page.text
    assert "cost" not in [attributes["id"] for attributes in page.named("section")]


def test_tables_and_pictures_can_be_read_aloud(page: Page) -> None:
    assert all(found.get("scope") in ("row", "col") for found in page.named("th"))
    assert all(found.get("alt") for found in page.named("img"))
    assert all(found.get("role") == "img" or found.get("aria-hidden") == "true" for found in page.named("svg"))
    assert all(found.get("aria-label") for found in page.named("svg") if found.get("role") == "img")
    levels = [int(tag[1]) for tag, _ in page.elements if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert page.named("html")[0]["lang"] == "en"


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(a: str, b: str) -> float:
    light, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


_TEXT = [(ink, back) for ink in ("ink", "soft", "good", "open", "bad", "link") for back in ("paper", "card")]
_TEXT += [(kind, f"{kind}-back") for kind in ("good", "open", "bad")]
_TEXT += [("h-low", shade) for shade in ("h0", "h1", "h2", "h3", "h4", "hb")] + [("h-high", "h5"), ("h-high", "h6")]
_DRAWN = [(colour, "paper") for colour in ("clean", "mean", "axis", *(f"s{index}" for index in range(8)))]


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_contrast_is_enough_in_every_scheme(scheme: int) -> None:
    """WCAG 2 AA: 4.5 for text, 3 for what is drawn."""
    block = re.findall(r":root \{(.*?)\}", style_sheet(), re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6});", block))
    assert [pair for pair in _TEXT if _contrast(colours[pair[0]], colours[pair[1]]) < 4.5] == []
    assert [pair for pair in _DRAWN if _contrast(colours[pair[0]], colours[pair[1]]) < 3] == []


def test_a_large_run_is_small_and_quick() -> None:
    summary = build.summary(repeats=2)
    assert len(summary.record.conditions) == 81
    report_html(build.only_clean())
    start = time.process_time()
    html = report_html(summary)
    assert time.process_time() - start < 3
    assert len(html.encode()) < 2_000_000


def test_pictures_stop_at_the_size_limit() -> None:
    summary = build.summary()
    html = report_html(summary, lambda part, condition: PNG * 1500)
    assert "limit is reached" in html
    assert len(html) < 8_000_000


def test_long_lists_are_cut_and_say_so() -> None:
    summary = build.summary()
    many = replace(summary, record=replace(summary.record, warnings=build.WARNINGS[:1] * 5000))
    page = read(report_html(many))
    assert "The first 200 are shown; all are in the log." in page.text
    assert "(5,000)" in page.text or "(5000)" in page.text
    assert page.text.count("the file is truncated") == 200


def test_other_areas_add_sections_where_their_rank_says() -> None:
    def law(summary: Summary) -> Section:
        assert summary.members
        return Section("Law", "law", Markup('<p class="law">0.5 pp</p>'), 35, ".law { color: red; }")

    page = read(report_html(build.summary(), extra=[law, lambda _: None]))
    anchors = [attributes["id"] for attributes in page.named("section")]
    assert anchors[anchors.index("law") - 1] == "robustness"
    assert ".law { color: red; }" in report_html(build.summary(), extra=[law])


def test_css_of_a_section_cannot_close_the_style_sheet() -> None:
    with pytest.raises(ValueError, match="markup"):
        report_html(build.only_clean(), extra=[lambda _: Section("", "x", Markup(""), 1, "</style>")])


def test_report_replaces_the_old_one_whole(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "run.html"
    write_report(build.only_clean(), path)
    first = path.read_text("utf-8")
    write_report(build.only_clean(("other",)), path)
    assert path.read_text("utf-8") != first
    assert [file.name for file in path.parent.iterdir()] == ["run.html"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_failed_write_keeps_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.html"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MachineFailed, match="No space left") as caught:
        write_report(build.only_clean(), path)
    assert caught.value.file == str(path)
    assert caught.value.mend
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["run.html"]


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineFailed, match="cannot be written"):
        write_report(build.only_clean(), tmp_path / "file" / "run.html")
