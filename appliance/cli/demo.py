"""`inspect-eval demo`: the whole product on parts it renders itself."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from appliance.errors import Exit
from appliance.language.terminal import again, heard, w


def register(app: typer.Typer) -> None:
    """Add this command to the app."""
    app.command()(demo)


def demo(
    out: Annotated[Path, typer.Option(help="Folder for parts, logs and reports.", metavar="DIR")] = Path(
        "inspect-eval-demo"
    ),
    parts: Annotated[int, typer.Option(min=20, help="How many parts to render.")] = 160,
) -> int:
    """Render parts, audit the two shipped families on them, write the reports. Example: inspect-eval demo"""
    from appliance.cli.progress import shown
    from appliance.demo import run_demo
    from appliance.language.tongue import speaking
    from appliance.report.terminal import print_summary

    with shown() as progress:
        results = run_demo(out, parts, progress, lambda text: print(again(text), file=sys.stderr, flush=True))
    for result in results:
        print("\n" + w("family {family}", family=result.family))
        with speaking(heard()):
            print_summary(result.summary)
    for result in results:
        print(w("report of {family}: {path}", family=result.family, path=result.report))
    return Exit.OK
