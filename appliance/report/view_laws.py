"""The section on size: law by law, drawn, with the table of where clean and perturbed verdicts disagree."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from appliance.law.drawing import CSS
from appliance.law.plot import law_svg
from appliance.law.types import Law, LawReport
from appliance.report.labels import condition_labels
from appliance.report.page import render
from appliance.report.sections import Section
from appliance.score.summary_types import Summary

RANK = 35
WIDE = ".law-wide { margin: 0 0 1.5rem; max-width: 52rem; } .law-wide p { max-width: none; }"
QUANTITIES = {
    "error": "Accuracy",
    "drop": "Accuracy kept against clean",
    "flip": "Decisions kept against clean",
    "escape": "NG parts caught",
}


@dataclass(frozen=True)
class Drawn:
    """One law ready for the page."""

    title: str
    law: Law
    chart: Markup


def laws_section(report: LawReport) -> Callable[[Summary], Section | None]:
    """A section maker for `write_report(..., extra=[...])`."""

    def make(summary: Summary) -> Section | None:
        if not report.laws:
            return None
        labels = {**condition_labels(summary.record), "mean": "mean over all conditions", "clean": "clean parts"}
        drawn = [_drawn(law, labels, report.unit) for law in report.laws]
        first = [d for d in drawn if d.law.quantity == "error" and d.law.condition in ("clean", "mean")]
        rest = [d for d in drawn if d not in first]
        html = render("laws.html", report=report, first=first, rest=rest, all=drawn, labels=labels)
        return Section("Does size still pay here?", "laws", html, RANK, CSS + WIDE)

    return make


def _drawn(law: Law, labels: dict[str, str], unit: str) -> Drawn:
    small = not (law.quantity == "error" and law.condition in ("clean", "mean"))
    title = f"{QUANTITIES.get(law.quantity, law.quantity)}, {labels.get(law.condition, law.condition)}"
    chart = Markup(law_svg(law, unit=unit, small=small))  # noqa: S704 - our own drawing, which escapes every name
    return Drawn(title, law, chart)
