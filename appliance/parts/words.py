"""The words plants use for OK and NG in folder names, file names and tables."""

import re
from functools import cache

from appliance.parts.types import Verdict

OK_TEXT = """
ok good pass passed normal nodefect nodefects defectfree flawless accept accepted conform conforming clean io gut
perfect undamaged intact noanomaly noerror noerrors goodpart goodparts okpart okparts
"""
NG_TEXT = """
ng nok bad fail failed defect defects defective defected anomaly anomalies anomalous abnormal reject rejected rejects
scrap faulty fault faults nio damaged damage broken schlecht notok notgood nogood noio nonconforming badpart badparts
ngpart ngparts error errors
"""
OK_WORDS, NG_WORDS = frozenset(OK_TEXT.split()), frozenset(NG_TEXT.split())
NEGATIONS = frozenset({"no", "not", "non", "n"})


@cache
def verdict_of(name: str) -> Verdict | None:
    """OK or NG where the whole of `name`, or all of its words together, is one of the usual words; else None."""
    joined = re.sub(r"[^a-z]", "", name.lower())
    if joined in OK_WORDS:
        return Verdict.OK
    return Verdict.NG if joined in NG_WORDS else None


@cache
def verdict_in(name: str) -> Verdict | None:
    """The verdict of the words in `name` that have one; None where none has, or they differ."""
    found = {verdict for _, verdict in verdict_words(name)}
    return found.pop() if len(found) == 1 else None


@cache
def verdict_words(name: str) -> tuple[tuple[tuple[str, ...], Verdict], ...]:
    """The words in `name` that mean OK or NG; `not_ok` is one word of two pieces, and NG."""
    words = [word for word in re.split(r"[^a-z]+", name.lower()) if word]
    found = []
    place = 0
    while place < len(words):
        size = 2 if words[place] in NEGATIONS and verdict_of("".join(words[place : place + 2])) else 1
        pieces = tuple(words[place : place + size])
        verdict = verdict_of("".join(pieces))
        found += [(pieces, verdict)] if verdict else []
        place += size
    return tuple(found)


SPLIT_WORDS = {"train": "train", "training": "train", "test": "test", "testing": "test"} | dict.fromkeys(
    ("val", "valid", "validation", "dev"), "val"
)


def split_of(name: str) -> str:
    """train, test or val where `name` is such a word; else empty."""
    return SPLIT_WORDS.get(name.lower(), "")
