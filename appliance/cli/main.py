"""The roof: one app, one place where an error becomes one line and an exit code."""

import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType
from typing import Annotated, Any

import typer

from appliance.cli import (
    advise,
    alerts,
    audit,
    baseline,
    calibrate,
    cost,
    demo,
    init,
    law,
    log,
    models,
    nightly,
    perturb,
    probe,
    results,
    serve,
    size,
    units,
)
from appliance.cli.options import Language
from appliance.errors import Exit, InspectError, in_our_terms
from appliance.language.known import LANGUAGES
from appliance.language.terminal import DOMAIN, again, asked, heard, hearing

app = typer.Typer(
    name="inspect-eval",
    help="Tells which size of vision model to trust on this line. Nothing is fetched, nothing leaves.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for module in (
    demo,
    init,
    audit,
    results,
    cost,
    law,
    calibrate,
    probe,
    perturb,
    models,
    advise,
    nightly,
    baseline,
    alerts,
    log,
    units,
    serve,
    size,
):
    module.register(app)


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    lang: Language = "en",
) -> None:
    """Tells which size of vision model to trust on this line. Nothing is fetched, nothing leaves."""
    if lang not in LANGUAGES:
        from appliance.language.catalogue import words

        words(lang, DOMAIN)  # refuses it by name
    if version:
        from importlib.metadata import version as version_of

        print(f"inspect-eval {version_of('inspect-eval')}")
        raise typer.Exit


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; errors are one line on standard error (see `Exit`)."""
    signal.signal(signal.SIGTERM, _interrupt)
    arguments = list(arguments) or ["--help"]
    with hearing(asked(arguments, os.environ)):
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    debug = "--debug" in arguments
    try:
        args = [a for a in arguments if a != "--debug"]
        with in_our_terms():
            outcome = app(args=args, standalone_mode=False, default_map=_defaults(app))
    except typer.Exit as stop:
        return stop.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return _say(InspectError("interrupted"), Exit.INTERRUPTED, arguments)
    except typer.TyperException as error:
        mend = "see `inspect-eval --help`"
        return _say(InspectError(" ".join(error.format_message().split()), mend=mend), Exit.USAGE, arguments)
    except InspectError as error:
        if debug:
            traceback.print_exc()
        return _say(error, error.code, arguments)
    return int(outcome) if isinstance(outcome, int) else Exit.OK


def _defaults(commands: typer.Typer) -> dict[str, Any]:
    """The terminal's language as the default of --lang, for every command and those below it."""
    found: dict[str, Any] = {"lang": heard()}
    for command in commands.registered_commands:
        name = str(command.name or getattr(command.callback, "__name__", ""))
        found[name] = {"lang": heard()}
    for group in commands.registered_groups:
        if group.typer_instance is not None:
            found[str(group.name or group.typer_instance.info.name)] = _defaults(group.typer_instance)
    return found


def _say(error: InspectError, code: Exit, arguments: Sequence[str]) -> int:
    """Print the error as one line, or in English as one JSON document where `--json` was asked for."""
    if "--json" in arguments:
        shown = json.dumps({"error": {"code": int(code), "what": error.what, "file": error.file, "mend": error.mend}})
    else:
        what, mend = (again(text) for text in (error.what, error.mend))
        shown = f"inspect-eval: {printable(str(InspectError(what, file=error.file, mend=mend)))}"
    print(shown, file=sys.stderr)
    return code


def printable(text: str) -> str:
    """`text` on one line without control characters: file names are somebody else's text."""
    return "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
