"""`inspect-eval baseline`: which run the nights are compared with."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from appliance.cli.options import HERE, AsJson, RunName, SiteDir
from appliance.language.terminal import w

baseline = typer.Typer(name="baseline", help="The run that nights are compared with.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands to the app."""
    app.add_typer(baseline)


@baseline.command("set")
def set_(
    run: RunName = "last",
    site: SiteDir = HERE,
    note: Annotated[str, typer.Option(help="Why, for the history.")] = "",
    by: Annotated[str | None, typer.Option("--by", help="Who does it; you otherwise.", metavar="NAME")] = None,
) -> None:
    """Compare with this run from now on; drift charts begin anew. Example: inspect-eval baseline set last --note SOP"""
    import getpass

    from appliance.audit.run import now
    from appliance.log.existing import existing_log
    from appliance.log.log import Log
    from appliance.site import load_site
    from appliance.watch.baselines import set_baseline

    with Log.open(existing_log(load_site(site)), create=False) as log:
        chosen = set_baseline(log, run, at=now(), who=by or getpass.getuser(), note=note)
    print(w("baseline: {run}", run=chosen.run))


@baseline.command()
def show(site: SiteDir = HERE, as_json: AsJson = False) -> None:
    """Show the baseline and the ones before it, the present one first. Example: inspect-eval baseline show"""
    from appliance.cli.main import printable
    from appliance.log.existing import existing_log
    from appliance.log.log import Log
    from appliance.site import load_site
    from appliance.watch.baselines import baselines

    with Log.open_read(existing_log(load_site(site))) as log:
        found = baselines(log)
    if as_json:
        print(json.dumps([asdict(choice) for choice in found]))
        return
    if not found:
        print(w("no baseline yet: the first night sets one, or `inspect-eval baseline set RUN`"))
    for choice in found:
        told = w("set {at} by {who}", at=choice.set_at, who=printable(choice.who))
        print(f"{choice.run}  {told}  {printable(choice.note)}".rstrip())
