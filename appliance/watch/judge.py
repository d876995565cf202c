"""From a night's run to findings: read it against the baseline, chart it, and ask every rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from appliance.errors import InspectError
from appliance.log.log import Log
from appliance.log.types import PartRow, RunRecord, RunState
from appliance.score.beside import read_beside
from appliance.score.grid import ALL, CLEAN
from appliance.score.kept import keep_summary
from appliance.score.summary import in_each_language, summarise
from appliance.score.summary_types import Summary
from appliance.sections.watch import NightlySection
from appliance.site import Site
from appliance.watch.alert_types import AlertState, Found, Severity
from appliance.watch.alerts import alerts
from appliance.watch.baselines import Baseline, baseline, require_comparable, set_baseline
from appliance.watch.changed import same_pictures, what_changed
from appliance.watch.charts import Chart, ChartSetting, charts
from appliance.watch.cost_drift import cost_drifts, dearer
from appliance.watch.detect import breached_limits, failed_members, lost_parts, moved_scores
from appliance.watch.drift_alerts import drifting
from appliance.watch.nights import nights
from appliance.watch.readings import FirstSaid, Reading, keep_readings, kept_readings, take_readings
from appliance.watch.rules import fitting

REMEMBERED = 730
"""Nights on a chart at most."""

ROTATION = 200
"""Nights back that an answer for a part may come from."""

PROGRAM = "inspect-eval"


@dataclass(frozen=True)
class Judged:
    """A night's run, scored, with its charts and all that was found."""

    summary: Summary
    baseline: str
    charts: tuple[Chart, ...]
    found: tuple[Found, ...]


def chart_setting(section: NightlySection) -> ChartSetting:
    """The charts as site.toml sets them."""
    return ChartSetting(section.ewma_weight, section.ewma_width, section.cusum_reference, section.cusum_limit)


def judge_run(site: Site, log: Log, run: str, parts: Sequence[PartRow], *, note: str, at: str) -> Judged:
    """Score a run, compare it with the baseline and the nights since, and gather every finding.

    parts: all of the site's; where the run showed some of them only, limits are judged on the last answer for each. A
    baseline that cannot be compared with is a finding; the run is then judged without it.
    """
    record = log.read_run(run)
    found: list[Found] = []
    try:
        chosen = _baseline(log, record, at)
    except InspectError as error:
        chosen = None
        mend = f" ({error.mend})" if error.mend else ""
        found.append(Found("health baseline", "", "", Severity.CRITICAL, f"drift is not judged: {error.what}{mend}"))
    before = log.read_run(chosen.run) if chosen is not None else None
    beside = read_beside(log, run)
    summary = summarise(record, lambda member, condition: log.outcomes(run, member, condition), beside=beside)
    summary = _of_tonight(summary, note, before)
    changes = summary.changes
    keep_summary(log, summary)
    whole = summary if len(parts) == len(record.parts) else _last_answers(log, record, parts)
    found += [*breached_limits(whole, site.alerts), *lost_parts(summary, site.alerts), *failed_members(summary)]
    if before is None:
        return Judged(summary, "", (), tuple(found))
    shown, drifted = _drift(site, log, record, before, changes)
    return Judged(summary, before.head.run, tuple(shown), (*found, *drifted))


def _of_tonight(summary: Summary, note: str, before: RunRecord | None) -> Summary:
    """The summary with what changed since the baseline, and what the night covered."""

    def changes() -> tuple[str, ...]:
        return what_changed(summary.record, before) if before is not None else ()

    notes = in_each_language(lambda: str(note))
    told = {
        language: replace(summary.told[language], changes=found, notes=(notes[language], *summary.told[language].notes))
        for language, found in in_each_language(changes).items()
    }
    return replace(summary, changes=changes(), notes=(note, *summary.notes), told=told)


def _last_answers(log: Log, record: RunRecord, parts: Sequence[PartRow]) -> Summary:
    """The run's conditions on all parts: tonight's answers, and for the others those of the nights before."""
    before = [night.run for night in nights(log, ROTATION) if night.run and night.run != record.head.run]
    known = {brief.run for brief in log.runs()}
    said = FirstSaid(log, [record.head.run, *(run for run in before if run in known)])
    return summarise(
        replace(record, parts=tuple(parts)), lambda member, condition: said.outcomes(member, condition, parts)
    )


def _drift(
    site: Site, log: Log, record: RunRecord, before: RunRecord, changes: tuple[str, ...]
) -> tuple[list[Chart], list[Found]]:
    readings = _readings(log, record.head.run, before.head.run)
    setting = chart_setting(site.nightly)
    shown = charts(kept_readings(log, before.head.run, last=REMEMBERED), setting)
    rule = fitting(site.alerts, "cost p50", "", "")
    costs = dearer(
        cost_drifts(log, before.head.run), {cost.member for cost in record.costs}, rule.limit if rule else None
    )
    found = [
        *drifting(shown, readings, setting, changes),
        *moved_scores(readings, same_pictures(record, before), changes),
        *costs,
    ]
    return shown, found


def _readings(log: Log, run: str, chosen: str) -> list[Reading]:
    readings = take_readings(log, run, chosen)
    keep_readings(log, readings)
    return readings


def _baseline(log: Log, record: RunRecord, at: str) -> Baseline:
    """The baseline; where none was ever set, the run with the most cells so far becomes it."""
    chosen = baseline(log)
    if chosen is None:
        chosen = set_baseline(log, _fullest(log, record), at=at, who=PROGRAM, note="set by the first night")
    require_comparable(log, chosen, record.head.run)
    return chosen


def _fullest(log: Log, record: RunRecord) -> str:
    """The run of this family and these parts that holds most cells; the newest of equals."""
    same = [
        brief
        for brief in log.runs()
        if brief.state is RunState.DONE and brief.family == record.head.family and brief.task == record.head.task
    ]
    roots = [brief for brief in same if log.read_run(brief.run).head.parts_root == record.head.parts_root]
    return max(roots, key=lambda brief: brief.cells * brief.parts).run if roots else record.head.run


def looked_at(log: Log, record: RunRecord) -> Iterator[tuple[str, str, str]]:
    """Keys of alerts, pending ones too, that this night could judge: it ran their member and condition."""
    members = {row.name for row in record.members} | {""}
    conditions = {row.key for row in record.conditions} | {"", CLEAN, ALL, "single conditions"}
    states = (AlertState.PENDING, AlertState.OPEN, AlertState.ACKED)
    for alert in alerts(log, states):
        if alert.member in members and alert.condition in conditions:
            yield alert.rule, alert.member, alert.condition
