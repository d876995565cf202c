"""The report as a list of sections: each a function of the summary, placed by its rank.

To add one, write `def mine(summary: Summary) -> Section | None` and hand it to `write_report(..., extra=[mine])`.
Its html may use the classes of report.css; style attributes are blocked by the page's policy, so rules of its own
go into `css`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from appliance.language.tongue import mark
from appliance.report import chart_size, words
from appliance.report.labels import condition_labels
from appliance.report.page import render
from appliance.report.pictures import Album, Picture, part_views
from appliance.report.series import looks
from appliance.report.view_curves import curve_panels
from appliance.report.view_envelopes import envelope_tables
from appliance.report.view_heat import escape_measure, heat_map, legend
from appliance.report.view_limits import board
from appliance.report.view_rows import MOST_ROWS, cost_columns, flat, pair_groups, size_rows, warnings_by_kind
from appliance.score.summary_types import Summary
from appliance.score.types import Interval, Rate


@dataclass(frozen=True)
class Section:
    """One part of the page; `rank` orders them (the built-in ones stand at 10, 20 .. 110), `css` is its own rules."""

    title: str
    anchor: str
    html: Markup
    rank: int
    css: str = ""


_OPEN_PARTS = 9  # worst parts that show without a click

SectionMaker = Callable[[Summary], Section | None]


def limits(summary: Summary) -> Section:
    """State of the limits for every size."""
    html = render(
        "limits.html",
        board=board(summary),
        states=words.LIMIT_STATES,
        most=MOST_ROWS,
        labels=condition_labels(summary.record),
        summary=summary,
    )
    return Section(mark("State of the limits"), "limits", html, 10)


def sizes(summary: Summary) -> Section:
    """The table of sizes."""
    return Section(mark("Sizes"), "sizes", render("sizes.html", rows=size_rows(summary), summary=summary), 20)


def _interval(rate: Rate) -> Interval:
    return Interval(rate.estimate, rate.low, rate.high)


def robustness(summary: Summary) -> Section | None:
    """Size against robustness, where there are two sizes to compare."""
    every = [
        chart_size.SizePoint(member.name, float(member.macs), _interval(member.clean.accuracy), member.mean_accuracy)
        for member in summary.members
    ]
    points = chart_size.drawable(every)
    if len(points) < 2:
        return None
    wide, narrow = chart_size.size_chart(points), chart_size.size_chart(points, 370, 340)
    return Section(
        mark("Size against robustness"), "robustness", render("robustness.html", wide=wide, narrow=narrow), 30
    )


def heat(summary: Summary) -> Section | None:
    """What each condition costs each size."""
    drops, escapes = heat_map(summary), heat_map(summary, escape_measure)
    if not drops:
        return None
    html = render(
        "heat.html", drops=drops, escapes=escapes, legend=legend(), names=[member.name for member in summary.members]
    )
    return Section(mark("Accuracy lost under each condition"), "conditions", html, 40)


def curves(summary: Summary) -> Section | None:
    """Accuracy against severity."""
    panels = curve_panels(summary)
    if not panels:
        return None
    styles = looks(tuple(member.name for member in summary.members))
    return Section(mark("Accuracy against severity"), "curves", render("curves.html", panels=panels, styles=styles), 50)


def envelopes(summary: Summary) -> Section | None:
    """How far each limit holds, in physical units."""
    tables = envelope_tables(summary)
    if not tables:
        return None
    names = [member.name for member in summary.members]
    return Section(mark("Envelopes"), "envelopes", render("envelopes.html", tables=tables, names=names), 60)


def pairs(summary: Summary) -> Section | None:
    """Differences between sizes on the same parts."""
    groups = pair_groups(summary)
    return (
        Section(mark("Sizes compared on the same parts"), "pairs", render("pairs.html", groups=groups), 70)
        if groups
        else None
    )


def worst(summary: Summary, picture: Picture | None) -> Section | None:
    """The worst parts as pictures."""
    views = part_views(summary, Album(picture))
    return (
        Section(mark("Worst parts"), "worst", render("worst.html", views=views, open=_OPEN_PARTS), 80)
        if views
        else None
    )


def cost(summary: Summary) -> Section | None:
    """What inference costs."""
    if not summary.costs:
        return None
    return Section(mark("Cost"), "cost", render("cost.html", rows=summary.costs, **cost_columns(summary.costs)), 90)


def review(summary: Summary) -> Section:
    """Warnings, left-out parts, and labels to look at again."""
    html = render("review.html", kinds=warnings_by_kind(summary), contradicted=summary.contradicted, most=MOST_ROWS)
    return Section(mark("Warnings and parts to review"), "review", html, 100)


def method(summary: Summary) -> Section:
    """How it was measured."""
    head = summary.record.head
    html = render(
        "method.html",
        summary=summary,
        head=head,
        config=list(flat(head.config)),
        environment=list(flat(head.environment)),
    )
    return Section(mark("How it was measured"), "method", html, 110)


def makers(picture: Picture | None) -> tuple[SectionMaker, ...]:
    """The built-in sections."""
    return (
        limits,
        sizes,
        robustness,
        heat,
        curves,
        envelopes,
        pairs,
        partial(worst, picture=picture),
        cost,
        review,
        method,
    )
