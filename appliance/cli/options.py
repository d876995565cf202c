"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

SiteDir = Annotated[
    Path, typer.Option("--site", help="The site folder; the one you stand in otherwise.", metavar="DIR")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
RunName = Annotated[str, typer.Argument(help="A run's id, the beginning of one, or `last`.", metavar="RUN")]
ProviderName = Annotated[
    str | None,
    typer.Option(
        "--provider", help="cpu, openvino, cuda, tensorrt, rtx ...; the site's own otherwise.", metavar="NAME"
    ),
]
Language = Annotated[str, typer.Option("--lang", help="en or ja.", metavar="LANGUAGE")]

HERE = Path()
