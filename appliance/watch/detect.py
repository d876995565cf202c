"""What a night found: limits breached, members that drift, scores that moved, parts left out, things uncovered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from appliance.counted import counted
from appliance.score.grid import ALL, CLEAN
from appliance.score.limits import RATES, judge
from appliance.score.summary_types import Summary
from appliance.score.types import LimitState
from appliance.sections.watch import AlertsSection
from appliance.watch.alert_types import Found, Severity
from appliance.watch.readings import Reading
from appliance.watch.rules import fitting
from appliance.watch.subset import Grid, Subset

NAMED = 3
PARTS_LOST = 0.02
"""Share of the parts that may be left out without a word."""

LIMIT_WORDS = {"escape_rate": ("escape rate", "NG parts"), "overkill_rate": ("overkill rate", "OK parts")}


@dataclass(frozen=True)
class _Breach:
    """One cell over a limit: rates 0..1; `place` is the condition the alert goes by."""

    member: str
    condition: str
    limit: str
    allowed: float
    observed: float
    upper: float
    place: str


def breached_limits(summary: Summary, section: AlertsSection) -> Iterator[Found]:
    """Limits whose rate is over them, on clean parts and under binding conditions; one alert a member and limit.

    A rule of site.toml may set a limit of its own; it then holds under every condition that the rule names.
    """
    groups: dict[tuple[str, str, str], list[_Breach]] = {}
    for breach in _breaches(summary, section):
        groups.setdefault((breach.limit, breach.member, breach.place), []).append(breach)
    for (limit, member, place), breaches in groups.items():
        worst = sorted(breaches, key=lambda breach: -breach.observed)
        yield Found(
            rule=f"limit {limit}",
            member=member,
            condition=place,
            severity=_weight(section, member),
            what=_limit_sentence(worst),
            details={
                "value": worst[0].observed,
                "upper": worst[0].upper,
                "limit": worst[0].allowed,
                "conditions": [breach.condition for breach in worst],
            },
        )


def _weight(section: AlertsSection, member: str) -> Severity:
    """Critical for a member that runs on the line, information for the others; a warning where nobody said which."""
    if not section.line_members:
        return Severity.WARNING
    return Severity.CRITICAL if member in section.line_members else Severity.INFO


def _breaches(summary: Summary, section: AlertsSection) -> Iterator[_Breach]:
    binding = {(v.member, v.condition) for v in summary.limits if v.binding}
    for (member, condition), cell in summary.cells.items():
        for name, rate_of in RATES.items():
            rule = fitting(section, f"limit {name}", member, condition)
            own = rule.limit if rule is not None else None
            allowed = own if own is not None else summary.record.head.limits.get(name)
            if allowed is None or (own is None and (member, condition) not in binding):
                continue
            rate = rate_of(cell)
            if rate.n and judge(rate, allowed)[0] is LimitState.BREACHED:
                named = rule is not None and "*" not in rule.conditions
                place = condition if named or condition == CLEAN else ALL
                yield _Breach(member, condition, name, allowed, rate.estimate, rate.upper, place)


def _limit_sentence(worst: Sequence[_Breach]) -> str:
    first = worst[0]
    words, parts = LIMIT_WORDS[first.limit]
    where = "on clean parts" if first.condition == CLEAN else f"under {first.condition}"
    more = f" and {counted(len(worst) - 1, 'more condition')}" if len(worst) > 1 else ""
    return (
        f"{words} of {first.member} is {percent(first.observed)} of {parts} {where}{more}, "
        f"over the limit of {percent(first.allowed)} (upper bound {percent(first.upper)})"
    )


def moved_scores(readings: Sequence[Reading], same_pictures: bool, changes: Sequence[str]) -> Iterator[Found]:
    """Scores that differ from the baseline's though every picture is the same: something in the machine has changed."""
    moved = [reading for reading in readings if reading.moved and reading.condition != ALL]
    if not moved or not same_pictures:
        return
    members = list(dict.fromkeys(reading.member for reading in moved))
    flips = sum(round(reading.flips * reading.n) for reading in moved)
    why = " ".join(changes) or "Nothing that is recorded has changed."
    yield Found(
        rule="moved",
        member="",
        condition="",
        severity=Severity.INFO,
        what=f"scores of {listed(members)} moved for the same pictures, {flips} decisions with them. {why}",
        details={"changes": list(changes), "decisions": flips, "cells": len(moved)},
    )


def lost_parts(summary: Summary, section: AlertsSection) -> Iterator[Found]:
    """More parts left out than may be."""
    lost = [w for w in summary.record.warnings if w.kind == "part"]
    rule = fitting(section, "parts", "", "")
    allowed = PARTS_LOST if rule is None or rule.limit is None else rule.limit
    share = len(lost) / max(len(lost) + len(summary.record.parts), 1)
    if share > allowed:
        what = f"{len(lost)} parts left out ({percent(share)}), the first: {lost[0].file}: {lost[0].what}"
        yield Found("parts", "", "", Severity.WARNING, what, details={"value": share, "limit": allowed})


def failed_members(summary: Summary) -> Iterator[Found]:
    """Members that gave nothing."""
    for warning in summary.record.warnings:
        if warning.kind == "member":
            member = warning.what.partition(":")[0]
            yield Found("health", member, "", Severity.CRITICAL, warning.what, details={"mend": warning.mend})


def thin_coverage(grid: Grid, subset: Subset, asked: int, minutes: float) -> Iterator[Found]:
    """Covering everything takes more nights than the site asks for."""
    if subset.nights > asked:
        enough = minutes * subset.nights / asked
        what = (
            f"covering all {grid.cells} cells takes {subset.nights} nights of {minutes:g} min; "
            f"{asked} were asked for: about {enough:.0f} min a night would do"
        )
        yield Found("coverage", "", "", Severity.INFO, what, details={"value": subset.nights, "limit": asked})


def percent(share: float) -> str:
    """`1.2 %`."""
    return f"{100 * share:.1f} %"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, c and 2 more`."""
    shown = [*names[:NAMED], f"{len(names) - NAMED} more"] if len(names) > NAMED + 1 else list(names)
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
