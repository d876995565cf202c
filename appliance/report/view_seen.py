"""What is beside the grid, as sentences and rows: defects that vanish under a condition, and repeated shots."""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.language.tongue import mark
from appliance.report import units, words
from appliance.report.labels import condition_labels
from appliance.report.page import render
from appliance.report.sections import Section
from appliance.report.text import clip, plain
from appliance.score.sight import Sight, Vanished
from appliance.score.summary_types import Summary

_NAMED = 6
_MOST = 40


@dataclass(frozen=True)
class LostRow:
    """One condition that takes defects out of sight; `escapes` per member as `of vanished defects of all`."""

    label: str
    row: Vanished
    escapes: tuple[str, ...]


def sight_lines(summary: Summary) -> Iterator[str]:
    """What vanishes where, a sentence each; none without masks."""
    sight = summary.sight
    if sight is not None:
        yield from _masked_lines(sight)
        rows = lost_rows(summary)
        if rows:
            named = [
                words.SIGHT_ROW.format(condition=r.label, vanished=r.row.vanished, defects=r.row.defects) for r in rows
            ]
            more = [words.MORE.format(count=len(named) - _NAMED)] if len(named) > _NAMED else []
            yield plain(words.SIGHT_LOST.format(rows=", ".join([*named[:_NAMED], *more])))
        elif sight.masked > sight.even:
            yield words.SIGHT_ALL_SEEN


def _masked_lines(sight: Sight) -> Iterator[str]:
    plain_ones = sight.masked - sight.even
    yield words.SIGHT_MASKED.format(plain=plain_ones, masked=sight.masked, cnr=units.number(sight.cnr))
    if sight.even:
        yield words.SIGHT_EVEN.format(even=sight.even)


def lost_rows(summary: Summary) -> tuple[LostRow, ...]:
    """The conditions under which a defect vanishes, most first."""
    labels = condition_labels(summary.record)
    rows = () if summary.sight is None else summary.sight.conditions
    return tuple(
        LostRow(
            labels.get(row.condition, plain(row.condition)),
            row,
            tuple(words.SIGHT_ESCAPES.format(of_vanished=e.of_vanished, all=e.all) for e in row.escapes),
        )
        for row in rows
    )


def shot_lines(summary: Summary) -> Iterator[str]:
    """How repeatable every member's decisions are, a line each."""
    for row in summary.repeatability:
        yield words.SHOTS_ROW.format(
            member=plain(clip(row.member, 24)),
            unsteady=units.percent(row.unsteady.estimate),
            span=units.rate_span(row.unsteady),
            flips=f"{units.percent(row.flip_rate.estimate)} ({units.percent_span(row.flip_rate)} %)",
        )


def sight_section(summary: Summary) -> Section | None:
    """Defects that vanish, by condition."""
    if summary.sight is None:
        return None
    names = [member.name for member in summary.members]
    html = render("sight.html", lines=[*_masked_lines(summary.sight)], rows=lost_rows(summary)[:_MOST], names=names)
    return Section(words.SIGHT_HEAD, "sight", html, 65)


def repeatability_section(summary: Summary) -> Section | None:
    """The same part shot again and again."""
    if not summary.repeatability:
        return None
    shots = max(row.shots for row in summary.repeatability)
    return Section(
        mark("Repeatability"),
        "repeatability",
        render("repeatability.html", rows=summary.repeatability, shots=shots),
        66,
    )
