"""What a day of unlabelled pictures says: as rows for the log, as findings, and as advice on what to label."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from scipy.stats import binomtest

from appliance.counted import counted
from appliance.log.log import Log
from appliance.log.types import Outcomes
from appliance.site import Site
from appliance.watch.alert_types import Found, Severity
from appliance.watch.charts import ChartSetting, points
from appliance.watch.collect import Advice, advise
from appliance.watch.detect import percent
from appliance.watch.flags import FlagChart, flag_chart
from appliance.watch.incoming import Batch, agreement, candidates, score_incoming
from appliance.watch.incoming_days import ALL, Day, days, keep_days
from appliance.watch.judge import chart_setting
from appliance.watch.rules import fitting
from appliance.watch.runlength import ewma_run_length
from appliance.watch.without_labels import Guess, guess_accuracy
from perturb.calibration.profile import INSIDE

REFERENCE_DAYS = 10
"""Days that say what is usual; with fewer nothing is charted."""

OUTSIDE = 0.05
CHANCE = 0.001
"""Share of the pictures outside the profile that is told: over 5 % and not by chance."""

FALSE_ALARM_DAYS = 500
RAISED = 2.0
"""The rise of the reject share that is watched for."""


@dataclass(frozen=True)
class Incoming:
    """A day's pictures: rows kept, findings, advice, and what the status file shows."""

    found: tuple[Found, ...]
    advice: Advice
    document: Mapping[str, Any]


def read_incoming(
    site: Site,
    log: Log,
    *,
    night: int,
    at: str,
    labelled: Mapping[str, Mapping[str, Outcomes]],
    truth: np.ndarray[Any, np.dtype[np.bool_]],
    drifting: Sequence[str],
) -> Incoming | None:
    """Score what has come in since the last time, keep it, and judge it; None where nothing came.

    labelled: cells of the night's run by member and condition, truth its labels: what a guess without labels is
    tried on. Raises as `score_incoming`.
    """
    before = days(log)
    since = datetime.fromisoformat(before[-1].at) if before else None
    batch = score_incoming(site, since, night)
    if batch is None:
        return None
    guesses = {
        name: guess_accuracy(o.score, truth, labelled.get(name, {}), batch.cuts[name], _inside(batch))
        for name, o in batch.outcomes.items()
    }
    rows = list(_member_days(log, batch, guesses, night, at))
    advice = advise(list(candidates(batch)), site.limits.escape_rate, drifting)
    rows.append(_own_day(batch, advice, night, at))
    keep_days(log, rows)
    setting = chart_setting(site.nightly)
    found = [*_outside(site, batch), *_dust(batch), *_refused(batch), *_members(log, rows, setting)]
    return Incoming(tuple(found), advice, {**rows[-1].reading, "members": [_shown(row) for row in rows[:-1]]})


def _inside(batch: Batch) -> float | None:
    return None if batch.outside is None else 1.0 - batch.outside


def _member_days(log: Log, batch: Batch, guesses: Mapping[str, Guess], night: int, at: str) -> Iterator[Day]:
    agree = agreement(batch)
    for name, outcomes in batch.outcomes.items():
        seen = np.isfinite(outcomes.score)
        scores = outcomes.score[seen].astype(np.float64)
        if not len(scores):
            continue
        flags = outcomes.ng[seen]
        chart = _usual_rejects(days(log, name), len(scores))
        carried = days(log, name)[-1].reading.get("cusum", 0.0) if chart is not None and days(log, name) else 0.0
        total, alarm = chart.follow(flags.tolist(), carried) if chart is not None else (0.0, False)
        reading = {
            "score_mean": float(scores.mean()),
            "score_sd": float(scores.std()),
            "agreement": agree[name],
            "guess": asdict(guesses[name]),
            "cusum": total,
            "rejects_alarm": alarm,
            "rejects_chart": asdict(chart) if chart is not None else None,
        }
        yield Day(night, at, name, len(scores), int(flags.sum()), reading)


def _usual_rejects(past: Sequence[Day], pictures: int) -> FlagChart | None:
    """The chart of reject flags, from the first days; None until there are enough of them."""
    if len(past) < REFERENCE_DAYS:
        return None
    first = past[:REFERENCE_DAYS]
    shown = sum(day.images for day in first)
    usual = max(sum(day.rejects for day in first), 0.5) / shown
    usual = round(usual, 4) if usual >= 0.001 else usual
    raised = min(RAISED * usual, (1 + usual) / 2)
    return flag_chart(usual, raised, FALSE_ALARM_DAYS * pictures)


def _own_day(batch: Batch, advice: Advice, night: int, at: str) -> Day:
    reading = {
        "pictures": len(batch.names),
        "refused": len(batch.refused),
        "outside": batch.outside,
        "measured": len(batch.distances or {}),
        "quantities": batch.quantities(),
        "spots": asdict(batch.spots) if batch.spots is not None else None,
        "advice": asdict(advice),
    }
    return Day(night, at, ALL, len(batch.names), 0, reading)


def _outside(site: Site, batch: Batch) -> Iterator[Found]:
    share = batch.outside
    if share is None or batch.distances is None:
        return
    rule = fitting(site.alerts, "incoming outside", "", "")
    allowed = OUTSIDE if rule is None or rule.limit is None else rule.limit
    n = len(batch.distances)
    chance = binomtest(round(share * n), n, 1 - INSIDE, alternative="greater").pvalue
    if share > allowed and chance < CHANCE:
        what = ", ".join(f"{name} ({count})" for name, count in batch.quantities()[:3])
        yield Found(
            "incoming outside",
            "",
            "",
            Severity.WARNING,
            f"{percent(share)} of {n} incoming pictures look unlike the site's own, most by {what}; {1 - INSIDE:.0%} "
            "is usual",
            details={"value": share, "limit": allowed, "quantities": batch.quantities()},
        )


def _dust(batch: Batch) -> Iterator[Found]:
    spots = batch.spots
    if spots is not None and spots.count:
        x, y = spots.places[0]
        yield Found(
            "incoming dust",
            "",
            "",
            Severity.WARNING,
            f"{counted(spots.count, 'dark spot')} in the same place of every incoming picture, and not in the site's "
            f"own: dust on the lens? The deepest takes {spots.depth:.0%} of the light, {x:.0%} from the left, {y:.0%} "
            "from the top",
            details=asdict(spots),
        )


def _refused(batch: Batch) -> Iterator[Found]:
    if len(batch.refused) > 0.02 * len(batch.names):
        name, why = next(iter(batch.refused.items()))
        what = f"{len(batch.refused)} of {len(batch.names)} incoming pictures cannot be used, the first: {name}: {why}"
        yield Found("incoming refused", "", "", Severity.WARNING, what)


def _members(log: Log, rows: Sequence[Day], setting: ChartSetting) -> Iterator[Found]:
    for row in rows[:-1]:
        if row.reading["rejects_alarm"]:
            chart = row.reading["rejects_chart"]
            yield Found(
                "incoming rejects",
                row.member,
                "",
                Severity.WARNING,
                f"{row.member} rejects more of the line's pictures than usual: {percent(row.rejects / row.images)} of "
                f"{row.images}, {percent(chart['usual'])} were usual; by chance once in {FALSE_ALARM_DAYS} such days, "
                f"twice the share is found within about {chart['delay']:.0f} pictures",
                details={"false_alarm_pictures": chart["false_alarm"], "delay_pictures": chart["delay"]},
            )
        yield from _score(days(log, row.member), setting)


def _score(known: Sequence[Day], setting: ChartSetting) -> Iterator[Found]:
    """The mean score of a member's days as a chart; the first days say what is usual."""
    if len(known) <= REFERENCE_DAYS:
        return
    means = np.array([day.reading["score_mean"] for day in known])
    first, last = means[:REFERENCE_DAYS], known[-1]
    spread = max(float(first.std(ddof=1)), last.reading["score_sd"] / max(last.images, 1) ** 0.5, 1e-9)
    series = points([("", float(z)) for z in (means[REFERENCE_DAYS:] - first.mean()) / spread], setting)
    if series[-1].alarm:
        chance = ewma_run_length(setting.ewma_weight, setting.ewma_width)
        yield Found(
            "incoming score",
            last.member,
            "",
            Severity.WARNING,
            f"the NG score of {last.member} on the line's pictures moved from {first.mean():.2f} to {means[-1]:.2f}; "
            f"by chance once in {chance:.0f} days at best, more often where {REFERENCE_DAYS} days do not say well what "
            "is usual",
            details={"ewma": series[-1].ewma, "false_alarm_days": chance},
        )


def _shown(row: Day) -> dict[str, Any]:
    names = ("score_mean", "agreement", "guess")
    rest = {name: row.reading[name] for name in names}
    return {"member": row.member, "pictures": row.images, "rejects": row.rejects, **rest}
