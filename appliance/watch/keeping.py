"""After the night: prune runs, reports and copies by retention, and copy the log; a failure here is one line."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from appliance.log.copying import disk_faults
from appliance.log.log import Log
from appliance.log.maintain import Retention, backup, prune
from appliance.site import Site
from appliance.watch.baselines import baselines


@dataclass(frozen=True)
class Kept:
    """What was pruned, and where the copy of the log lies (None: none is made)."""

    pruned: tuple[str, ...]
    backup: Path | None


def keep_house(site: Site, log: Log, now: datetime) -> Kept:
    """Prune by [nightly], then copy the log. Raises MachineFailed where the copy cannot be written."""
    rules = site.nightly
    held = {choice.run for choice in baselines(log)}
    pruned = prune(log, Retention(rules.keep_runs, rules.keep_days), now=now, keep=held)
    trim(sorted(site.reports.glob("*.html")), rules.keep_reports)
    if rules.backups == "none":
        return Kept(tuple(pruned), None)
    folder = site.resolve(rules.backups)
    target = folder / f"log-{now:%Y%m%d-%H%M%S}.db"
    with disk_faults(target):
        folder.mkdir(parents=True, exist_ok=True)
    backup(log.path, target)
    trim(sorted(folder.glob("log-*.db")), rules.keep_backups)
    return Kept(tuple(pruned), target)


def trim(files: list[Path], keep: int) -> None:
    """Delete all but the last `keep` of `files`, which are in order of their names."""
    for file in files[: max(len(files) - keep, 0)]:
        with disk_faults(file):
            file.unlink(missing_ok=True)
