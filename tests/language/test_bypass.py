"""Nothing that a person reads on a terminal goes past the catalogues."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.language.extract import DOMAINS, PACKAGE, domain_files, lines
from appliance.language.literals import called, is_said, literal, sentences

SHOWING = frozenset({"print", "echo", "secho", "prompt", "confirm", "TextColumn", "add_task", "safe", "Text"})
"""Calls that put their first argument before a person."""
FAILING = frozenset({"UsageError", "InputRefused", "MachineFailed", "SiteBusy", "Interrupted", "Warn", "Refusal"})


def shown_in(file: Path) -> Iterator[tuple[int, str]]:
    """Literals with words of their own that are shown as they stand, with their line."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and called(node) in SHOWING and node.args:
            text = literal(node.args[0])
            if text is not None and is_said(text) and re.search(r"[A-Za-z]{3,}", re.sub(r"\{[^}]*\}", "", text)):
                yield node.lineno, text


def test_no_command_shows_a_literal_that_no_catalogue_holds() -> None:
    files = [*(PACKAGE / "cli").glob("*.py"), *(PACKAGE / "report").glob("*.py"), PACKAGE / "check.py"]
    past = [f"{file.relative_to(PACKAGE)}:{line} {text}" for file in files for line, text in shown_in(file)]
    assert past == []


def test_such_a_literal_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "new.py"
    file.write_text(
        'print(f"{count} parts left out")\nprint(w("fine"))\nconsole.print(safe("two words"))\nprint(f"{a}: {b}")\n'
    )
    assert [text for _, text in shown_in(file)] == ["{count} parts left out", "two words"]


def test_an_error_line_that_no_catalogue_holds_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "new.py"
    file.write_text(
        '"""Doc string of words."""\nraise UsageError(f"no part {name!r}", mend="see `inspect-eval check`")\n'
        'OPTION = typer.Option(help="words that help")\nSQL = log.execute("SELECT a FROM b")\nsaid = w("two words")\n'
    )
    assert [text for _, text in sentences(file) if is_said(text)] == ["no part {name}", "see `inspect-eval check`"]


def test_every_file_with_error_lines_is_in_a_catalogue() -> None:
    covered = set(domain_files("again"))
    beside = [file for name in ("models", "perturb") for file in (PACKAGE.parent / name).glob("*.py")]
    for file in sorted([*PACKAGE.rglob("*.py"), *beside]):
        if file in covered or file.is_relative_to(PACKAGE / "language"):
            continue
        calls = [n for n in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(n, ast.Call)]
        failing = [n for n in calls if called(n) in FAILING and any(literal(a) for a in n.args)]
        assert failing == [], f"{file.relative_to(PACKAGE.parent)}: add it to extract.py, with translations"


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_glob_of_a_domain_is_empty(domain: str) -> None:
    assert [pattern for pattern in DOMAINS[domain] if not list(PACKAGE.glob(pattern))] == []


def test_lines_that_are_said_again_have_names_in_their_blanks() -> None:
    assert all(re.fullmatch(r"[A-Za-z]\w*", name) for line in lines() for name in re.findall(r"(?<!\{)\{(\w*)\}", line))
