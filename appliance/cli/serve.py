"""`inspect-eval serve`: the dashboard on this node."""

import sys
from typing import Annotated

import typer

from appliance.cli.options import HERE, SiteDir
from appliance.errors import Exit, MachineFailed
from appliance.language.terminal import w


def register(app: typer.Typer) -> None:
    """Add this command to the app."""
    app.command()(serve)


def serve(
    site: SiteDir = HERE,
    host: Annotated[str | None, typer.Option(help="Address to listen on; site.toml's otherwise.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; site.toml's otherwise.")] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="A name browsers may ask for it by; may be repeated.", metavar="NAME")
    ] = None,
) -> int:
    """Show the log as pages until stopped; only acknowledging writes. Example: inspect-eval serve --port 8600"""
    from appliance.site import load_site

    _require_extra()
    from appliance.serve.server import Place, serve

    known = load_site(site)
    section = known.dashboard
    names = (*section.allow_hosts, *(allow_host or ()))
    place = Place(host or section.host, port or section.port, names)
    if place.host not in ("127.0.0.1", "localhost", "::1"):
        print(w("note: everybody on this network can read the dashboard and acknowledge alerts"), file=sys.stderr)
    said = w("dashboard of {site}: {address}", site=known.name, address=place.address)
    serve(known.folder, place, listening=lambda: print(said, file=sys.stderr, flush=True))
    return Exit.OK


def _require_extra() -> None:
    """Raises MachineFailed where the extra is not installed."""
    from importlib.util import find_spec

    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise MachineFailed(f"{' and '.join(missing)} not installed", mend="pip install 'inspect-eval[serve]'")
