"""The layouts: how a part's label, split and group follow from where its picture lies, its name, or a table."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from appliance.parts.types import Label, LeftOut, Verdict
from appliance.parts.walk import Found, Walk
from appliance.parts.words import split_of, verdict_of
from appliance.sections.parts import PartsSection


@dataclass(frozen=True)
class Row:
    """A picture with what its layout says of it; `label` is None where nothing maps `said` to OK or NG."""

    file: Found
    label: Label | None
    said: str
    split: str = ""
    group: str = ""


@dataclass(frozen=True)
class Labelled:
    """What a layout made of a folder."""

    rows: Sequence[Row]
    left_out: Sequence[LeftOut] = field(default=())


Layout = Callable[[PartsSection, Walk], Labelled]


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a name fits one of the globs, upper and lower case alike."""
    return any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in patterns)


def mapped(name: str, conf: PartsSection) -> Verdict | None:
    """OK or NG by the site's `ok` and `ng`; by the usual words for the list that is empty."""
    usual = verdict_of(name)
    if matches(name, conf.ok) or (not conf.ok and usual is Verdict.OK and not matches(name, conf.ng)):
        return Verdict.OK
    if matches(name, conf.ng) or (not conf.ng and usual is Verdict.NG):
        return Verdict.NG
    return None


def class_label(name: str, conf: PartsSection) -> Label | None:
    """The label of a class: every class that is not OK is NG, unless the site lists the NG ones."""
    verdict = mapped(name, conf)
    if verdict is None and not conf.ng:
        verdict = Verdict.NG
    return Label(verdict, name) if verdict else None


def folders(conf: PartsSection, found: Walk) -> Labelled:
    """OK and NG folders at any depth: the innermost folder that is mapped decides."""
    return Labelled([_in_folders(file, conf) for file in found.pictures])


def _in_folders(file: Found, conf: PartsSection) -> Row:
    verdicts = [verdict for name in reversed(file.folders) if (verdict := mapped(name, conf))]
    label = Label(verdicts[0]) if verdicts else None
    return Row(file, label, "/".join(file.folders) or "(top folder)", split=_split(file.folders))


def classes(conf: PartsSection, found: Walk) -> Labelled:
    """One folder a class, below an optional split folder; `ok` names the classes that are OK."""
    return Labelled([_in_class(file, conf) for file in found.pictures])


def _in_class(file: Found, conf: PartsSection) -> Row:
    split = split_of(file.folders[0]) if len(file.folders) > 1 else ""
    names = file.folders[1:] if split else file.folders
    if not names:
        return Row(file, None, "(top folder)")
    return Row(file, class_label(names[0], conf), names[0], split=split)


def mvtec(conf: PartsSection, found: Walk) -> Labelled:
    """MVTec's layout: train/good, test/good, test/<defect>; the masks lie in ground_truth/<defect>."""
    pictures = [file for file in found.pictures if file.folders and file.folders[0] != "ground_truth"]
    return Labelled([_in_mvtec(file, conf) for file in pictures])


def _in_mvtec(file: Found, conf: PartsSection) -> Row:
    if len(file.folders) < 2 or not split_of(file.folders[0]):
        return Row(file, None, "/".join(file.folders))
    return Row(file, class_label(file.folders[1], conf), file.folders[1], split=split_of(file.folders[0]))


def names(conf: PartsSection, found: Walk) -> Labelled:
    """The label is in the file's name: `ok_pattern` and `ng_pattern`; with one of them, all others are the other."""
    return Labelled([_in_name(file, conf) for file in found.pictures])


def _in_name(file: Found, conf: PartsSection) -> Row:
    ok, ng = (_found(pattern, file) for pattern in (conf.ok_pattern, conf.ng_pattern))
    if conf.ok_pattern and conf.ng_pattern:
        label = None if ok == ng else Label(Verdict.OK if ok else Verdict.NG)
    elif conf.ok_pattern or conf.ng_pattern:
        label = Label(Verdict.OK if ok or (conf.ng_pattern and not ng) else Verdict.NG)
    else:
        label = None
    return Row(file, label, file.path.name, split=_split(file.folders))


def _found(pattern: str, file: Found) -> bool:
    """Whether the pattern is in the file's name, with or without its suffix."""
    return bool(pattern) and any(re.search(pattern, name) for name in (file.stem, file.path.name))


def _split(names_of: Sequence[str]) -> str:
    return next((split for name in names_of if (split := split_of(name))), "")
