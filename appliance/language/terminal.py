"""What a terminal is told beside a command's result: how far it is, where files lie, what went wrong.

Its language is that of --lang, else the one that the terminal itself asks for (LC_ALL, LC_MESSAGES, LANG), for the
whole command. JSON, option names, --help and what the log keeps stay English.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from unicodedata import east_asian_width

from appliance.language.known import LANGUAGES, Language


def mark(message: str) -> str:
    """`message` itself: a constant of the catalogue, said by `w` where it is shown."""
    return message


DOMAIN = "terminal"
OPTION = "--lang"
LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where a terminal says its language, the first that is set."""

STATES = (
    mark("info"),
    mark("warning"),
    mark("critical"),
    mark("error"),
    mark("ok"),
    mark("note"),
    mark("safe"),
    mark("refused"),
    mark("pending"),
    mark("open"),
    mark("acked"),
    mark("closed"),
    mark("waiting"),
    mark("sent"),
    mark("given up"),
    mark("done"),
    mark("running"),
    mark("interrupted"),
    mark("cut"),
)
"""How findings, alerts and deliveries stand, as `w(state)` says them."""

_HEARD: ContextVar[Language] = ContextVar("heard", default="en")


def asked(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """The language of a command line: --lang, else the locale's, else English; also where there is no catalogue."""
    for at, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == OPTION:
            return _known(value or "".join(arguments[at + 1 : at + 2]))
    return _known(next((environment[name] for name in LOCALES if environment.get(name)), ""))


def _known(text: str) -> Language:
    """`ja` of `ja`, `ja_JP.UTF-8` and the like."""
    return next((known for known in LANGUAGES if text.replace("-", "_").split("_")[0].split(".")[0] == known), "en")


@contextmanager
def hearing(language: Language) -> Iterator[None]:
    """Within it the terminal is spoken to in `language`."""
    token = _HEARD.set(language)
    try:
        yield
    finally:
        _HEARD.reset(token)


def heard() -> Language:
    """The terminal's language."""
    return _HEARD.get()


def w(message: str, **values: object) -> str:
    """`message` in the terminal's language, with {name} filled from `values`."""
    from appliance.language.catalogue import words  # late: Babel, and --help must not wait for it

    return words(heard(), DOMAIN)(message, **values)


def again(text: str) -> str:
    """An English line that was made elsewhere, in the terminal's language."""
    from appliance.language import again as lines

    return lines.again(text, heard())


def padded(text: str, width: int) -> str:
    """`text` filled up to `width` columns; Japanese letters take two."""
    return text + " " * max(0, width - sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text))


def finding(level: str, what: str, mend: str) -> str:
    """One line of a check: how it stands, what, and how to mend it."""
    return f"{padded(w(level), 8)} {again(what)}" + (f" -> {again(mend)}" if mend else "")
