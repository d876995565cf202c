"""`inspect-eval probe`: the mildest combination of disturbances that flips a decision, and a bounded-norm attack."""

import json
from typing import Annotated

import typer

from appliance.cli.options import HERE, AsJson, Language, SiteDir
from appliance.errors import Exit


def register(app: typer.Typer) -> None:
    """Add this command to the app."""
    app.command()(probe)


def probe(  # noqa: PLR0913, PLR0917 - one option a setting of the search
    site: SiteDir = HERE,
    parts: Annotated[int, typer.Option(min=2, help="Parts to probe, half OK and half NG.")] = 40,
    looks: Annotated[
        int | None, typer.Option(min=30, help="Candidates for each part and size; 96, or 300 with --adversarial.")
    ] = None,
    adversarial: Annotated[
        bool, typer.Option("--adversarial", help="A bounded-norm attack on the pixels instead.")
    ] = False,
    levels: Annotated[
        float, typer.Option(min=0.5, max=64, help="With --adversarial: the largest change, in grey levels of 255.")
    ] = 4.0,
    reach: Annotated[
        float, typer.Option(min=0.1, max=10, help="Look so many times as far as the calibrated box.")
    ] = 1.0,
    seed: Annotated[int | None, typer.Option(min=0, help="The seed; the site's own otherwise.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one a core otherwise.")] = None,
    provider: Annotated[str | None, typer.Option(help="Where models run; the site's own otherwise.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the interrupted probe of the same plan.")
    ] = False,
    lang: Language = "en",
    as_json: AsJson = False,
) -> int:
    """Find the mildest disturbances that flip a decision. Example: inspect-eval probe --parts 20"""
    from appliance.cli.counting import counting
    from appliance.language.catalogue import words
    from appliance.language.tongue import DOMAIN, speaking, w
    from appliance.probe.as_json import probe_json
    from appliance.probe.session import probe_site
    from appliance.probe.types import Kind, ProbeWish
    from appliance.report.terminal_probe import print_probe
    from appliance.site import load_site

    words(lang, DOMAIN)  # a language without a catalogue is refused before anything is computed
    kind = Kind.ADVERSARIAL if adversarial else Kind.PHYSICAL
    budget = looks or (300 if adversarial else 96)
    wish = ProbeWish(kind, parts, budget, levels, reach, seed, workers, provider)
    with counting("probe", "parts") as progress:
        probed = probe_site(load_site(site), wish, resume=resume, progress=progress)
    if as_json:
        print(json.dumps(probe_json(probed)))
    else:
        with speaking(lang):
            print_probe(probed)
            print(w("It stands in the next report: inspect-eval report last"))
    return Exit.WARNINGS if probed.left_out else Exit.OK
