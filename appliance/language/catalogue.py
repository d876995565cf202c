"""Translations: the English sentence is the key, `catalogues/<language>/<domain>.po` holds the other languages.

A domain is one area of the product (page, report, dashboard ...). Catalogues are read as they are written, with Babel;
nothing is compiled beforehand. Numbers and dates are formatted by Babel for the same language.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.dates import format_datetime
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations

from appliance.errors import UsageError
from appliance.language.known import LANGUAGES, Language

__all__ = ["LANGUAGES", "Language", "Words", "mark", "read_catalogue", "words"]

DATES: dict[Language, str] = {"en": "en_GB", "ja": "ja"}


@dataclass(frozen=True)
class Words:
    """The words of one domain in one language. English needs no catalogue: it is the key itself."""

    language: Language
    domain: str
    _translations: Translations = field(repr=False, compare=False)

    def __call__(self, message: str, **values: object) -> str:
        """`message` in this language, with {name} filled from `values`."""
        text = self._translations.gettext(message)
        return text.format(**values) if values else text

    def number(self, value: float, digits: int = 0) -> str:
        """`value` with thousands marked and `digits` decimals."""
        return str(format_decimal(value, format=f"#,##0{'.' * bool(digits)}{'0' * digits}", locale=self.language))

    def moment(self, when: datetime, style: str = "medium") -> str:
        """A date and time as this language writes it: Babel's short, medium, long or full; the day before the month,
        hours up to 24.
        """
        return str(format_datetime(when, style, locale=DATES[self.language]))


def words(language: str, domain: str) -> Words:
    """The words of `domain` in `language`. Raises UsageError for a language without a catalogue."""
    for known in LANGUAGES:
        if known == language:
            return Words(known, domain, _translations(known, domain))
    raise UsageError(f"there is no catalogue for the language {language!r}", mend=f"use {' or '.join(LANGUAGES)}")


@cache
def read_catalogue(language: str, domain: str) -> Catalog:
    """The catalogue as written: `catalogues/<language>/<domain>.po` in this package."""
    text = files("appliance.language").joinpath(f"catalogues/{language}/{domain}.po").read_bytes()
    return read_po(BytesIO(text), locale=language, domain=domain, abort_invalid=True)


@cache
def _translations(language: Language, domain: str) -> Translations:
    if language == "en":
        return Translations()
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(language, domain))
    compiled.seek(0)
    return Translations(compiled, domain=domain)


def mark(message: str) -> str:
    """`message` itself: marks a constant for the catalogues; `w(CONSTANT)` translates it where it is shown."""
    return message
