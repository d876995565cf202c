"""Which sentences a domain says: calls of `w("...")` and `mark("...")` in its Python files and Jinja templates.

The catalogues are complete where every sentence found here has a translation; a test holds them to it.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract
from jinja2.ext import babel_extract

DOMAINS: dict[str, tuple[str, ...]] = {
    "names": ("language/names.py",),
    "advise": (
        "report/advice_words.py",
        "report/figures.py",
        "report/plan_words.py",
        "report/policy_words.py",
        "report/terminal_advice.py",
    ),
    "page": ("report/board_words.py", "report/templates/board.html"),
    "dashboard": ("serve/*.py", "serve/pages/*.py", "serve/templates/*.html"),
}
"""Domain -> its files, as globs below the package `appliance`."""

KEYWORDS = {"w": None, "mark": None}
PACKAGE = Path(__file__).parents[1]


def domain_files(domain: str) -> list[Path]:
    """The files of a domain, in order. Raises KeyError for an unknown domain."""
    return sorted({file for pattern in DOMAINS[domain] for file in PACKAGE.glob(pattern) if file.is_file()})


def messages(domain: str) -> dict[str, str]:
    """Every sentence of a domain, with the first place it stands in: `file:line`."""
    found: dict[str, str] = {}
    for file in domain_files(domain):
        for line, message in _messages_in(file):
            found.setdefault(message, f"{file.relative_to(PACKAGE)}:{line}")
    return found


def _messages_in(file: Path) -> Iterator[tuple[int, str]]:
    source = BytesIO(file.read_bytes())
    if file.suffix == ".py":
        for line, message, *_ in extract("python", source, keywords=KEYWORDS):
            yield line, _text(message)
    else:
        for line, _, found, _ in babel_extract(source, tuple(KEYWORDS), (), {"silent": "false"}):
            yield line, _text(found)


def _text(message: str | tuple[str | None, ...] | None) -> str:
    """The sentence itself: a call with values beside it is extracted as a tuple."""
    parts = (message,) if isinstance(message, str) else message or ()
    return next(part for part in parts if part)
