"""Is the site fit for a night? Disk, clock and log before the long work; each failure is one line with its mend."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance.errors import InputRefused, MachineFailed
from appliance.log.check import Level, check
from appliance.log.log import Log
from appliance.site import Site
from appliance.watch.alert_types import Found, Severity

LEAST_FREE_MB = 200
"""Below this no night is begun: a log that cannot grow can keep no cell."""

LOW_FREE_MB = 2000
"""Below this a person is told."""

AHEAD = timedelta(days=400)
"""A night that begins so long after the last one began was told a wrong time, then or now."""


def require_fit(site: Site, now: datetime) -> None:
    """Raise MachineFailed or InputRefused where a night cannot be begun: no space, no sound log, no place to write."""
    from appliance.writable import require_writable

    require_writable(site)
    free = free_mb(site.folder)
    if free < LEAST_FREE_MB:
        raise MachineFailed(
            f"only {free} MB free, a night needs {LEAST_FREE_MB}",
            file=str(site.folder),
            mend="free some space, or lower nightly.keep_runs",
        )
    require_sound_log(site.log_path)


def require_sound_log(path: Path) -> None:
    """Raise InputRefused where the log's pages are damaged; no log yet is fine."""
    if not path.exists():
        return
    bad = [finding for finding in check(path) if finding.level is Level.ERROR]
    if bad:
        raise InputRefused(bad[0].what, mend=bad[0].mend)


def clock_and_disk(site: Site, log: Log, now: datetime) -> Iterator[Found]:
    """What is no reason to stop, but a person should know: little space left, a clock that jumped."""
    free = free_mb(site.folder)
    if free < LOW_FREE_MB:
        what = f"{free} MB free beside the log: free some space before nights stop at {LEAST_FREE_MB}"
        yield Found("health disk", "", "", Severity.WARNING, what, details={"value": free, "limit": LOW_FREE_MB})
    last = newest(log)
    if last is not None and now < last:
        what = f"the clock was set back: the last run began at {last:%Y-%m-%d %H:%M} UTC, it is {now:%Y-%m-%d %H:%M}"
        yield Found("health clock", "", "", Severity.WARNING, what)
    elif last is not None and now - last > AHEAD:
        what = f"the clock has jumped, or nothing ran for {(now - last).days} days; retention keeps runs by count too"
        yield Found("health clock", "", "", Severity.WARNING, what)


def newest(log: Log) -> datetime | None:
    """When the run written last began."""
    runs = log.runs()
    if not runs:
        return None
    moment = datetime.fromisoformat(runs[0].started)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def free_mb(folder: Path) -> int:
    """Megabytes free on the disk that holds `folder`."""
    return shutil.disk_usage(folder).free >> 20
