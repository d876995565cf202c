"""The line's own pictures as part of a night, or between nights when a batch has come in."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.counted import counted
from appliance.errors import Exit, InspectError, UsageError, in_our_terms
from appliance.log.existing import existing_log
from appliance.log.lock import site_lock
from appliance.log.log import Log
from appliance.log.types import Outcomes
from appliance.site import Site, load_site
from appliance.watch.alert_types import Found, Severity
from appliance.watch.alerts import alerts, record
from appliance.watch.collect import sentence
from appliance.watch.deliveries import stamp
from appliance.watch.incoming_alerts import read_incoming
from appliance.watch.nights import nights
from appliance.watch.rules import apply_rules
from appliance.watch.status import read_status, write_status


@dataclass(frozen=True)
class Line:
    """What the pictures say: findings, and the keys `incoming` and `advice` of the status file."""

    found: tuple[Found, ...] = ()
    document: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""  # a sentence for the report and the terminal


def judge_line(site: Site, log: Log, run: str, judged: Sequence[Found], *, night: int, at: str) -> Line:
    """Score the unlabelled pictures; what goes wrong with them is a finding and stops nothing.

    run: whose labelled cells a guess without labels is tried on; judged: what that run was found to show.
    """
    if not site.nightly.incoming:
        return Line()
    drifting = [found.member for found in judged if found.rule == "drift" and found.severity is not Severity.INFO]
    try:
        with in_our_terms():
            day = read_incoming(
                site,
                log,
                night=night,
                at=at,
                labelled=_cells(log, run),
                truth=log.labels(run),
                drifting=list(dict.fromkeys(drifting)),
            )
    except InspectError as error:
        return Line(
            (Found("health incoming", "", "", Severity.WARNING, f"incoming pictures were not judged: {error}"),)
        )
    if day is None:
        return Line(document={"incoming": None, "advice": None})
    return Line(day.found, {"incoming": dict(day.document), "advice": asdict(day.advice)}, sentence(day.advice))


def run_incoming(folder: Path) -> tuple[Exit, str]:
    """Judge a batch between nights, under the site's lock; returns the exit code and one line.

    Raises UsageError where the site names no folder for such pictures, SiteBusy while a night is at work (which will
    judge them itself).
    """
    site = load_site(folder)
    if not site.nightly.incoming:
        raise UsageError("no folder of incoming pictures", file=str(site.file), mend="name it: nightly.incoming")
    with site_lock(site.folder, "nightly --incoming"), Log.open(existing_log(site), create=False) as log:
        at = stamp(datetime.now(UTC))
        last = nights(log, 1)
        line = judge_line(site, log, log.resolve("last"), (), night=last[0].number if last else 0, at=at)
        looked_at = [(a.rule, a.member, a.condition) for a in alerts(log) if a.rule.startswith("incoming")]
        news = record(log, apply_rules(site.alerts, line.found), set(looked_at), at=at)
        path = site.resolve(site.nightly.status)
        document = read_status(path)
        if document is not None:
            write_status(path, {**document, **line.document})
    grave = any(found.severity is not Severity.INFO for found in line.found)
    shown = line.document.get("incoming")
    pictures = f"{counted(shown['pictures'], 'picture')} judged" if shown else "no new pictures"
    return (
        Exit.BREACH if grave else Exit.OK,
        f"incoming: {pictures}, {counted(len(line.found), 'finding')}, {counted(len(news), 'new alert')}",
    )


def _cells(log: Log, run: str) -> dict[str, dict[str, Outcomes]]:
    found: dict[str, dict[str, Outcomes]] = {}
    for member, condition, outcomes in log.all_outcomes(run):
        found.setdefault(member, {})[condition] = outcomes
    return found
