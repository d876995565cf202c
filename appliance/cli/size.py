"""`inspect-eval size`: which machine to buy for this line and these sizes, with a band on every figure."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from appliance.cli.options import HERE, AsJson, Language, SiteDir
from appliance.errors import Exit, UsageError

if TYPE_CHECKING:
    from appliance.sizing.run import SizeWish


def register(app: typer.Typer) -> None:
    """Add this command to the app."""
    app.command()(size)


Files = Annotated[
    list[Path] | None,
    typer.Option("--record", help="A cost record of another machine; may be repeated.", metavar="FILE"),
]
Tables = Annotated[
    list[Path] | None,
    typer.Option("--backtest", help="Only back-test on this table (CSV, or a folder of them).", metavar="TABLE"),
]
Patterns = Annotated[
    list[str] | None,
    typer.Option("--machine", help="Only machines so called (globs); may be repeated.", metavar="NAME"),
]


def size(  # noqa: PLR0913, PLR0917 - the line can be changed on the command line, each figure by its own option
    site: SiteDir = HERE,
    record: Files = None,
    machine: Patterns = None,
    parts_per_minute: Annotated[float | None, typer.Option(help="The site's takt otherwise.", min=0.001)] = None,
    deadline: Annotated[float | None, typer.Option(help="Arrival to reject gate, ms; 0: the takt.", min=0)] = None,
    cameras: Annotated[int | None, typer.Option(help="Pictures of a part that come at once.", min=1)] = None,
    burst: Annotated[int | None, typer.Option(help="Parts that come together.", min=1)] = None,
    measured: Annotated[bool, typer.Option("--measured/--unmeasured", help="Use what was measured here.")] = True,
    out: Annotated[Path | None, typer.Option(help="The page; reports/size.html otherwise.", metavar="FILE")] = None,
    page: Annotated[bool, typer.Option("--page/--no-page", help="Write the page for the purchase file.")] = True,
    backtest: Tables = None,
    save: Annotated[Path | None, typer.Option(help="Keep the fits of --backtest here.", metavar="FILE")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Print the catalogue of machines and stop.")] = False,
    lang: Language = "en",
    as_json: AsJson = False,
) -> int:
    """Say which machine meets the takt, at what cost. Example: inspect-eval size --record demo-unit.json"""
    from appliance.language.tongue import speaking
    from appliance.sizing.run import SizeWish

    if save and not backtest:
        raise UsageError("--save keeps the fits of a table", mend="name the table: --backtest TABLE")
    takt = 60.0 / parts_per_minute if parts_per_minute else None
    wish = SizeWish(tuple(record or ()), tuple(machine or ()), takt, deadline, cameras, burst, measured)
    with speaking(lang):
        if backtest:
            return _backtest(backtest, save, as_json=as_json)
        if list_:
            return _list(site, as_json=as_json)
        return _size(site, wish, out, page=page, as_json=as_json)


def _size(site: Path, wish: "SizeWish", out: Path | None, *, page: bool, as_json: bool) -> int:
    from appliance.audit.run import now
    from appliance.language.tongue import w
    from appliance.report.html import write_whole
    from appliance.report.size_page import write_size_page
    from appliance.report.terminal_size import print_answer
    from appliance.site import load_site
    from appliance.sizing.as_json import answer_json
    from appliance.sizing.run import size_site

    here, made = load_site(site), now()
    found = size_site(here, wish)
    document = json.dumps(answer_json(found, made))
    path = out or here.reports / "size.html"
    if page:
        write_size_page(found, here.name, made, path)
        write_whole(here.reports / "size.json", document.encode())  # what the dashboard shows
    if as_json:
        print(document)
        return Exit.OK if found.met else Exit.BREACH
    print_answer(found)
    if page:
        print(w("page: {path}", path=path))
    return Exit.OK if found.met else Exit.BREACH


def _backtest(tables: list[Path], save: Path | None, *, as_json: bool) -> int:
    from appliance.report.terminal_size import print_backtest
    from appliance.sizing.as_json import backtest_json
    from appliance.sizing.backtest import backtest
    from appliance.sizing.store import write_fits
    from appliance.sizing.table import read_tables

    table = read_tables(tables)
    fits = backtest(table, origin=", ".join(str(path) for path in tables))
    if not fits:
        mend = "give machines that share 4 models, or one with 60 whose MACs, activations and parameters are known"
        raise UsageError("too few rows to back-test anything", file=str(tables[0]), mend=mend)
    if save:
        write_fits(fits, save)
    print(json.dumps(backtest_json(fits, table.skipped))) if as_json else print_backtest(fits, table.skipped)
    return Exit.OK


def _list(site: Path, *, as_json: bool) -> int:
    from appliance.report.terminal_size import print_catalogue
    from appliance.site import SITE_FILE, load_site
    from appliance.sizing.catalogue import load_catalogue

    here = load_site(site) if (site / SITE_FILE).exists() else None
    found = load_catalogue(here.resolve(here.sizing.hardware) if here else None)
    if as_json:
        print(json.dumps([machine.model_dump(mode="json") for machine in found.machines]))
    else:
        print_catalogue(found)
    return Exit.OK
