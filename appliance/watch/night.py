"""One night, from the timer to the status file. What goes wrong is one line, in the journal and in the status file."""

import json
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from appliance.audit.run import Progress, Step, run_audit
from appliance.counted import counted
from appliance.errors import Exit, InspectError, Interrupted, MachineFailed, SiteBusy, as_inspect_error, in_our_terms
from appliance.log.lock import site_lock
from appliance.log.log import Log
from appliance.ready import ready_order
from appliance.session import verdict_code, write_run_report
from appliance.site import Site, load_site
from appliance.watch.alert_types import Alert, Found, Severity
from appliance.watch.alerts import alerts, record
from appliance.watch.deliveries import stamp
from appliance.watch.detect import thin_coverage
from appliance.watch.health import clock_and_disk, require_fit
from appliance.watch.journal import Level, say
from appliance.watch.judge import Judged, judge_run, looked_at
from appliance.watch.keeping import keep_house
from appliance.watch.line import judge_line
from appliance.watch.metrics import write_failure, write_metrics
from appliance.watch.night_cost import night_costs
from appliance.watch.nights import NightState, update_night
from appliance.watch.rules import apply_rules
from appliance.watch.status import Document, failure, read_status, status_of, write_status
from appliance.watch.tonight import Tonight, begin, coverage_note

OVERTIME = 1.25
"""A night that takes so many times its budget is cut; what it has finished is kept and judged."""


LEVELS = {Severity.CRITICAL: Level.ERROR, Severity.WARNING: Level.WARNING, Severity.INFO: Level.NOTICE}


@dataclass(frozen=True)
class NightResult:
    """How a night ended: its exit code, one line, the new alerts, and the status document."""

    code: Exit
    message: str
    news: tuple[Alert, ...]
    document: Document


def run_night(folder: Path, progress: Progress) -> NightResult:
    """The night of the site in `folder`. Every failure is in the status file before it is raised."""
    try:
        site = load_site(folder)
        with site_lock(site.folder, "nightly"):
            return _night(site, progress)
    except KeyboardInterrupt:
        report_failure(folder, Interrupted("the night was stopped", mend="the next one goes on with it"))
        raise
    except Exception as error:  # nobody watches a night: its status must not be yesterday's; it is raised again
        known = as_inspect_error(error) or _unplanned(error)
        report_failure(folder, known)
        raise known from error


def report_failure(folder: Path, error: InspectError) -> None:
    """Put a failure into the status file, the figures and, where the log can be written, an alert."""
    if not folder.is_dir():
        return
    site = _site_or_default(folder)
    path = site.resolve(site.nightly.status)
    now = datetime.now(UTC)
    if not isinstance(error, SiteBusy):  # the audit that holds the site writes its own
        with _noted("the status file"):
            write_status(path, failure(site, error, read_status(path)))
        if site.nightly.metrics != "none" and site.file.exists():
            with _noted("the figures for Prometheus"):
                write_failure(site.resolve(site.nightly.metrics), site, int(error.code), now)
    if site.log_path.exists() and not isinstance(error, Interrupted):
        with _noted("the alert"), Log.open(site.log_path, create=False) as log:
            record(log, apply_rules(site.alerts, [failed_night(error)]), (), at=stamp(now))


def failed_night(error: InspectError) -> Found:
    """A night without a result, as a finding; a busy site only where it is so twice in a row."""
    busy = isinstance(error, SiteBusy)
    severity, nights = (Severity.WARNING, 2) if busy else (Severity.CRITICAL, 1)
    return Found("health night", "", "", severity, f"the night gave no result: {error}", nights=nights)


@dataclass(frozen=True)
class _Done:
    """The audit of a night: its run, how it ended, seconds a picture took."""

    run: str
    state: NightState
    pace_s: float | None


def _night(site: Site, progress: Progress) -> NightResult:
    now, start = datetime.now(UTC), time.monotonic()
    require_fit(site, now)
    order = ready_order(site)
    with Log.open(site.log_path) as log:
        log.settle()
        troubles = list(clock_and_disk(site, log, now))
        tonight = begin(site, log, order, started=stamp(now))
        done = _audit(site, log, tonight, progress)
        judged = judge_run(site, log, done.run, tonight.parts, note=coverage_note(tonight), at=stamp(now))
        section = site.nightly
        coverage = thin_coverage(tonight.grid, tonight.subset, section.cover_nights, section.budget_min)
        line = judge_line(site, log, done.run, judged.found, night=tonight.number, at=stamp(now))
        if line.note:
            judged = replace(judged, summary=replace(judged.summary, notes=(*judged.summary.notes, line.note)))
        found = [*judged.found, *line.found, *troubles, *coverage, *_house(site, log, now)]
        news = record(log, apply_rules(site.alerts, found), set(looked_at(log, judged.summary.record)), at=stamp(now))
        code = _code(judged, log, stamp(now))
        message = _message(log, judged, tonight, news, done.state)
        _end_night(log, tonight, done, time.monotonic() - start, code, message)
        said = {"verdict": judged.summary.verdict, "baseline": judged.baseline, "line": line.note}
        document = {**said, **line.document}
        return _publish(site, log, judged, NightResult(code, message, tuple(news), document))


def _audit(site: Site, log: Log, tonight: Tonight, progress: Progress) -> _Done:
    """Run tonight's order; cut where it takes far longer than its time. Raises what `run_audit` raises."""
    deadline = _Deadline(OVERTIME * 60.0 * site.nightly.budget_min, progress)
    seconds, family = tonight.cost_s, tonight.order.family
    try:
        run = run_audit(
            log,
            tonight.order,
            resume=tonight.resume,
            progress=deadline,
            measure=night_costs(log, family, seconds) if seconds is not None else None,
        )
    except Interrupted:
        run = log.runs()[0].run
        state = NightState.CUT if deadline.passed else NightState.INTERRUPTED
        update_night(log, tonight.number, run=run, state=state)
        if not deadline.passed or not log.finished_cells(run):
            raise
        return _Done(run, NightState.CUT, deadline.pace_s or tonight.pace_s)
    return _Done(run, NightState.DONE, deadline.pace_s or tonight.pace_s)


class _Deadline:
    """A progress callback that stops the audit, as a person would, once its time is over."""

    def __init__(self, seconds: float, progress: Progress) -> None:
        self._end, self._progress = time.monotonic() + seconds, progress
        self.passed = False
        self.pace_s: float | None = None

    def __call__(self, step: Step) -> None:
        self._progress(step)
        self.pace_s = step.seconds / step.pictures
        if time.monotonic() > self._end and step.done < step.total:
            self.passed = True
            raise KeyboardInterrupt


def _house(site: Site, log: Log, now: datetime) -> Iterator[Found]:
    try:
        keep_house(site, log, now)
    except InspectError as error:
        say(Level.WARNING, str(error))
        yield Found("health backup", "", "", Severity.WARNING, f"pruning or copying the log failed: {error}")


def _code(judged: Judged, log: Log, tonight: str) -> Exit:
    """1 where a limit is not shown to hold or an alert of weight was seen tonight, else as the audit says."""
    grave = [a for a in alerts(log) if a.severity is not Severity.INFO and a.last_seen == tonight]
    return Exit.BREACH if grave else verdict_code(judged.summary)


def _message(log: Log, judged: Judged, tonight: Tonight, news: Sequence[Alert], state: NightState) -> str:
    cells = len(judged.summary.record.cells)
    still = alerts(log)
    cut = ", stopped at its time limit" if state is NightState.CUT else ""
    raised = f"{counted(len(still), 'alert')} open, {len(news)} new" if still else "no alert"
    parts, every = len(tonight.order.parts), tonight.grid.parts
    shown = f" on {parts} of {every} parts" if parts < every else ""
    return f"night {tonight.number}: {cells} of {tonight.grid.cells} cells covered{shown}{cut}; {raised}"


def _end_night(log: Log, tonight: Tonight, done: _Done, seconds: float, code: Exit, message: str) -> None:
    kept = log.read_run(done.run)
    members = {member.name for member in kept.members}
    by_condition: dict[str, set[str]] = {}
    for member, condition in kept.cells:
        by_condition.setdefault(condition, set()).add(member)
    finished = [key for key, seen in by_condition.items() if seen == members]
    plan = {**tonight.subset.as_plan(), "pace_s": done.pace_s, "finished": finished}
    update_night(
        log,
        tonight.number,
        run=done.run,
        state=done.state,
        ended=stamp(datetime.now(UTC)),
        seconds=seconds,
        covered_cells=len(kept.cells),
        plan=json.dumps(plan),
        exit_code=int(code),
        message=message,
    )


def _publish(site: Site, log: Log, judged: Judged, result: NightResult) -> NightResult:
    """Report, status file, figures, journal; what fails of these is a line of its own and no more."""
    with _noted("the report"):
        write_run_report(site, judged.summary, None, pictures=True)
    document = {**status_of(site, log, int(result.code), result.message), **result.document}
    with _noted("the status file"):
        write_status(site.resolve(site.nightly.status), document)
    if site.nightly.metrics != "none":
        with _noted("the figures for Prometheus"):
            path = site.resolve(site.nightly.metrics)
            now, shown = datetime.now(UTC), list(judged.charts)
            write_metrics(path, site, log, code=int(result.code), now=now, summary=judged.summary, charts=shown)
    for alert in result.news:
        say(LEVELS[alert.severity], f"alert {alert.id} ({alert.severity}, {alert.rule}): {alert.what}")
    return NightResult(result.code, result.message, result.news, document)


@contextmanager
def _noted(what: str) -> Iterator[None]:
    """A planned failure inside is a line in the journal: it must not hide how the night went."""
    try:
        with in_our_terms():
            yield
    except InspectError as error:
        say(Level.WARNING, f"{what} could not be written: {error}")


def _unplanned(error: Exception) -> InspectError:
    """A fault of ours must not look like a verdict (Python would end with 1); its traceback goes to the journal."""
    traceback.print_exception(error)
    what = f"stopped by an error nobody planned for: {type(error).__name__}: {error}"
    return MachineFailed(what, mend="report it with the traceback that the journal holds")


def _site_or_default(folder: Path) -> Site:
    try:
        return load_site(folder)
    except InspectError:
        return Site(folder=folder.resolve())
