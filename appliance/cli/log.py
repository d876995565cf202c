"""`inspect-eval log`: check, back up, restore, prune and export the log."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from appliance.cli.options import HERE, AsJson, SiteDir
from appliance.errors import Exit
from appliance.language.terminal import finding as told
from appliance.language.terminal import w

log = typer.Typer(name="log", help="Care of the log.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands to the app."""
    app.add_typer(log)


@log.command()
def check(
    site: SiteDir = HERE,
    full: Annotated[bool, typer.Option("--full", help="Every index, every outcome, every digest too.")] = False,
    as_json: AsJson = False,
) -> int:
    """Say whether the log is sound, and how to mend it; 3 where it is not. Example: inspect-eval log check --full"""
    from appliance.log.check import Level
    from appliance.log.check import check as check_log
    from appliance.log.existing import existing_log
    from appliance.site import load_site

    path = existing_log(load_site(site))
    found = check_log(path, full=full)
    if as_json:
        print(json.dumps({"log": str(path), "full": full, "findings": [asdict(finding) for finding in found]}))
    else:
        for finding in found:
            print(told(finding.level, finding.what, finding.mend))
        if not any(finding.level is not Level.INFO for finding in found):
            how = w("every outcome read") if full else w("quick look; --full reads every outcome")
            print(w("{path}: sound ({how})", path=path, how=how))
    return Exit.INPUT if any(finding.level is Level.ERROR for finding in found) else Exit.OK


@log.command()
def backup(
    target: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="backups/log-TIME.db otherwise.")] = None,
    site: SiteDir = HERE,
) -> None:
    """Copy the log as it stands, beside a running audit. Example: inspect-eval log backup /mnt/usb/log.db"""
    from datetime import UTC, datetime

    from appliance.log.copying import disk_faults
    from appliance.log.existing import existing_log
    from appliance.log.maintain import backup as copy
    from appliance.site import load_site

    here = load_site(site)
    folder = here.resolve(here.nightly.backups if here.nightly.backups != "none" else "backups")
    chosen = target or folder / f"log-{datetime.now(UTC):%Y%m%d-%H%M%S}.db"
    if target is None:
        with disk_faults(chosen):
            folder.mkdir(parents=True, exist_ok=True)
    copy(existing_log(here), chosen)
    print(w("backup: {path}", path=chosen))


@log.command()
def restore(
    copy: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    site: SiteDir = HERE,
) -> None:
    """Make the log what a backup holds; the log that was is kept beside it. Example: inspect-eval log restore log.db"""
    from appliance.log.lock import site_lock
    from appliance.log.maintain import restore as bring_back
    from appliance.site import load_site

    here = load_site(site)
    with site_lock(here.folder, "log restore"):
        kept = bring_back(copy, here.log_path)
    was = w("; the log that was is {path}", path=kept) if kept else ""
    print(w("restored {path}", path=here.log_path) + was)


@log.command()
def prune(
    site: SiteDir = HERE,
    runs: Annotated[int | None, typer.Option(min=1, help="Runs to keep at least; the site's own otherwise.")] = None,
    days: Annotated[int | None, typer.Option(min=0, help="Days to keep at least; the site's own otherwise.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Delete runs beyond what the site keeps; baselines stay. Example: inspect-eval log prune --dry-run"""
    from datetime import UTC, datetime

    from appliance.log.existing import existing_log
    from appliance.log.lock import site_lock
    from appliance.log.log import Log
    from appliance.log.maintain import Retention, expired
    from appliance.log.maintain import prune as prune_log
    from appliance.site import load_site
    from appliance.watch.baselines import baselines

    here = load_site(site)
    kept = Retention(runs or here.nightly.keep_runs, here.nightly.keep_days if days is None else days)
    with site_lock(here.folder, "log prune"), Log.open(existing_log(here), create=False) as found:
        held = {choice.run for choice in baselines(found)}
        now = datetime.now(UTC)
        gone = expired(found, kept, now, held) if dry_run else prune_log(found, kept, now=now, keep=held)
    for run in gone:
        print(run)
    print(_gone(len(gone), dry_run))


@log.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that does not exist yet.")],
    site: SiteDir = HERE,
    kind: Annotated[str, typer.Option("--format", help="csv or parquet.")] = "csv",
    run: Annotated[list[str] | None, typer.Option(help="A run; may be given again. All otherwise.")] = None,
    outcomes: Annotated[bool, typer.Option("--outcomes", help="A row per part and cell too.")] = False,
) -> None:
    """Write the log's tables with their dictionary. Example: inspect-eval log export out --format parquet"""
    from appliance.log.existing import existing_log
    from appliance.log.export import export as write
    from appliance.log.log import Log
    from appliance.site import load_site

    with Log.open_read(existing_log(load_site(site))) as found:
        for file in write(found, folder, kind=kind, runs=run or (), outcomes=outcomes):
            print(file)


def _gone(count: int, dry_run: bool) -> str:
    if count == 1:
        return w("1 run would go") if dry_run else w("1 run deleted")
    return w("{count} runs would go", count=count) if dry_run else w("{count} runs deleted", count=count)
