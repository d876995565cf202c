"""Guess which pictures of a parts folder are masks, how they are named, and which colour is the defect."""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.errors import InputRefused
from appliance.parts.annotations import READERS, SUFFIXES
from appliance.parts.companions import match, without_zeros
from appliance.parts.decode import decode
from appliance.parts.masks import bright
from appliance.parts.walk import Found, Walk
from appliance.sections.parts import BoxSection

FOLDERS = ("groundtruth", "mask", "masks", "gt", "segmentation", "segmentations", "annotation", "annotations", "labels")
TAILS = ("_mask", "_gt", "_GT", "_seg", "_label", "-mask", ".mask")
SAMPLE = 24
UNANIMOUS = 0.8


@dataclass(frozen=True)
class Rule:
    """How a part's name becomes its companion's, and how many NG parts find theirs."""

    pattern: str
    replace: str
    count: int


def mask_folders(pictures: Iterable[Found]) -> tuple[str, ...]:
    """Folder names that mean masks, spelling mistakes included (`GroundThruth`)."""
    return tuple(sorted({name for file in pictures for name in file.folders if _means_masks(name)}))


def _means_masks(name: str) -> bool:
    letters = re.sub(r"[^a-z]", "", name.lower())
    return letters in FOLDERS or difflib.SequenceMatcher(None, letters, "groundtruth").ratio() > 0.85


def mask_tail(pictures: Sequence[Found]) -> str:
    """The ending of masks that lie beside their pictures; empty where there are none."""
    beside = {(file.folders, file.stem) for file in pictures}
    counts = Counter(
        tail
        for file in pictures
        for tail in TAILS
        if file.stem.endswith(tail) and (file.folders, file.stem.removesuffix(tail)) in beside
    )
    return max(counts, key=lambda tail: counts[tail], default="")


def naming(ng: Sequence[Found], companions: Sequence[Found]) -> Rule:
    """The rule that gives most NG parts a companion: the same name, an ending more or less, or one word exchanged."""
    candidates = [("$", ""), *(("$", tail) for tail in TAILS), *_dropped(ng), *_exchanged(ng, companions)]
    rules = [Rule(*names, len(match(ng, companions, *names).of)) for names in candidates]
    return max(rules, key=lambda rule: rule.count)


def _dropped(ng: Sequence[Found]) -> list[tuple[str, str]]:
    """Drop the last word, where all names end in the same one."""
    tails = {file.stem.rpartition("_")[2] for file in ng if "_" in file.stem}
    return [(f"_{re.escape(tail)}$", "") for tail in tails if len(tails) == 1 and not tail.isdigit()]


def _exchanged(ng: Sequence[Found], companions: Sequence[Found]) -> list[tuple[str, str]]:
    """The one word in which most companions differ from a part of the same numbers, as (pattern, replacement)."""
    plain = [without_zeros(file.stem) for file in ng]
    swaps = Counter(
        swap
        for companion in companions[:: max(len(companions) // SAMPLE, 1)]
        for part in plain
        if (swap := _swap(part.split("_"), without_zeros(companion.stem).split("_")))
    )
    return [swap for swap, _ in swaps.most_common(2)]


def _swap(part: list[str], companion: list[str]) -> tuple[str, str] | None:
    """The one word that differs, as (pattern, replacement) with the _ that bound it; None where it is not one."""
    if len(part) != len(companion) or len(part) < 2:
        return None
    differ = [place for place, word in enumerate(part) if word != companion[place]]
    if len(differ) != 1 or part[differ[0]].isdigit() or companion[differ[0]].isdigit():
        return None
    here, there, place = re.escape(part[differ[0]]), companion[differ[0]].replace("\\", r"\\"), differ[0]
    if place == 0:
        return f"^{here}_", f"{there}_"
    return (f"_{here}$", f"_{there}") if place == len(part) - 1 else (f"_{here}_", f"_{there}_")


def defect_colour(masks: Sequence[Found]) -> str | None:
    """`white` or `black`, whichever is the smaller share of most masks; None where they disagree."""
    votes = []
    for mask in masks[:: max(len(masks) // SAMPLE, 1)]:
        try:
            votes.append(bool(bright(decode(mask.path).pixels).mean() > 0.5))
        except InputRefused:  # the audit names it; here one vote is missing
            continue
    dark = sum(votes) / len(votes) if votes else 0.0
    if max(dark, 1 - dark) < UNANIMOUS:
        return None
    return "black" if dark > 0.5 else "white"


def box_rule(ng: Sequence[Found], found: Walk) -> tuple[BoxSection, int] | None:
    """The annotation files that most NG parts have, and how many parts have one."""
    return _annotations(ng, found, least=len(ng) // 2 + 1)


def annotation_rule(pictures: Sequence[Found], found: Walk) -> tuple[BoxSection, int] | None:
    """The annotation files that some pictures have and others have not: the first NG, the others taken as OK."""
    rule = _annotations(pictures, found, least=1)
    return rule if rule and rule[1] < len(pictures) else None


def _annotations(pictures: Sequence[Found], found: Walk, least: int) -> tuple[BoxSection, int] | None:
    for kind, suffix in SUFFIXES.items():
        files = [file for file in found.annotations if file.suffix == suffix]
        rule = naming(pictures, files)
        if rule.count >= least and _readable(kind, pictures, files, rule):
            keys = {"kind": kind, "pattern": rule.pattern, "replace": rule.replace}
            return BoxSection.model_validate(keys), rule.count
    return None


def _readable(kind: str, pictures: Sequence[Found], files: Sequence[Found], rule: Rule) -> bool:
    matched = list(match(pictures, files, rule.pattern, rule.replace).of.values())
    try:
        boxes = [box for file in matched[:SAMPLE] for box in READERS[kind](file.path)]
    except InputRefused:
        return False
    return any(max(box) > 2 for box in boxes)  # a box in fractions of the picture is another format
