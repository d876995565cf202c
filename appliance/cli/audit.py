"""`inspect-eval audit` and `check`: run the grid, or say whether it could run."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from appliance.cli.options import HERE, AsJson, Language, ProviderName, SiteDir
from appliance.errors import Exit

if TYPE_CHECKING:
    from appliance.score.summary_types import Summary


def register(app: typer.Typer) -> None:
    """Add these commands to the app."""
    app.command()(check)
    app.command()(audit)


def audit(  # noqa: PLR0913, PLR0917 - one option a setting that a command line may change
    site: SiteDir = HERE,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the interrupted run of the same plan.")] = False,
    suite: Annotated[str | None, typer.Option(help="quick, default or full; the site's own otherwise.")] = None,
    seed: Annotated[int | None, typer.Option(help="The run seed; the site's own otherwise.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; one a core otherwise.")] = None,
    repeats: Annotated[
        int | None, typer.Option(min=0, help="Shots of every part with noise of their own; the site's own otherwise.")
    ] = None,
    provider: ProviderName = None,
    cost: Annotated[bool, typer.Option("--cost/--no-cost", help="Measure inference cost too.")] = True,
    lang: Language = "en",
    as_json: AsJson = False,
) -> int:
    """Score every member on identical perturbed pixels and log it. Example: inspect-eval audit --suite quick"""
    from appliance.audit.order import Wish
    from appliance.cli.progress import shown
    from appliance.language.catalogue import words
    from appliance.language.tongue import DOMAIN, speaking
    from appliance.session import audit_site, open_summary
    from appliance.site import load_site

    words(lang, DOMAIN)  # a language without a catalogue is refused before anything is measured
    here = load_site(site)
    with shown() as progress:
        wish = Wish(suite, seed, workers, provider, repeats)
        summary = audit_site(here, wish, resume=resume, progress=progress, with_cost=cost)
    if lang == "en" or as_json:
        show(summary, as_json=as_json)
    else:
        with speaking(lang):
            show(open_summary(here, summary.record.head.run), as_json=False)
    return verdict_code(summary)


def check(site: SiteDir = HERE, provider: ProviderName = None, as_json: AsJson = False) -> int:
    """Say whether an audit would run here, and what is missing. Example: inspect-eval check"""
    from appliance.check import check_site

    found = check_site(site, provider)
    if as_json:
        print(json.dumps(found.as_json()))
    else:
        for line in found.lines():
            print(line)
    return found.code


def show(summary: "Summary", *, as_json: bool) -> None:
    """Print a run: the table, or one JSON document."""
    if as_json:
        from appliance.score.as_json import audit_json

        json.dump(audit_json(summary), sys.stdout)
        print()
        return
    from appliance.report.terminal import print_summary

    print_summary(summary)


def verdict_code(summary: "Summary") -> Exit:
    """1 where a binding limit is not shown to hold, 5 where parts or members were left out, else 0."""
    from appliance.session import verdict_code as code

    return code(summary)
