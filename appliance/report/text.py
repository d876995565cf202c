"""Hostile text made harmless: member names, file names and labels come from outside."""

import re
import unicodedata
from functools import lru_cache

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _visible(char: str) -> str:
    if unicodedata.category(char) not in _HIDDEN:
        return char
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def plain(text: str) -> str:
    """`text` with control, direction-changing, unpaired and unassigned characters written as visible escapes."""
    text = str(text)  # a constant of the catalogue becomes the sentence of the language that is being spoken
    return text if text.isascii() and text.isprintable() else "".join(map(_visible, text))


def clip(text: str, most: int) -> str:
    """Plain `text` in at most `most` characters, an ellipsis in its middle: a name's start and end tell most."""
    text = plain(text)
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[len(text) - tail :]}"


@lru_cache(maxsize=4096)
def columns(text: str) -> float:
    """Width of `text` in characters of average width; East Asian wide characters count as 1.7."""
    return sum(1.7 if unicodedata.east_asian_width(char) in "WF" else 1.0 for char in text)


def lead_of(text: str) -> tuple[str, str]:
    """The first sentence of `text` and what follows it, in either language; a full stop within a number ends none."""
    found = re.match(r"(.*?(?:\.(?= [A-Z])|\u3002(?=.)))\s*(.*)", str(text), re.DOTALL)
    return (found[1], found[2]) if found else (str(text), "")
