"""Charts that alarm, as findings: what moved, since when, how often that is chance, and what changed meanwhile."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from appliance.score.grid import ALL, CLEAN
from appliance.watch.alert_types import Found, Severity
from appliance.watch.changepoints import last_change
from appliance.watch.charts import Chart, ChartSetting
from appliance.watch.detect import NAMED, percent
from appliance.watch.readings import Reading
from appliance.watch.runlength import ewma_run_length, ewma_sd, ewma_width

LEADING = (CLEAN, ALL)
"""The charts an alert goes by. A chart of one condition has a wider limit, so that all of them together give a false
alarm as seldom as one of these."""


def drifting(
    charts: Sequence[Chart], readings: Sequence[Reading], setting: ChartSetting, changes: Sequence[str]
) -> Iterator[Found]:
    """One finding a member for clean parts, one for the mean over conditions, one for conditions that stand out.

    charts: over all nights of the baseline; readings: of tonight, which alone can open an alert.
    """
    tonight = {(reading.member, reading.condition): reading for reading in readings}
    fresh = [chart for chart in charts if (chart.member, chart.condition) in tonight]
    leading = [chart for chart in fresh if chart.condition in LEADING]
    for (member, condition), alarmed in _by_cell([chart for chart in leading if chart.alarm]).items():
        yield _leading(alarmed, tonight[member, condition], readings, changes, len(leading))
    covered = {(c.member, c.condition) for c in leading if c.alarm}
    single = [chart for chart in fresh if chart.condition not in LEADING]
    yield from _standing_out(single, covered, setting, changes)


def _by_cell(charts: Sequence[Chart]) -> dict[tuple[str, str], list[Chart]]:
    found: dict[tuple[str, str], list[Chart]] = {}
    for chart in charts:
        found.setdefault((chart.member, chart.condition), []).append(chart)
    return found


def _leading(
    alarmed: Sequence[Chart], tonight: Reading, readings: Sequence[Reading], changes: Sequence[str], watched: int
) -> Found:
    first = alarmed[0]
    worse = any(chart.worse for chart in alarmed)
    where = "on clean parts" if first.condition == CLEAN else "over the perturbed conditions"
    return Found(
        rule="drift",
        member=first.member,
        condition=first.condition,
        severity=Severity.WARNING if worse else Severity.INFO,
        what=f"{_moved(alarmed, tonight, where)}; {_promise(first)}. {_why(changes)}",
        details={
            **_numbers(alarmed),
            "charts_watched": watched,
            "changes": list(changes),
            "conditions": _most_moved(readings, first.member),
        },
    )


def _moved(alarmed: Sequence[Chart], tonight: Reading, where: str) -> str:
    signs = ", ".join(_sign(chart) for chart in alarmed)
    since = last_change([point.z for point in alarmed[0].points])
    begun = f" since run {alarmed[0].points[since.first].run}" if since is not None else ""
    if any(chart.quantity == "errors" for chart in alarmed):
        verb = "rose" if tonight.wrong >= tonight.wrong_before else "fell"
        numbers = f"{percent(tonight.wrong_before)} to {percent(tonight.wrong)} of {tonight.n} parts"
        return f"errors of {tonight.member} {where} {verb} from {numbers}{begun} ({signs})"
    verb = "shrank" if tonight.margin < 0 else "grew"
    return (
        f"the margin of {tonight.member} {where} {verb} by {abs(tonight.margin):.2g} in the score's unit{begun}, "
        f"errors are {percent(tonight.wrong)} ({signs})"
    )


def _sign(chart: Chart) -> str:
    last = chart.points[-1]
    if "ewma" in last.alarm:
        return f"{chart.quantity}: EWMA {last.ewma:+.2f}, limit {chart.ewma_limit:.2f}"
    return f"{chart.quantity}: CUSUM {max(last.cusum_up, last.cusum_down):.1f}, limit {chart.cusum_limit:.1f}"


def _promise(chart: Chart) -> str:
    return (
        f"by chance such a chart alarms once in {chart.ewma_false_alarm:.0f} (EWMA) or {chart.cusum_false_alarm:.0f} "
        f"(CUSUM) nights, a lasting move of one standard error is found in about {chart.cusum_delay:.0f}"
    )


def _why(changes: Sequence[str]) -> str:
    return " ".join(changes) or "Nothing that is recorded has changed since the baseline."


def _numbers(alarmed: Sequence[Chart]) -> dict[str, Any]:
    first = alarmed[0]
    return {
        "false_alarm_nights": {"ewma": first.ewma_false_alarm, "cusum": first.cusum_false_alarm},
        "delay_nights": {"ewma": first.ewma_delay, "cusum": first.cusum_delay},
        "charts": [{"quantity": chart.quantity, "alarm": list(chart.alarm)} for chart in alarmed],
    }


def _most_moved(readings: Sequence[Reading], member: str) -> list[dict[str, Any]]:
    """The member's conditions that moved most tonight."""
    own = [r for r in readings if r.member == member and r.condition not in LEADING and r.moved]
    worst = sorted(own, key=lambda r: -max(abs(r.errors_z), abs(r.margin_z)))[:NAMED]
    return [{"condition": r.condition, "errors_z": r.errors_z, "margin_z": r.margin_z} for r in worst]


def _standing_out(
    single: Sequence[Chart], covered: set[tuple[str, str]], setting: ChartSetting, changes: Sequence[str]
) -> Iterator[Found]:
    """Conditions beyond the wider limit, one finding a member; not where the member's mean alarms already."""
    if not single:
        return
    width = _wider(setting.ewma_weight, setting.ewma_width, len(single))
    limit = width * ewma_sd(setting.ewma_weight)
    beyond = [chart for chart in single if chart.points[-1].ewma > limit and (chart.member, ALL) not in covered]
    for member in dict.fromkeys(chart.member for chart in beyond):
        own = sorted((c for c in beyond if c.member == member), key=lambda c: -c.points[-1].ewma)
        names = list(dict.fromkeys(chart.condition for chart in own))
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        chance = ewma_run_length(setting.ewma_weight, setting.ewma_width)
        yield Found(
            rule="drift",
            member=member,
            condition="single conditions",
            severity=Severity.WARNING,
            what=f"{member} is worse under {', '.join(names[:NAMED])}{more} (EWMA {own[0].points[-1].ewma:+.2f}, limit "
            f"{limit:.2f}); by chance one of all {len(single)} such charts alarms once in {chance:.0f} nights. "
            + _why(changes),
            details={"false_alarm_nights": {"ewma": chance}, "conditions": names, "changes": list(changes)},
        )


@lru_cache(maxsize=64)
def _wider(weight: float, width: float, charts: int) -> float:
    """The limit at which so many charts together give as few false alarms as one at `width`."""
    return ewma_width(weight, ewma_run_length(weight, width) * charts)
