"""`inspect-eval advise`: what to buy, what to test first, or what to train for, from a run, prices and conditions."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from appliance.cli.options import HERE, AsJson, Language, RunName, SiteDir
from appliance.errors import Exit

if TYPE_CHECKING:
    from appliance.site import Site

Seen = Annotated[
    str, typer.Option(help="Judge the gate by what a test has seen: wrong decisions/parts.", metavar="K/N")
]


def register(app: typer.Typer) -> None:
    """Add this command to the app."""
    app.command()(advise)


def advise(
    run: RunName = "last",
    site: SiteDir = HERE,
    lang: Language = "en",
    escapes: Seen = "",
    overkills: Seen = "",
    train: Annotated[
        Path | None,
        typer.Option(help="Write an augmentation policy against the weak spots (Albumentations).", metavar="FILE"),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Say what to buy or to test first, with money, risk and a plan. Example: inspect-eval advise last --lang ja"""
    from appliance.advice.as_json import advice_json, standings_json
    from appliance.decision import keep_advice, standings
    from appliance.language.catalogue import words
    from appliance.report.advice_words import DOMAIN, told
    from appliance.report.terminal_advice import print_advice
    from appliance.site import load_site

    here = load_site(site)
    words(lang, DOMAIN)  # a language without a catalogue is refused before anything is computed or kept
    if train is not None:
        return _train(here, run, train, lang, as_json=as_json)
    gates = standings(here, {name: text for name, text in (("escape", escapes), ("overkill", overkills)) if text})
    advice = keep_advice(here, run)
    if as_json:
        print(json.dumps(advice_json(advice) | {"gates": standings_json(gates)}))
    else:
        print_advice(told(advice, lang), gates)
    return Exit.OK


def _train(site: "Site", run: str, path: Path, lang: str, *, as_json: bool) -> int:
    from appliance.advice.as_json import policy_json
    from appliance.decision import write_policy
    from appliance.report.advice_words import told
    from appliance.report.policy_words import policy_lines

    policy, advice = write_policy(site, run, path)
    if as_json:
        print(json.dumps(policy_json(policy)))
        return Exit.OK
    for line in policy_lines(policy, told(advice, lang), path):
        print(line)
    return Exit.OK
