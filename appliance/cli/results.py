"""`inspect-eval report`, `runs` and `compare`: what the log says."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from appliance.cli.audit import show, verdict_code
from appliance.cli.options import HERE, AsJson, Language, RunName, SiteDir
from appliance.errors import Exit
from appliance.language.terminal import padded, w

if TYPE_CHECKING:
    from appliance.site import Site

runs = typer.Typer(name="runs", help="The runs in the log.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands to the app."""
    app.command()(report)
    app.add_typer(runs)
    app.command()(compare)


def report(
    run: RunName = "last",
    site: SiteDir = HERE,
    out: Annotated[Path | None, typer.Option(help="The HTML file; reports/RUN.html otherwise.")] = None,
    pictures: Annotated[bool, typer.Option("--pictures/--no-pictures", help="Show the worst parts.")] = True,
    page: Annotated[bool, typer.Option("--page", help="One sheet for the board instead, HTML and PDF.")] = False,
    lang: Language = "en",
) -> int:
    """Write one run as a single HTML page. Example: inspect-eval report last --page --lang ja"""
    from appliance.language.tongue import speaking
    from appliance.session import open_summary, write_run_report
    from appliance.site import load_site

    here = load_site(site)
    if page:
        return _page(here, run, lang, out)
    with speaking(lang):
        path = write_run_report(here, open_summary(here, run), out, pictures=pictures)
    print(w("report: {path}", path=path))
    return Exit.OK


def _page(here: "Site", run: str, lang: str, out: Path | None) -> int:
    from appliance.decision import write_page

    for path in write_page(here, run, lang, out):
        print(w("page: {path}", path=path))
    return Exit.OK


@runs.command("list")
def list_(site: SiteDir = HERE, as_json: AsJson = False) -> None:
    """Print every run, newest first. Example: inspect-eval runs list"""
    from appliance.log.existing import existing_log
    from appliance.log.log import Log
    from appliance.site import load_site

    with Log.open_read(existing_log(load_site(site))) as log:
        briefs = log.runs()
    if as_json:
        print(json.dumps([asdict(brief) for brief in briefs]))
        return
    for brief in briefs:
        counts = {"parts": brief.parts, "conditions": brief.conditions, "members": brief.members}
        grid = w("{parts} parts, {conditions} conditions, {members} members", **counts)
        print(f"{brief.run}  {padded(w(brief.state), 11)}  {brief.family}  {grid}  {brief.digest[:12]}")


@runs.command("show")
def show_(run: RunName = "last", site: SiteDir = HERE, lang: Language = "en", as_json: AsJson = False) -> int:
    """Print one run as `audit` printed it; --json is English. Example: inspect-eval runs show last --lang ja"""
    from appliance.language.tongue import speaking
    from appliance.session import open_summary
    from appliance.site import load_site

    with speaking(lang), speaking("en" if as_json else lang):
        summary = open_summary(load_site(site), run)
        show(summary, as_json=as_json)
    return verdict_code(summary)


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="The run to compare with: an id or its beginning.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The run that is compared, or `last`.")] = "last",
    site: SiteDir = HERE,
    other: Annotated[
        Path | None, typer.Option(help="The site folder of B, where its run lies in another log.", metavar="DIR")
    ] = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> int:
    """Compare two runs part by part, significance marked. Example: inspect-eval compare 20261123 last

    Where every size was trained anew, also say what that bought: more size, or better training?
    """
    from appliance.language.tongue import speaking
    from appliance.report.terminal_compare import print_comparison
    from appliance.report.terminal_trade import print_trade
    from appliance.score.as_json import comparison_json
    from appliance.session import open_comparison
    from appliance.site import load_site

    with speaking(lang), speaking("en" if as_json else lang):
        found, bought = open_comparison(load_site(site), a, b, None if other is None else load_site(other))
        if as_json:
            print(json.dumps(comparison_json(found, bought)))
            return Exit.OK
        print_comparison(found)
        if bought is not None:
            print_trade(bought)
    return Exit.OK
