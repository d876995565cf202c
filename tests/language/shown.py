"""What a page shows as text, and whether English is left in a page of another language."""

import re

WHOLE = r"<style>.*?</style>|<bdi>.*?</bdi>|<code>.*?</code>|`[^`]*`"
"""Style, names from outside and commands: the same in every language."""


def english_in(page: str, *names: str) -> list[str]:
    """Two English words in a row, outside of names (`names`, and what the page marks as such) and commands."""
    text = re.sub(r"<[^>]+>", "\n", re.sub(WHOLE, "", page, flags=re.DOTALL))
    for name in names:
        text = text.replace(name, "")
    return re.findall(r"[A-Za-z]{3,} [A-Za-z]{3,}", text)
