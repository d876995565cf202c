"""Lines for the system journal: one a message, with its level in front where a journal reads them."""

import os
import sys
from enum import IntEnum


class Level(IntEnum):
    """The journal's priorities."""

    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFO = 6


def say(level: Level, text: str) -> None:
    """Write one line to standard error; `<4>` in front tells journald its level."""
    prefix = f"<{int(level)}>" if os.environ.get("JOURNAL_STREAM") else ""
    line = "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
    print(f"{prefix}{line}", file=sys.stderr, flush=True)
