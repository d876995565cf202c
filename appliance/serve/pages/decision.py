"""Decision: invest, hold off or test first, as `inspect-eval advise` worked it out last."""

import json
from collections.abc import Callable
from typing import Any

from appliance.language.catalogue import words
from appliance.log import kept
from appliance.report import units
from appliance.report.advice_page import KIND, VERSION
from appliance.report.advice_words import DOMAIN
from appliance.report.board_chart import Mark, board_chart
from appliance.report.figures import Figures
from appliance.score.types import Interval
from appliance.serve.desk import View
from appliance.serve.figures import Figure, Table
from appliance.serve.page import Page
from appliance.serve.times import shown


def page(view: View) -> Page:
    """The decision made last, over whichever run it rests on."""
    found = _last(view)
    values: dict[str, Any] = {"found": found, "figures": figures(view), "rows": [], "text": {}, "run": None}
    if found:
        figure = Figures(words(view.w.language, DOMAIN), found["currency"])
        text = found["text"][view.w.language]
        rows = [_row(view, figure, text["names"], found["years"], way) for way in found["ways"]]
        values |= {"text": text, "rows": rows, "decided": shown(found["made"]), "run": found["run"]}
    return Page("decision.html", view.w("Decision"), "decision", values)


def _last(view: View) -> dict[str, Any] | None:
    run = kept.last_kept(view.log, KIND, VERSION)
    document = kept.kept(view.log, run, KIND, VERSION) if run else None
    return None if document is None else {"run": run, **json.loads(document)}


def _row(view: View, figure: Figures, names: dict[str, str], years: int, way: dict[str, Any]) -> dict[str, Any]:
    """One way of inspecting in words."""

    def spanned(name: str, show: Callable[[float], str]) -> tuple[str, str]:
        return _span(way[name], show)

    return {
        "name": names[way["name"]],
        "size": None if way["reference"] else way["name"],
        "chosen": way["chosen"],
        "escape": spanned("escape_rate", figure.share),
        "overkill": spanned("overkill_rate", figure.share),
        "per_1000": spanned("per_1000", figure.money),
        "npv": spanned("npv", figure.money),
        "payback": spanned("payback", lambda value: figure.years(value, years)),
        "pays": units.DASH if way["pays"] is None else figure.share(way["pays"]),
        "best": units.DASH if way["best"] is None else figure.share(way["best"]),
    }


def _span(span: list[float] | None, show: Callable[[float], str]) -> tuple[str, str]:
    """(estimate, low to high) as text."""
    if span is None:
        return units.DASH, ""
    estimate, low, high = (show(value) for value in span)
    return estimate, f"{low} {units.DASH} {high}"


def figures(view: View) -> list[Figure]:
    """What each size brings, else what it costs, else how often it errs, by what is known."""
    found = _last(view)
    sizes = [way for way in found["ways"] if not way["reference"]] if found else []
    if not found or not sizes:
        return []
    figure, w = Figures(words(view.w.language, DOMAIN), found["currency"]), view.w
    titles = {
        "npv": w("Net present value against today's way over {years} years", years=found["years"]),
        "per_1000": w("All costs per 1000 parts"),
        "escape_rate": w("Escape rate over the year"),
    }
    name = next(key for key in titles if all(way[key] for way in sizes) or key == "escape_rate")
    show = figure.share if name == "escape_rate" else figure.money
    marks = [Mark(way["name"], Interval(*way[name]), "", way["chosen"]) for way in sizes if way[name]]
    header = (w("size"), titles[name], w("low"), w("high"))
    rows = tuple((way["name"], *way[name]) for way in sizes if way[name])
    drawing = board_chart(marks, titles[name], show)
    return [Figure("decision", titles[name], drawing, lambda: Table(header, rows), "decision")]
