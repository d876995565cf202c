"""`inspect-eval perturb list|preview|apply`: the perturbations, seen and applied one at a time."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from appliance.cli.options import HERE, AsJson, SiteDir
from appliance.errors import UsageError
from appliance.language.terminal import w

if TYPE_CHECKING:
    from perturb.camera import Camera
    from perturb.types import Perturbation

group = typer.Typer(name="perturb", help="List, preview and apply perturbations.", no_args_is_help=True)
CameraFile = Annotated[
    str, typer.Option("--camera", help="A camera TOML file or a shipped profile; the site's otherwise.", metavar="FILE")
]
SeedNumber = Annotated[int, typer.Option("--seed", help="The run seed of every random draw.")]


def register(app: typer.Typer) -> None:
    """Add this group to the app."""
    app.add_typer(group)


@group.command("list")
def list_(site: SiteDir = HERE, as_json: AsJson = False) -> None:
    """Print every perturbation with its unit and levels. Example: inspect-eval perturb list

    In a site, its own are among them.
    """
    from perturb import PERTURBATIONS

    _enter(site)
    if as_json:
        print(json.dumps([_row(p) for p in PERTURBATIONS.values()]))
        return
    for p in PERTURBATIONS.values():
        levels = ", ".join(f"{level:g}" for level in p.levels)
        neutral = w("neutral {value}", value=f"{p.neutral:g}")
        print(f"{p.group:<10} {p.name:<22} {levels} {p.unit}  ({neutral})  {p.summary}")


@group.command()
def apply(
    name: Annotated[str, typer.Argument(help="A perturbation of `perturb list`.")],
    source: Annotated[Path, typer.Argument(metavar="IN", help="The picture.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Where to write it (.png or .tif keep every bit).")],
    severity: Annotated[float, typer.Option(help="In the perturbation's own unit.")],
    seed: SeedNumber = 1,
    camera: CameraFile = "",
    site: SiteDir = HERE,
) -> None:
    """Write one perturbed picture. Example: inspect-eval perturb apply defocus in.png out.png --severity 0.5"""
    from appliance.conditions import ask
    from appliance.parts.decode import decode
    from appliance.pictures import write_picture
    from perturb import apply as perturb_apply
    from perturb.types import Scene, Seed

    station = _enter(site, camera)
    decoded = decode(source)
    wanted = ask(name, severity)
    scene = perturb_apply(Scene(decoded.pixels, decoded.bits), wanted, Seed(seed, source.name), station)
    write_picture(out, scene.pixels)


@group.command()
def preview(  # noqa: PLR0913, PLR0917 - one option a thing that a sheet may show
    source: Annotated[Path, typer.Argument(metavar="IMAGE", help="A picture of a part.")],
    out: Annotated[Path, typer.Option(help="The contact sheet.")] = Path("preview.png"),
    seed: SeedNumber = 1,
    camera: CameraFile = "",
    site: SiteDir = HERE,
    names: Annotated[str, typer.Option(help="Only these, comma-separated.")] = "",
    levels: Annotated[str, typer.Option(help="Only these of the five levels, such as 1,3,5.")] = "1,2,3,4,5",
    close: Annotated[bool, typer.Option("--close", help="The picture's middle at full size: shows noise.")] = False,
) -> None:
    """Draw a contact sheet of every perturbation by severity. Example: inspect-eval perturb preview part.png"""
    from appliance.parts.decode import decode
    from appliance.pictures import write_picture
    from perturb.preview import View, contact_sheet
    from perturb.types import Scene, Seed

    station = _enter(site, camera)
    decoded = decode(source)
    wanted = [name.strip() for name in names.split(",") if name.strip()] or None
    scene, view = Scene(decoded.pixels, decoded.bits), View(_levels(levels), close)
    sheet = contact_sheet(scene, wanted, camera=station, seed=Seed(seed, source.name), view=view)
    write_picture(out, sheet)
    print(w("wrote {path}", path=out))


def _row(p: "Perturbation") -> dict[str, object]:
    return {
        "name": p.name,
        "group": str(p.group),
        "unit": p.unit,
        "levels": list(p.levels),
        "neutral": p.neutral,
        "needs": sorted(p.needs),
        "summary": p.summary,
        "source": p.source,
        "reasons": p.reasons,
        "own": p.own,
    }


def _levels(text: str) -> tuple[int, ...]:
    found = [item.strip() for item in text.split(",")]
    if not all(item in tuple("12345") for item in found):
        raise UsageError(f"--levels {text!r}: levels are 1 to 5", mend="for example --levels 1,3,5")
    return tuple(map(int, found))


def _enter(folder: Path, camera: str = "") -> "Camera":
    """Know the perturbations of the site in `folder`, where there is one; the camera asked for, else the site's own."""
    from appliance.site import SITE_FILE, load_site
    from perturb import load_camera

    site = load_site(folder) if folder != HERE or (folder / SITE_FILE).exists() else None
    if site is None:
        return load_camera(camera or "common")
    from appliance.audit.order import site_camera
    from appliance.own import know_site

    know_site(site)
    return load_camera(camera) if camera else site_camera(site)
