"""Moments as a reader writes them, in the node's own time zone."""

from datetime import UTC, datetime
from functools import lru_cache

from appliance.language.catalogue import Words
from appliance.report.text import plain


def moment(text: str) -> datetime | None:
    """An ISO 8601 moment of the log, None where it is not one; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def stamp(when: datetime) -> str:
    """Year, month, day, hour and minute in the node's time zone: no reader takes the month for the day."""
    return f"{when.astimezone():%Y-%m-%d %H:%M}"


def shown(text: str) -> str:
    """A moment of the log in the node's time zone, or the text itself."""
    found = moment(text)
    return plain(text) if found is None else stamp(found)


def day(w: Words, text: str) -> str:
    """Month and day, for the axis of a chart."""
    return _day(w.language, text)


@lru_cache(maxsize=2048)
def _day(language: str, text: str) -> str:
    found = moment(text)
    if found is None:
        return plain(text)[:10]
    local = found.astimezone()
    return f"{local.month}/{local.day}" if language == "ja" else f"{local.day} {local:%b}"
