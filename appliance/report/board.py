"""The page for the board: one sheet of A4, as HTML and as PDF, in one language."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from importlib.resources import files

from markupsafe import Markup

from appliance.advice.types import Advice, Money, Verdict
from appliance.errors import MachineFailed
from appliance.language.catalogue import Words, words
from appliance.report import board_words as said
from appliance.report.advice_words import VERDICTS, Told, told
from appliance.report.board_chart import NARROW, WIDE, Line, Mark, board_chart
from appliance.report.page import render
from appliance.score.types import Interval

KINDS = {Verdict.INVEST: "good", Verdict.HOLD_OFF: "bad", Verdict.TEST_FIRST: "open"}


def board_html(advice: Advice, started: str, language: str) -> str:
    """The page as text; started: when the run began, UTC, ISO 8601. Raises UsageError for an unknown language."""
    w, answer = words(language, said.DOMAIN), told(advice, language)
    style = files("appliance.report").joinpath("templates/board.css").read_text("utf-8")
    title, charts = _charts(answer, w)
    return str(
        render(
            "board.html",
            language=language,
            w=w,
            advice=advice,
            when=w.moment(datetime.fromisoformat(started), "long"),
            kind=KINDS[advice.decision.verdict],
            verdict=answer.w(VERDICTS[advice.decision.verdict]),
            head=answer.head(),
            text=said.board_text(answer, w),
            charts=charts,
            chart_title=title,
            style=Markup(style),  # noqa: S704 - our own style sheet
            policy=_policy(style),
        )
    )


def board_pdf(html: str) -> bytes:
    """The page as PDF, made by weasyprint; anything outside the page is refused.

    Raises MachineFailed without weasyprint, and where no installed font has the page's Japanese.
    """
    try:
        import weasyprint
    except (ImportError, OSError) as error:  # OSError: its system libraries (Pango) are missing
        raise MachineFailed(
            f"the PDF needs weasyprint: {error}",
            mend="pip install 'inspect-eval[pdf]', or print the HTML from a browser",
        ) from error
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=(), fail_on_errors=True)
    document = weasyprint.HTML(string=html, url_fetcher=fetcher).render()
    data: bytes = document.write_pdf()
    require_glyphs(font.missing for font in document.fonts.values())
    return data


def require_glyphs(missing: Iterable[Iterable[int]]) -> None:
    """Refuse a PDF with boxes in place of Japanese. missing: of each font used, the code points it was asked in vain.

    Raises MachineFailed that names the first of them.
    """
    lost = sorted({chr(code) for codes in missing for code in codes if _is_japanese(code)})
    if lost:
        raise MachineFailed(
            f"no installed font has Japanese ({''.join(lost[:5])}), so the PDF would show boxes",
            mend="install one, such as fonts-noto-cjk (`fc-list :lang=ja` lists them), or print the HTML elsewhere",
        )


def _is_japanese(code: int) -> bool:
    """Kana, ideographs and their punctuation."""
    return 0x3000 <= code <= 0x30FF or 0x4E00 <= code <= 0x9FFF


def _policy(style: str) -> str:
    digest = b64encode(sha256(style.encode()).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _charts(answer: Told, w: Words) -> tuple[str, dict[str, Markup]]:
    """The chart's title and the chart, wide and narrow; none where there is no size."""
    title, marks, show, line = _shown(answer, w)
    if not marks:
        return title, {}
    widths = {"wide": WIDE, "narrow": NARROW}
    return title, {name: board_chart(marks, title, show, line, width) for name, width in widths.items()}


def _shown(answer: Told, w: Words) -> tuple[str, list[Mark], Callable[[float], str], Line | None]:
    """What the chart shows, by what is known: net present value, else costs, else escape rates."""
    advice, figures = answer.advice, answer.figures
    sizes = [way for way in advice.ways if way.name != advice.reference]
    chosen = advice.decision.size
    if sizes and all(way.npv for way in sizes):
        notes = [w(said.NOTE_PAYS, pays=figures.chance(way.pays or 0.0)) for way in sizes]
        return (
            w(said.CHART_NPV, years=advice.horizon),
            _marks(sizes, [way.npv for way in sizes], notes, chosen),
            figures.money,
            Line(0.0, w(said.LINE_EVEN)),
        )
    if sizes and all(way.per_1000 for way in sizes):
        notes = [w(said.NOTE_BEST, best=figures.chance(way.best or 0.0)) for way in sizes]
        costs = [way.per_1000 for way in sizes]
        return w(said.CHART_COST), _marks(sizes, costs, notes, chosen), figures.money, _today(answer, w)
    rates: list[Interval | None] = [way.escape_rate for way in sizes]
    marks = _marks(sizes, rates, [""] * len(sizes), chosen)
    return w(said.CHART_RATE), marks, figures.share, _limit(answer, w)


def _marks(
    sizes: Sequence[Money], values: Sequence[Interval | None], notes: Sequence[str], chosen: str | None
) -> list[Mark]:
    known = zip(sizes, values, notes, strict=True)
    return [Mark(way.name, value, note, way.name == chosen) for way, value, note in known if value is not None]


def _today(answer: Told, w: Words) -> Line | None:
    today = answer.advice.way(answer.advice.reference)
    if today is None or today.per_1000 is None:
        return None
    cost = today.per_1000.estimate
    return Line(cost, w(said.LINE_TODAY, value=answer.figures.price(cost)))


def _limit(answer: Told, w: Words) -> Line | None:
    allowed = answer.advice.limits.get("escape_rate")
    return None if allowed is None else Line(allowed, w(said.LINE_LIMIT, value=answer.figures.share(allowed)))
