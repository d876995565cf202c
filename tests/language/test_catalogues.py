"""Every sentence of every domain is translated, with the same blanks to fill; no catalogue says what nobody says."""

from string import Formatter

import pytest

from appliance.errors import UsageError
from appliance.language.catalogue import LANGUAGES, read_catalogue, words
from appliance.language.extract import DOMAINS, domain_files, messages

PAIRS = [(language, domain) for language in LANGUAGES if language != "en" for domain in DOMAINS]


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_has_files_that_say_something(domain: str) -> None:
    assert domain_files(domain)
    assert messages(domain)


@pytest.mark.parametrize(("language", "domain"), PAIRS)
def test_the_catalogue_is_complete_and_exact(language: str, domain: str) -> None:
    catalogue = read_catalogue(language, domain)
    translated = {m.id: m.string for m in catalogue if m.id and m.string and not m.fuzzy}
    said = messages(domain)
    assert {f"{said[text]} {text}" for text in said.keys() - translated.keys()} == set()
    assert {str(text) for text in translated.keys() - said.keys()} == set()
    wrong = {text for text in said if blanks(text) != blanks(translated[text])}
    assert wrong == set()


def test_a_language_without_a_catalogue_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="'fr'"):
        words("fr", "page")


def test_english_is_the_key_itself() -> None:
    assert words("en", "page")("{count} parts", count=3) == "3 parts"
    assert words("en", "page").number(1234567.891, 1) == "1,234,567.9"
