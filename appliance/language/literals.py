"""English that is written down in Python outside of a catalogue's call: what a person may come to read of it.

A literal is a sentence where two words of letters stand in a row. Docstrings, help of options and arguments, regular
expressions and SQL are none; a doubled sentence, as a constant that is joined with another, is found in its pieces.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SENTENCE = re.compile(r"[A-Za-z{}'`]{2,}[,:;]? [A-Za-z{}'`]{2,}")
SPOKEN = frozenset({"w", "mark", "filled"})
SILENT = frozenset(
    {
        "Option",
        "Argument",
        "told",
        "Typer",
        "Field",
        "compile",
        "execute",
        "execute_all",
        "query",
        "site_lock",
        "counted",
        "add",
    }
)
"""Calls whose words no run shows: help, descriptions of site.toml, patterns, SQL, commands, gauges of Prometheus."""
COMMENTS = frozenset({"site_notes", "NOTES", "HEADER", "meaning"})
"""What holds comments of site.toml and descriptions for Prometheus, which are English as their keys are."""
COMMAND = re.compile(r"--[\w-]+( [A-Z]+)?|pip [^,;]*|\[\[.*|(SELECT|INSERT|DELETE|BEGIN|UPDATE) .*", re.DOTALL)
"""What is typed as it stands, and SQL."""
BARE = (
    "inspect-eval {version_of}",
    "inspect-eval: {line}",
    "inspect-eval: {printable}",
    "(top folder)",
    "Value error,",
    "Could not decode to UTF-8",
    "no such",
    "demo, {family}",
    "What is commented out is a default the site assumes; take the # away to change it.",
    'Measured from flat fields; use it with [camera] profile = "camera-measured.toml".',
    "written by `inspect-eval calibrate`; limits bind up to p99, the audit runs p50, p90 and p99",
    "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
)
"""Lines without a word to translate, and comments of files that are English as their keys are."""


def is_said(text: str) -> bool:
    """Whether a line holds words of its own, and not only blanks, options, names of settings or a command to type."""
    bare = re.sub(r"\{\w+\}|`[^`]*`", "", text).strip()
    if text.strip() in BARE or COMMAND.fullmatch(bare):
        return False
    return bool(re.search(r"[A-Za-z]{2,}", bare))


def sentences(file: Path, spoken: frozenset[str] = SPOKEN) -> Iterator[tuple[int, str]]:
    """Line and text of every sentence in `file` that no call of `spoken` holds; blanks of an f-string are named."""
    tree = ast.parse(file.read_text("utf-8"))
    yield from _walk(tree, spoken | SILENT)


def _walk(node: ast.AST, silent: frozenset[str]) -> Iterator[tuple[int, str]]:
    if (isinstance(node, ast.Call) and called(node) in silent) or names(node) & COMMENTS:
        return
    text = literal(node)
    if text is not None:
        if SENTENCE.search(text) or _is_line(text):
            yield getattr(node, "lineno", 0), text
        if isinstance(node, ast.Constant):
            return
    for child in _children(node):
        yield from _walk(child, silent)


def _is_line(text: str) -> bool:
    """Whether blanks and words make a line: `{count} parts`."""
    return bool(re.search(r"\} [a-z]{3,}|[a-z]{3,}:? \{", text))


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What is below, without docstrings and the pieces that an f-string has been read from."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(node, ast.JoinedStr):
            if isinstance(child, ast.FormattedValue):
                yield child.value
            continue
        yield child


def names(node: ast.AST) -> set[str]:
    """What a function or an assignment is called."""
    if isinstance(node, ast.FunctionDef):
        return {node.name}
    return {t.id for t in node.targets if isinstance(t, ast.Name)} if isinstance(node, ast.Assign) else set()


def called(node: ast.Call) -> str:
    """The name that is called, without what it belongs to."""
    found = node.func
    return found.id if isinstance(found, ast.Name) else found.attr if isinstance(found, ast.Attribute) else ""


def literal(node: ast.AST) -> str | None:
    """The text of a literal: of an f-string with its blanks named after what fills them; None of anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    names: list[str] = []
    return "".join(_piece(part, names) for part in node.values)


def _piece(part: ast.expr, names: list[str]) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value).replace("{", "{{").replace("}", "}}")
    named = [
        n.id if isinstance(n, ast.Name) else n.attr for n in ast.walk(part) if isinstance(n, ast.Name | ast.Attribute)
    ]
    base = re.sub(r"\W|^_+", "", named[0]) if named else "value"
    name = base
    while name in names:
        name = f"{base}{len(names)}"
    names.append(name)
    return f"{{{name}}}"
