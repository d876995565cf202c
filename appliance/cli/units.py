"""`inspect-eval install-units`: hand the site over to systemd."""

from pathlib import Path
from typing import Annotated

import typer

from appliance.cli.options import HERE, SiteDir
from appliance.language.terminal import w


def register(app: typer.Typer) -> None:
    """Add this command to the app."""
    app.command("install-units")(install)


def install(
    site: SiteDir = HERE,
    root: Annotated[Path, typer.Option(metavar="DIR", help="Write below this folder instead of /.")] = Path("/"),
    user: Annotated[str, typer.Option(help="The system user that audits; made if it is not there.")] = "inspect-eval",
    gpu: Annotated[bool, typer.Option("--gpu", help="The audit runs on an NVIDIA GPU.")] = False,
) -> None:
    """Write the site's systemd units, say how to start them. Example: inspect-eval install-units --site /srv/line-3"""
    from appliance.site import load_site
    from appliance.units import Wanted, install_units

    written = install_units(load_site(site), Wanted(root, user, gpu))
    for file in written.files:
        print(file)
    print(w("then, as root:"))
    for step in written.next_steps:
        print(f"  {step}")
