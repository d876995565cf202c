"""The language of what is being made: a report is scored, drawn and written within `speaking(language)`.

Sentences are looked up in the domain `report` when they are shown, not when they are written down: `w("...")` at once,
`mark("...")` as a constant that translates itself where it is formatted or becomes plain text, `filled("...", x=1)` as
a finding that is worked out once, kept and written as JSON in English, and shown in any language. Outside of `speaking`
the language is English.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from appliance.language.catalogue import LANGUAGES, Words, read_catalogue, words

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


class Filled(Sentence):
    """A sentence with its values: as data it is the English text, shown it is in the language that is being spoken."""

    __slots__ = ("_message", "_values")

    _message: str
    _values: dict[str, object]

    def __new__(cls, message: str, values: dict[str, object]) -> "Filled":
        """Values may be sentences of the catalogue themselves."""
        said = str.__str__(message)
        self = super().__new__(cls, said.format(**{name: _english(value) for name, value in values.items()}))
        self._message, self._values = said, values
        return self

    def __getnewargs__(self) -> tuple[str, dict[str, object]]:  # type: ignore[override]
        """What a copy is made of: it goes to worker processes and through `asdict`."""
        return self._message, self._values

    def told(self) -> list[object]:
        """The sentence and its values, as JSON can keep them."""
        return [self._message, {name: as_data(value) for name, value in self._values.items()}]

    def __str__(self) -> str:
        return w(self._message, **self._values)


class Together(Sentence):
    """Sentences one after the other, apart as the language writes it; or pieces with `gap` between them."""

    __slots__ = ("_gap", "_parts")

    _gap: str
    _parts: tuple[str, ...]

    def __new__(cls, parts: Iterable[str], gap: str = " ") -> "Together":
        """The parts in order."""
        kept = tuple(parts)
        self = super().__new__(cls, gap.join(str(_english(part)) for part in kept))
        self._gap, self._parts = gap, kept
        return self

    def __getnewargs__(self) -> tuple[tuple[str, ...], str]:  # type: ignore[override]
        """What a copy is made of."""
        return self._parts, self._gap

    def __str__(self) -> str:
        return together(self._parts, self._gap)


def as_data(value: object) -> object:
    """A sentence that was filled as what `recalled` makes it from again; numbers, and any other text in English."""
    if isinstance(value, Filled):
        return value.told()
    return value if isinstance(value, int | float) else str.__str__(str(_english(value)))


def recalled(data: object) -> object:
    """What `as_data` was given. Raises ValueError for what it did not make, or a sentence that no catalogue knows.

    The log may have come from anywhere: only sentences of ours are filled, and with texts and numbers alone.
    """
    if isinstance(data, str | int | float):
        return data
    if not isinstance(data, list) or len(data) != 2 or not isinstance(data[1], dict) or data[0] not in _known():
        raise ValueError("not a sentence of ours")
    try:
        return Filled(data[0], {str(name): recalled(value) for name, value in data[1].items()})
    except (KeyError, IndexError, AttributeError) as error:
        raise ValueError("a sentence without its values") from error


@cache
def _known() -> frozenset[str]:
    """Every sentence of the domain, as another language's catalogue lists them."""
    return frozenset(
        str(message.id)
        for language in LANGUAGES
        if language != "en"
        for message in read_catalogue(language, DOMAIN)
        if message.id
    )


def filled(message: str, **values: object) -> str:
    """`message` with {name} filled from `values`, translated where it is shown."""
    return Filled(message, values)


def together(parts: Iterable[str], gap: str = " ") -> str:
    """Sentences one after the other: Japanese sets no space between them."""
    return ("" if gap == " " and spoken().language == "ja" else gap).join(str(part) for part in parts)


def _english(value: object) -> object:
    return str.__str__(value) if isinstance(value, Sentence) else value
