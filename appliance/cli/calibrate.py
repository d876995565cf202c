"""`inspect-eval calibrate`: severities from the line's own pictures."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from appliance.cli.options import HERE, AsJson, Language, SiteDir
from appliance.errors import Exit
from appliance.language.terminal import again, mark, w

FILES = (mark("page"), mark("site"), mark("profile"), mark("camera"))
"""What calibration writes."""


def register(app: typer.Typer) -> None:
    """Add this command to the app."""
    app.command()(calibrate)


def calibrate(  # noqa: PLR0913, PLR0917 - one option a setting of the measurement
    images: Annotated[Path, typer.Argument(metavar="IMAGES", help="Folder of the line's own pictures, over days.")],
    site: SiteDir = HERE,
    flats: Annotated[Path | None, typer.Option(help="Folder of flat and dark picture pairs.", metavar="DIR")] = None,
    scene: Annotated[
        str, typer.Option(help="Pattern whose first bracket on a path names the product or view.", metavar="REGEX")
    ] = "",
    most: Annotated[int, typer.Option(min=8, max=5000, help="Pictures measured at most, evenly spaced.")] = 500,
    write: Annotated[bool, typer.Option("--write/--dry-run", help="Write site.toml and the profile.")] = True,
    lang: Language = "en",
    as_json: AsJson = False,
) -> int:
    """Measure what the line shows; audits use it from then on. Example: inspect-eval calibrate ~/pictures/november"""
    from appliance.calibrate.as_json import calibration_json
    from appliance.calibrate.run import Wish
    from appliance.calibrate.session import calibrate_site
    from appliance.cli.counting import counting
    from appliance.language.tongue import speaking
    from appliance.report.terminal_calibration import print_calibration, print_changes
    from appliance.site import load_site

    def say(text: str) -> None:
        print(again(text), file=sys.stderr, flush=True)

    with speaking(lang), counting("calibrate", "pictures") as progress:
        done = calibrate_site(load_site(site), Wish(images, flats, scene, most), progress, say, write=write)
    if as_json:
        told = calibration_json(done.found, {name: str(path) for name, path in done.files.items()})
        print(json.dumps({**told, "changed": [asdict(change) for change in done.changed]}))
    else:
        with speaking(lang):
            print_calibration(done.found)
            print_changes(done.changed, written=write)
        for name, path in done.files.items():
            print(f"{w(name)}: {path}")
    return Exit.WARNINGS if done.found.album.left_out else Exit.OK
