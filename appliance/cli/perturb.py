"""`inspect-eval perturb list|preview|apply`: the perturbations, seen and applied one at a time."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from appliance.cli.options import HERE, AsJson, Language, SiteDir
from appliance.errors import UsageError
from appliance.language.terminal import heard, w

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appliance.site import Site
    from perturb.camera import Camera
    from perturb.preview import Shown
    from perturb.types import Perturbation

PAGES = (".html", ".htm")

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
    from appliance.language.names import names
    from perturb import PERTURBATIONS

    _known(site)
    if as_json:
        print(json.dumps([_row(p) for p in PERTURBATIONS.values()]))
        return
    said = names(heard()) if heard() != "en" else None
    for p in PERTURBATIONS.values():
        levels = ", ".join(f"{level:g}" for level in p.levels)
        summary = said.perturbation(p.name) if said else p.summary.replace("`", "")
        neutral = w("neutral {value}", value=f"{p.neutral:g}")
        print(f"{p.group:<10} {p.name:<22} {levels} {p.unit}  ({neutral})  {summary}")


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
    wanted = ask(name, severity)  # a mistake of the command line first, then the picture
    decoded = decode(source)
    scene = perturb_apply(Scene(decoded.pixels, decoded.bits), wanted, Seed(seed, source.name), station)
    write_picture(out, scene.pixels)


@group.command()
def preview(  # noqa: PLR0913, PLR0917 - one option a thing that a page may show
    source: Annotated[Path, typer.Argument(metavar="IMAGE", help="A picture of a part.")],
    out: Annotated[Path, typer.Option(help="The page; a name in .png gives pictures instead, a few a group.")] = Path(
        "preview.html"
    ),
    seed: SeedNumber = 1,
    camera: CameraFile = "",
    site: SiteDir = HERE,
    names: Annotated[str, typer.Option(help="Only these, comma-separated; in one picture.")] = "",
    levels: Annotated[str, typer.Option(help="Only these of the five levels, such as 1,3,5.")] = "1,2,3,4,5",
    close: Annotated[bool, typer.Option("--close", help="The picture's middle at full size: shows noise.")] = False,
    lang: Language = "en",
) -> None:
    """Show every perturbation by severity, group by group. Example: inspect-eval perturb preview part.png

    One page that needs no network, or with `--out sheets.png` pictures of a screen's size: sheets-lighting-1.png ...
    """
    from appliance.cli.counting import counting
    from appliance.language.catalogue import words
    from appliance.language.tongue import DOMAIN
    from appliance.parts.decode import decode
    from perturb.preview import View, fitting, show
    from perturb.types import Scene, Seed

    words(lang, DOMAIN)  # a language without a catalogue is refused before anything is drawn
    _check_out(out)
    station = _enter(site, camera)
    view = View(_levels(levels), close, side=240 if out.suffix.lower() in PAGES else 176)
    decoded = decode(source)
    scene, wanted = Scene(decoded.pixels, decoded.bits), _names(names)
    items, run_seed = fitting(scene, wanted), Seed(seed, source.name)
    rows, start = [], time.monotonic()
    with counting("preview", "perturbations") as told:
        for item in items:
            rows.append(show(scene, item, station, run_seed, view))
            told(len(rows), len(items), time.monotonic() - start)
    for path in _written(out, rows, scene.bits, source.name, lang=lang, one=wanted is not None):
        print(w("wrote {path}", path=path))


def _names(text: str) -> list[str] | None:
    return [name.strip() for name in text.split(",") if name.strip()] or None


def _check_out(out: Path) -> None:
    """Fail before the long work where the page could not be written."""
    from appliance.pictures import SUFFIXES

    if out.suffix.lower() not in (*PAGES, *SUFFIXES):
        raise UsageError("no page and no picture is named so", file=str(out), mend="--out preview.html or sheets.png")
    if not out.absolute().parent.is_dir():
        raise UsageError("there is no such folder", file=str(out.parent), mend="make it, or name another with --out")


def _written(out: Path, rows: "Sequence[Shown]", bits: int, source: str, *, lang: str, one: bool) -> "Iterator[Path]":
    """Write the page, the one picture of what was named, or a picture or more a group; their paths."""
    from appliance.pictures import write_picture
    from perturb.preview import pages, sheet_of

    if out.suffix.lower() in PAGES:
        from appliance.language.tongue import speaking
        from appliance.report.preview import write_preview_page

        with speaking(lang):
            write_preview_page(rows, bits, source, out)
        yield out
        return
    for name, page in ({"": tuple(rows)} if one else pages(rows)).items():
        path = out.with_name(f"{out.stem}-{name}{out.suffix}") if name else out
        write_picture(path, sheet_of(page, bits))
        yield path


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


def _known(folder: Path) -> "Site | None":
    """The site in `folder`, where there is one, its own perturbations made known."""
    from appliance.site import SITE_FILE, load_site

    site = load_site(folder) if folder != HERE or (folder / SITE_FILE).exists() else None
    if site is not None:
        from appliance.own import know_site

        know_site(site)
    return site


def _enter(folder: Path, camera: str = "") -> "Camera":
    """Know the perturbations of the site in `folder`, where there is one; the camera asked for, else the site's own."""
    from perturb import load_camera

    site = _known(folder)
    if camera or site is None:
        return load_camera(camera or "common")
    from appliance.own import site_camera

    return site_camera(site)
