"""The section on size: law by law, drawn, with the table of where clean and perturbed verdicts disagree."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from appliance.language.tongue import mark, w
from appliance.law.drawing import CSS
from appliance.law.plot import law_svg
from appliance.law.plot_value import value_svg
from appliance.law.tell import JUDGED, choice_lines, disputes, gain, lead, summary_lines, verdict_lines
from appliance.law.types import Law, LawReport
from appliance.report.feasible import hard_limit_lines, hard_limits, hard_limits_svg
from appliance.report.labels import condition_labels
from appliance.report.page import render
from appliance.report.sections import Section
from appliance.score.summary_types import Summary

RANK = 35
WIDE = """
.law-wide { margin: 0 0 1.5rem; max-width: 52rem; } .law-wide p { max-width: none; }
.law-hard { margin: 0; max-width: 26rem; }
"""
QUANTITIES = {
    "error": mark("Accuracy"),
    "drop": mark("Accuracy kept against clean"),
    "flip": mark("Decisions kept against clean"),
    "escape": mark("NG parts caught"),
}


@dataclass(frozen=True)
class Drawn:
    """One law ready for the page. `narrow` and `value_narrow` are for a phone; `value` are the acceptability curves.

    `lead` is the answer; `said` both verdicts, where the gain ends and which sizes are worth buying.
    """

    title: str
    law: Law
    chart: Markup
    narrow: Markup
    value: Markup
    value_narrow: Markup
    lead: str
    said: tuple[str, ...]


def laws_section(report: LawReport) -> Callable[[Summary], Section | None]:
    """A section maker for `write_report(..., extra=[...])`."""

    def make(summary: Summary) -> Section | None:
        if not report.laws:
            return None
        labels = {**condition_labels(summary.record), "mean": w("mean over all conditions"), "clean": w("clean parts")}
        drawn = [_drawn(law, labels, report.unit) for law in report.laws]
        first = [d for d in drawn if d.law.quantity == "error" and d.law.condition in ("clean", "mean")]
        rest = [d for d in drawn if d not in first]
        told = [e for e in report.effective if e.spans]
        limits = hard_limits(summary)
        picture = Markup(hard_limits_svg(limits) if limits else "")  # noqa: S704 - our own drawing, which escapes every name
        hard = {"hard": hard_limit_lines(limits) if limits else [], "hard_picture": picture}
        shown = {"first": first, "rest": rest, "all": drawn, "labels": labels, "told": told, "judged": JUDGED}
        html = render(
            "laws.html", report=report, summary=summary_lines(report), disputes=_disputes(report), **shown, **hard
        )
        return Section(mark("Does size still pay here?"), "laws", html, RANK, CSS + WIDE)

    return make


def _drawn(law: Law, labels: dict[str, str], unit: str) -> Drawn:
    small = not (law.quantity == "error" and law.condition in ("clean", "mean"))
    title = w(", ").join([str(QUANTITIES.get(law.quantity, law.quantity)), labels.get(law.condition, law.condition)])
    charts = [law_svg(law, unit=unit, small=small), law_svg(law, unit=unit, small=True)]
    charts += ["" if small or law.value is None else value_svg(law.value, small=narrowly) for narrowly in (False, True)]
    chart, narrow, value, value_narrow = (Markup(c) for c in charts)  # noqa: S704 - our own drawings, which escape every name
    return Drawn(title, law, chart, narrow, value, value_narrow, lead(law), (*verdict_lines(law), *choice_lines(law)))


def _disputes(report: LawReport) -> list[tuple[str, list[tuple[str, str, str, str]]]]:
    """Head and rows (condition, verdict, gain, sizes judged over) of where the clean verdict does not carry over."""
    return [
        (
            head,
            [
                (d.condition, w(d.perturbed.value), gain(d.perturbed_slope), w(", ").join(d.perturbed_slope.over))
                for d in rows
            ],
        )
        for head, rows in disputes(report)
    ]
