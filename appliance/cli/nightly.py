"""`inspect-eval nightly`: what the timer starts."""

import json
from typing import Annotated

import typer

from appliance.cli.options import HERE, AsJson, SiteDir
from appliance.language.terminal import again


def register(app: typer.Typer) -> None:
    """Add this command to the app."""
    app.command()(nightly)


def nightly(
    site: SiteDir = HERE,
    as_json: AsJson = False,
    incoming: Annotated[
        bool, typer.Option("--incoming", help="Only judge the unlabelled pictures that came in.")
    ] = False,
    failed: Annotated[bool, typer.Option("--failed", hidden=True, help="Say that the unit failed.")] = False,
) -> int:
    """Audit within the night's time, compare, judge, alert, keep house. Example: inspect-eval nightly --site line-3"""
    from appliance.cli.progress import shown
    from appliance.watch.failed_unit import note_failed_unit
    from appliance.watch.line import run_incoming
    from appliance.watch.night import run_night

    if failed:
        return note_failed_unit(site)
    if incoming:
        code, message = run_incoming(site)
        print(again(message))
        return code
    with shown() as progress:
        result = run_night(site, progress)
    lines = [result.message, result.document["verdict"], result.document["line"]]
    print(json.dumps(result.document) if as_json else "\n".join(again(line) for line in lines if line))
    return result.code
