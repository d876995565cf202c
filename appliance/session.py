"""What a command does with a site: audit it under its lock, read a run back, write its report, compare two."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from appliance.audit.order import Wish, make_order
from appliance.audit.run import Progress, run_audit
from appliance.cost.closed import closed_costs
from appliance.errors import InputRefused, MachineFailed
from appliance.law.quantity import Setting
from appliance.law.summary import laws
from appliance.law.types import LawReport
from appliance.log.lock import site_lock
from appliance.log.log import Log
from appliance.report.html import write_report
from appliance.report.view_laws import laws_section
from appliance.score.compare import Comparison, Scored, compare
from appliance.score.summary import summarise
from appliance.score.summary_types import Summary
from appliance.score.trade import Trade, trade
from appliance.site import Site


def audit_site(site: Site, wish: Wish, *, resume: bool, progress: Progress, with_cost: bool) -> Summary:
    """Audit `site` under its lock and return the scored run.

    Raises SiteBusy where another audit holds it, and whatever `make_order` and `run_audit` raise.
    """
    require_writable(site)
    with site_lock(site.folder):
        order = make_order(site, wish)
        seconds = site.cost.seconds_per_member
        with Log.open(site.log_path) as log:
            log.settle()
            run = run_audit(
                log,
                order,
                resume=resume,
                progress=progress,
                measure=(lambda plan: closed_costs(plan, seconds)) if with_cost else None,
            )
            return read_summary(log, run)


def read_summary(log: Log, run: str) -> Summary:
    """Score a logged run against the one before it."""
    record = log.read_run(run)
    before = log.previous_run(record.head.run)
    previous = log.read_run(before) if before else None
    return summarise(
        record, lambda member, condition: log.outcomes(record.head.run, member, condition), previous=previous
    )


def require_writable(site: Site) -> None:
    """Fail before the long work where the site folder cannot be written."""
    probe = site.folder / ".inspect-eval-write"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise MachineFailed(
            f"the site folder cannot be written: {error.strerror}",
            file=str(site.folder),
            mend="give this user the permission, or move the site to a writable disk",
        ) from error


def existing_log(site: Site) -> Path:
    """The site's log. Raises InputRefused where no audit has been run yet."""
    if not site.log_path.exists():
        raise InputRefused("no audit has been run here yet", file=str(site.log_path), mend="run `inspect-eval audit`")
    return site.log_path


def open_summary(site: Site, run: str) -> Summary:
    """A logged run, scored. `run` is an id, the beginning of one, or `last`."""
    with Log.open_read(existing_log(site)) as log:
        return read_summary(log, run)


def open_comparison(site: Site, a: str, b: str, other: Site | None = None) -> tuple[Comparison, Trade | None]:
    """Two logged runs compared on the parts they share; `b` lies in the log of `other` where that is given.

    Where every shared size has other weights, also what b's training bought. Raises InputRefused where nothing can be
    compared.
    """
    there = existing_log(other or site)
    with Log.open_read(existing_log(site)) as log, Log.open_read(there) as second:
        first, then = _scored(log, a), _scored(second, b)
        return compare(first, then), trade(first, then) if _trained_anew(first, then) else None


def _trained_anew(a: Scored, b: Scored) -> bool:
    """Whether every size that both runs have holds other weights."""
    before = {row.name: row.sha256 for row in a.record.members}
    return all(before[row.name] != row.sha256 for row in b.record.members if row.name in before)


def _scored(log: Log, name: str) -> Scored:
    record = log.read_run(name)
    return Scored(record, lambda member, condition: log.outcomes(record.head.run, member, condition))


def law_setting(site: Site | None, tau: float | None = None, delta: float | None = None) -> Setting:
    """What the site sets before it looks at the data; `tau` and `delta` outrank it."""
    usual = Setting()
    if site is not None:
        usual = Setting(site.law.delta_pp, site.law.tau_clean_pp, site.law.tau_perturbed_pp, site.audit.seed)
    if tau is not None:
        usual = replace(usual, tau_clean=tau, tau_perturbed=tau)
    return usual if delta is None else replace(usual, delta=delta)


def open_laws(site: Site, run: str, axis: str, setting: Setting) -> LawReport:
    """The laws of a logged run over one axis. Raises UsageError for an unknown axis."""
    with Log.open_read(existing_log(site)) as log:
        record = log.read_run(run)
        return laws(
            record, lambda member, condition: log.outcomes(record.head.run, member, condition), axis, setting=setting
        )


def write_run_report(site: Site, summary: Summary, out: Path | None, *, pictures: bool) -> Path:
    """Write the run's HTML page and return its path."""
    path = out or site.reports / f"{summary.record.head.run}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    report = open_laws(site, summary.record.head.run, "macs", law_setting(site))
    shown = _pictures(site, summary) if pictures else None
    write_report(summary, path, picture=shown, extra=[laws_section(report)])
    return path


def _pictures(site: Site, summary: Summary) -> Callable[[str, str], bytes | None]:
    """Draws a part under a condition again, exactly as the members saw it."""
    from appliance.show import Shower

    return Shower(site, summary.record).picture
