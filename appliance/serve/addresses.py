"""Addresses of our own pages. Names from outside travel in the query, percent-encoded, never in the path."""

from urllib.parse import quote, urlencode

from appliance.errors import UsageError


def page(name: str, /, **query: str | int | None) -> str:
    """`/night?run=...`; what is None or empty is left out."""
    asked = {key: str(value) for key, value in query.items() if value not in (None, "")}
    return f"/{quote(name)}" + (f"?{urlencode(asked, quote_via=quote)}" if asked else "")


def number(text: str, low: int, high: int, usual: int) -> int:
    """A whole number of a query within low..high; `usual` where none was given. Raises UsageError otherwise."""
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and low <= int(text[:9]) <= high):
        raise UsageError(f"{text[:20]!r} is not a number from {low} to {high}", mend="follow a link of the dashboard")
    return int(text)
