"""Guess how to read a parts folder: layout, labels, masks, boxes, groups and depth, and say what was taken."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.counted import counted
from appliance.errors import InputRefused, UsageError
from appliance.parts.decode import decode
from appliance.parts.guess_labels import Keys, label_guesses
from appliance.parts.guess_masks import (
    SAMPLE,
    annotation_rule,
    box_rule,
    defect_colour,
    mask_folders,
    mask_tail,
    naming,
)
from appliance.parts.labels import mapped
from appliance.parts.read import MVTEC_MASKS, group_of, parts_and_masks, read_folder
from appliance.parts.types import Part, PartSet, Verdict
from appliance.parts.walk import Found, Walk, walk
from appliance.sections.parts import PartsSection

GROUP_PATTERNS = (r"([^/]+)_[^_/]+$", r"([^/]+)-[^-/]+$")
DEPTHS = (10, 12, 14, 16)


@dataclass(frozen=True)
class Question:
    """What cannot be known: asked on a terminal, else an error that names `flag`."""

    key: str
    text: str
    flag: str
    choices: tuple[str, ...] = ()
    default: str = ""
    about: str = "parts"  # or models


@dataclass(frozen=True)
class Guess:
    """How to read a parts folder. `taken` says it in sentences with counts; `questions` are still open.

    `keys` are those of [parts] that were found or given; `parts` is None while the labels are unknown.
    """

    folder: Path
    keys: Keys
    parts: PartSet | None
    taken: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    bits: int = 0

    @property
    def conf(self) -> PartsSection:
        """The keys as a section."""
        return PartsSection.model_validate(self.keys, strict=False)


def guess_layout(folder: Path, given: Mapping[str, Any] | None = None) -> Guess:
    """Find out how `folder` is to be read; `given` are keys of [parts] that the user has said and that stand.

    Raises InputRefused where the folder is missing or holds no pictures, and UsageError where what is given does not
    fit it. What names and pictures do not tell becomes a Question.
    """
    found = walk(folder)
    if not found.pictures:
        raise InputRefused("no pictures", file=str(folder), mend="name the folder of the part pictures with --parts")
    keys: Keys = dict(given or {})
    masks = _mask_keys(keys, found)
    conf = _section({**keys, **masks})
    pictures, mask_files = parts_and_masks(conf, found)
    labelled = _labelled(keys, masks, found, pictures)
    if isinstance(labelled, Question):
        return Guess(folder, keys, None, questions=(labelled,))
    return _completed(folder, labelled, found, mask_files)


def _section(keys: Keys) -> PartsSection:
    return PartsSection.model_validate(keys, strict=False)


def _mask_keys(keys: Keys, found: Walk) -> Keys:
    """Which pictures are masks, before it is known how they are named."""
    if "masks" in keys:
        return {}
    folders = mask_folders(found.pictures)
    tail = "" if folders else mask_tail(found.pictures)
    if folders:
        return {"masks": {"folders": list(folders)}}
    return {"masks": {"replace": tail}} if tail else {}


def _labelled(keys: Keys, masks: Keys, found: Walk, pictures: Sequence[Found]) -> Keys | Question:
    """All keys with a layout under which every picture has a label, or the question that settles it."""
    if "layout" in keys:
        return {**masks, **keys}
    conf = _section(keys)
    guesses = [{**masks, **guess, **keys} for guess in label_guesses(conf, found, pictures)]
    if not guesses and (rule := annotation_rule(pictures, found)):
        boxes = rule[0].model_dump(exclude_defaults=True)
        return {**masks, "layout": "annotations", "boxes": boxes, **keys}
    if not guesses:
        _refuse_one_label(conf, found, pictures)
        return _label_question(pictures)
    verdicts = [_verdicts(guess, found) for guess in guesses]
    differing = [guess for guess, said in zip(guesses, verdicts, strict=True) if not _agree(verdicts[0], said)]
    if differing:
        choices = tuple(str(guess["layout"]) for guess in (guesses[0], *differing))
        return Question("layout", f"labels differ by {' and '.join(choices)}: which holds?", "--layout", choices)
    return guesses[0]


def _refuse_one_label(conf: PartsSection, found: Walk, pictures: Sequence[Found]) -> None:
    """Raise InputRefused where the folders say plainly that all parts have one label."""
    said = {next(filter(None, (mapped(name, conf) for name in reversed(file.folders))), None) for file in pictures}
    if len(said) == 1 and (verdict := said.pop()):
        mend = "an audit needs OK and NG parts: name the folder above both"
        raise InputRefused(f"all {len(pictures)} parts are {verdict}", file=str(found.root), mend=mend)


def _verdicts(keys: Keys, found: Walk) -> dict[str, Verdict]:
    return {part.id: part.label.verdict for part in read_folder(_section(keys), found).parts}


def _agree(one: Mapping[str, Verdict], other: Mapping[str, Verdict]) -> bool:
    return all(one[part] is other[part] for part in one.keys() & other.keys())


def _label_question(pictures: Sequence[Found]) -> Question:
    folders = sorted({file.folders[-1] for file in pictures if file.folders})
    if 1 < len(folders) <= 12:
        return Question("ok", "which folder holds the OK parts?", "--ok NAME", tuple(folders))
    examples = ", ".join(file.path.name for file in pictures[:: max(len(pictures) // 3, 1)][:3])
    text = f"no name says which parts are OK ({examples}): what do the names of OK parts have in common?"
    return Question("ok_pattern", text, "--ok-pattern REGEX")


def _completed(folder: Path, keys: Keys, found: Walk, masks: Sequence[Found]) -> Guess:
    """Masks, boxes, groups and depth, once the labels are known."""
    parts = read_folder(_section(keys), found).parts
    files = {file.id: file for file in found.pictures}
    ng = [files[part.id] for part in parts if part.label.verdict is Verdict.NG]
    keys, questions = _named_masks(keys, ng, masks)
    if "boxes" not in keys and (boxes := box_rule(ng, found)):
        keys = {**keys, "boxes": boxes[0].model_dump(exclude_defaults=True)}
    if not {"group", "group_column"} & keys.keys() and (group := guess_group(parts)):
        keys = {**keys, "group": group}
    read = read_folder(_section(keys), found)
    bits = guess_bits(read.parts)
    return Guess(folder, keys, read, _taken(_section(keys), read, len(masks), bits), questions, bits)


def _named_masks(keys: Keys, ng: Sequence[Found], masks: Sequence[Found]) -> tuple[Keys, tuple[Question, ...]]:
    """The keys with the masks' naming and colour filled in, and a question where the colour is unclear."""
    known = dict(keys.get("masks", {}))
    if not masks:
        return keys, ()
    if not {"pattern", "replace"} & known.keys() and keys.get("layout") != "mvtec":
        rule = naming(ng, masks)
        known |= {"pattern": rule.pattern, "replace": rule.replace}
    colour = known.get("defect") or defect_colour(masks)
    known |= {"defect": colour} if colour else {}
    question = Question("masks.defect", "which colour is the defect in a mask?", "--mask-defect", ("white", "black"))
    return {**keys, "masks": _less_defaults(keys, known)}, () if colour else (question,)


def _less_defaults(keys: Keys, known: Keys) -> Keys:
    """`known`, or all of MVTec's rule where only the colour of an MVTec folder is known."""
    rule = MVTEC_MASKS.model_dump(exclude_defaults=True) if keys.get("layout") == "mvtec" else {}
    return {**rule, **known}


def guess_group(parts: Sequence[Part]) -> str:
    """The pattern of a lot or source in the parts' names; empty where the names show none.

    Taken where names less their last word repeat: at least 5 groups of 1.3 to 20 parts, with a number in their name.
    """
    for pattern in GROUP_PATTERNS:
        groups = Counter(group_of(part.id, pattern) for part in parts)
        size = len(parts) / len(groups)
        if len(groups) >= 5 and 1.3 <= size <= 20 and all(re.search(r"\d", group) for group in groups):
            return pattern
    return ""


def guess_bits(parts: Sequence[Part]) -> int:
    """The depth in use, where the files are deeper than 8 bit; else 0. Seen on a sample."""
    seen = [_used(part) for part in parts[:: max(len(parts) // SAMPLE, 1)]]
    return max(seen, default=0)


def _used(part: Part) -> int:
    try:
        pixels = decode(part.path).pixels
    except InputRefused:  # the audit names it
        return 0
    if pixels.itemsize == 1:
        return 0
    return next(bits for bits in DEPTHS if int(pixels.max()) >> bits == 0)


def _taken(conf: PartsSection, read: PartSet, masks: int, bits: int) -> tuple[str, ...]:
    """What was taken for what, in sentences with counts."""
    ok = sum(part.label.verdict is Verdict.OK for part in read.parts)
    ng = len(read.parts) - ok
    masked = sum(part.mask is not None for part in read.parts)
    boxed = sum(bool(part.boxes) for part in read.parts)
    groups = len({part.group for part in read.parts})
    said = [f"{counted(len(read.parts), 'part')}: {ok} OK, {ng} NG ({_how(conf)})"]
    if masks:
        said.append(f"{masked} of {ng} NG parts have their mask ({conf.masks.defect} is the defect)")
    if boxed:
        said.append(f"{boxed} of {ng} NG parts have boxes ({conf.boxes.kind} files)")
    if conf.group or conf.group_column:
        said.append(f"{groups} groups ({_grouped(conf)}): intervals count groups, not pictures")
    if bits:
        said.append(f"{bits} bit in use")
    if conf.split:
        said.append(f"only the {conf.split} split is read")
    if read.left_out:
        said.append(
            f"{counted(len(read.left_out), 'file')} left out, the first {read.left_out[0].id}: {read.left_out[0].what}"
        )
    return tuple(said)


def _grouped(conf: PartsSection) -> str:
    return f"column {conf.group_column}" if conf.group_column else "the name less its last word"


def _how(conf: PartsSection) -> str:
    """How OK is told from NG."""
    ways = {
        "names": f"by name: OK {conf.ok_pattern or 'otherwise'}, NG {conf.ng_pattern or 'otherwise'}",
        "csv": f"by {conf.table}, column {conf.label_column}: OK is {', '.join(conf.ok)}",
        "annotations": f"those with a {conf.boxes.kind} file are NG, the others are taken as OK",
        "folders": f"folders {', '.join(conf.ok)} and {', '.join(conf.ng)}",
    }
    return ways.get(conf.layout, f"layout {conf.layout}: OK is {', '.join(conf.ok)}, every other folder NG")


def answered(given: Mapping[str, Any], key: str, value: str) -> Keys:
    """`given` with the answer to a Question; a dotted key is one of a nested section."""
    section, _, name = key.rpartition(".")
    if section:
        return {**given, section: {**given.get(section, {}), name: value}}
    return {**given, name: value}


def require_answers(guess: Guess) -> PartSet:
    """The parts of a guess with nothing left open. Raises UsageError naming the flag of the first question."""
    if guess.questions or guess.parts is None:
        question = guess.questions[0]
        raise UsageError(question.text, file=str(guess.folder), mend=f"say it with {question.flag}{_choices(question)}")
    return guess.parts


def _choices(question: Question) -> str:
    return f": {', '.join(question.choices)}" if question.choices else ""
