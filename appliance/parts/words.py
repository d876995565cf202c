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
    """The verdict of the one word (or pair of words) in `name` that has one; None where none or both are found.

    `not_ok_017` is NG: a pair of words is looked up before the words alone.
    """
    words = [word for word in re.split(r"[^a-z]+", name.lower()) if word]
    found = {verdict for verdict in _verdicts(words) if verdict}
    return found.pop() if len(found) == 1 else None


def _verdicts(words: list[str]) -> list[Verdict | None]:
    verdicts = []
    place = 0
    while place < len(words):
        pair = verdict_of("".join(words[place : place + 2]))
        negated = words[place] in NEGATIONS and pair is not None
        verdicts.append(pair if negated else verdict_of(words[place]))
        place += 2 if negated else 1
    return verdicts


SPLIT_WORDS = {"train": "train", "training": "train", "test": "test", "testing": "test"} | dict.fromkeys(
    ("val", "valid", "validation", "dev"), "val"
)


def split_of(name: str) -> str:
    """train, test or val where `name` is such a word; else empty."""
    return SPLIT_WORDS.get(name.lower(), "")
