"""Guess from names alone how a parts folder tells OK from NG."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from appliance.parts.guess_table import table_guesses
from appliance.parts.labels import mapped
from appliance.parts.types import Verdict
from appliance.parts.walk import Found, Walk
from appliance.parts.words import split_of, verdict_in, verdict_words
from appliance.sections.parts import PartsSection

Keys = dict[str, Any]
"""Keys of [parts] that a guess sets."""

REFERENCES = frozenset({"temp", "template", "golden", "reference", "ref", "master"})


def label_guesses(conf: PartsSection, found: Walk, pictures: Sequence[Found]) -> list[Keys]:
    """Every way in which names explain all labels, the surest first; `conf` holds what the user has said already."""
    if conf.ok_pattern or conf.ng_pattern:
        return [{"layout": "names"}]
    by_folder = [_folders(conf, pictures), _mvtec(conf, pictures), _classes(conf, pictures)]
    by_name = [_references(pictures), _words_in_names(pictures)]
    return [*table_guesses(conf, found), *(guess for guess in (*by_folder, *by_name) if guess)]


def _mvtec(conf: PartsSection, pictures: Sequence[Found]) -> Keys | None:
    """train/good, test/good and other folders of test."""
    below = [file.folders for file in pictures]
    if any(len(names) < 2 or not split_of(names[0]) for names in below):
        return None
    tested = {names[1] for names in below if names[0] == "test"}
    good = [name for name in sorted(tested) if mapped(name, conf) is Verdict.OK]
    return {"layout": "mvtec", "ok": good} if len(good) == 1 and len(tested) > 1 else None


def _folders(conf: PartsSection, pictures: Sequence[Found]) -> Keys | None:
    """Every picture lies in a folder whose name is one of the usual words, or of those the user gave."""
    names: dict[Verdict, Counter[str]] = defaultdict(Counter)
    for file in pictures:
        decided = [(verdict, name) for name in reversed(file.folders) if (verdict := mapped(name, conf))]
        if not decided:
            return None
        names[decided[0][0]][decided[0][1]] += 1
    if len(names) < 2:
        return None
    return {"layout": "folders", "ok": sorted(names[Verdict.OK]), "ng": sorted(names[Verdict.NG]), **_tested(pictures)}


def _classes(conf: PartsSection, pictures: Sequence[Found]) -> Keys | None:
    """One folder a class, one of them (or those the user gave) OK: the others are kinds of defect."""
    names = {_class_of(file) for file in pictures}
    good = sorted(name for name in names if mapped(name, conf) is Verdict.OK)
    if not good or "" in names or len(names) == len(good) or (len(good) > 1 and not conf.ok):
        return None
    return {"layout": "classes", "ok": good, **_tested(pictures)}


def _class_of(file: Found) -> str:
    names = file.folders[1:] if len(file.folders) > 1 and split_of(file.folders[0]) else file.folders
    return names[0] if len(names) == 1 else ""


def _tested(pictures: Sequence[Found]) -> Keys:
    """Only the test split where there is one: a model has seen the others."""
    splits = {split_of(name) for file in pictures for name in file.folders}
    return {"split": "test"} if {"test", "train"} <= splits else {}


def _references(pictures: Sequence[Found]) -> Keys | None:
    """`7_temp` beside `7_test`: a defect-free reference picture of every part tested."""
    tails: dict[str, set[str]] = defaultdict(set)
    for file in pictures:
        head, _, tail = file.stem.rpartition("_")
        tails["/".join((*file.folders, head))].add(tail)
    kinds = {frozenset(pair) for pair in tails.values()}
    if len(kinds) != 1:
        return None
    pair = kinds.pop()
    good, tested = sorted(pair & REFERENCES), sorted(pair - REFERENCES)
    if len(good) != 1 or len(tested) != 1 or not tested[0].isalpha():
        return None
    return {"layout": "names", "ok_pattern": f"_{good[0]}$", "ng_pattern": f"_{tested[0]}$"}


def _words_in_names(pictures: Sequence[Found]) -> Keys | None:
    """A word for OK or NG in every name."""
    if {verdict_in(file.stem) for file in pictures} != set(Verdict):
        return None
    words = {word for file in pictures for word in verdict_words(file.stem)}
    good = _word_pattern({pieces for pieces, verdict in words if verdict is Verdict.OK})
    bad = {pieces for pieces, verdict in words if verdict is Verdict.NG}
    negated = any(len(pieces) > 1 for pieces in bad)  # the ok of not_ok would be found as well
    return {"layout": "names", "ng_pattern": _word_pattern(bad)} | ({} if negated else {"ok_pattern": good})


def _word_pattern(words: set[tuple[str, ...]]) -> str:
    """Any of `words`, not inside a longer word, their pieces perhaps apart (`not_ok`)."""
    return f"(?i)(?<![a-z])({'|'.join('[^a-z]*'.join(pieces) for pieces in sorted(words))})(?![a-z])"
