"""A whole audit of a site: lock, order, run, score."""

from appliance.audit.order import Wish, make_order
from appliance.audit.run import Progress, run_audit
from appliance.cost.closed import closed_costs
from appliance.errors import MachineFailed
from appliance.log.lock import site_lock
from appliance.log.log import Log
from appliance.score.summary import summarise
from appliance.score.summary_types import Summary
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
