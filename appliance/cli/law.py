"""`inspect-eval law`: does size still pay, on clean parts and under each condition, from the log or a table."""

import json
from pathlib import Path
from typing import Annotated

import typer

from appliance.cli.options import HERE, AsJson, Language, RunName, SiteDir
from appliance.errors import Exit, UsageError


def register(app: typer.Typer) -> None:
    """Add this command to the app."""
    app.command()(law)


def law(  # noqa: PLR0913, PLR0917 - a run and a table are read by the same command, each with its own options
    run: RunName = "last",
    site: SiteDir = HERE,
    axis: Annotated[
        str, typer.Option(help="Size by macs, params, activations, p99 (latency) or cost (per part).")
    ] = "macs",
    condition: Annotated[str, typer.Option(help="Print the laws under this condition whole.", metavar="KEY")] = "",
    table: Annotated[
        Path | None, typer.Option(help="A published table (CSV) instead of a run.", metavar="FILE")
    ] = None,
    size: Annotated[str, typer.Option(help="Its column of sizes.", metavar="COLUMN")] = "",
    error: Annotated[str, typer.Option(help="Its column of errors in percent.", metavar="COLUMN")] = "",
    parts: Annotated[str, typer.Option(help="Its column of images behind each error.", metavar="COLUMN")] = "",
    tau: Annotated[float | None, typer.Option(min=0, help="Scatter of one training, pp.")] = None,
    delta: Annotated[float | None, typer.Option(min=0, help="Smallest gain per doubling that matters, pp.")] = None,
    lang: Language = "en",
    as_json: AsJson = False,
) -> int:
    """Fit the law of error over size and give its verdict. Example: inspect-eval law --axis params"""
    from appliance.language.tongue import speaking
    from appliance.law.as_json import law_json, report_json
    from appliance.law.table import law_of_table
    from appliance.report.terminal_law import print_law, print_laws
    from appliance.session import law_setting, open_laws
    from appliance.site import load_site

    with speaking(lang), speaking("en" if as_json else lang):
        if table is not None:
            if not size or not error:
                raise UsageError("which columns?", file=str(table), mend="name them: --size COLUMN --error COLUMN")
            if condition:
                raise UsageError("a table has no conditions", file=str(table), mend="leave --condition away")
            setting = law_setting(None, tau, delta)
            found = law_of_table(table, size=size, error=error, parts=parts or None, setting=setting)
            print(json.dumps(law_json(found))) if as_json else print_law(found)
            return Exit.OK
        if size or error or parts:
            raise UsageError("--size, --error and --parts are columns of a table", mend="name it: --table FILE")
        here = load_site(site)
        report = open_laws(here, run, axis, law_setting(here, tau, delta))
        print(json.dumps(report_json(report))) if as_json else print_laws(report, condition=condition)
        return Exit.OK
