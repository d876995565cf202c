"""The language of what is being made: a report is scored, drawn and written within `speaking(language)`.

Sentences are looked up in the domain `report` when they are shown, not when they are written down: `w("...")` at once,
`mark("...")` as a constant that translates itself where it is formatted or becomes plain text. Outside of `speaking`
the language is English.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from appliance.language.catalogue import Words, words

DOMAIN = "report"

_SPOKEN: ContextVar[Words | None] = ContextVar("spoken", default=None)


def spoken() -> Words:
    """The words of the language that is being spoken."""
    return _SPOKEN.get() or words("en", DOMAIN)


@contextmanager
def speaking(language: str) -> Iterator[Words]:
    """Within it, `w` and constants made by `mark` are in `language`. Raises UsageError where there is no catalogue."""
    token = _SPOKEN.set(words(language, DOMAIN))
    try:
        yield spoken()
    finally:
        _SPOKEN.reset(token)


def w(message: str, **values: object) -> str:
    """`message` in the language that is being spoken, with {name} filled from `values`."""
    return spoken()(message, **values)


class Sentence(str):
    """A constant of the catalogue: as text, and when it is formatted, it is in the language that is being spoken."""

    __slots__ = ()

    def __str__(self) -> str:
        return w(str.__str__(self))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def format(self, *_: object, **values: object) -> str:
        """The sentence with {name} filled from `values`."""
        return w(str.__str__(self), **values)


def mark(message: str) -> Sentence:
    """`message` as a constant that is translated where it is shown."""
    return Sentence(message)
