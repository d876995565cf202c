"""Read a parts folder: labels by its layout, masks and boxes by name, groups by pattern, in id order."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from appliance.counted import counted
from appliance.errors import InputRefused, UsageError
from appliance.parts.annotations import READERS, SUFFIXES
from appliance.parts.companions import Matched, match, renamed
from appliance.parts.labels import Labelled, Layout, Row, classes, folders, matches, mvtec, names
from appliance.parts.table import table
from appliance.parts.types import Label, LeftOut, Part, PartSet, Verdict
from appliance.parts.walk import PICTURES, Found, Walk, walk
from appliance.sections.parts import MaskSection, PartsSection
from appliance.site import Site

ALL_SPLITS = "*"
MVTEC_MASKS = MaskSection(folders=("ground_truth",), pattern="$", replace="_mask")


def read_parts(site: Site) -> PartSet:
    """The labelled parts of a site, in id order, and what was left out.

    Raises InputRefused where the folder is missing or empty or all of its parts have one label, and UsageError where
    a label is not mapped or a key of [parts] does not fit the folder.
    """
    return read_folder(site.parts, walk(site.parts_path), file=str(site.file))


def read_folder(conf: PartsSection, found: Walk, *, file: str = "") -> PartSet:
    """As `read_parts`, from a folder already walked; `file` is named where a key is wrong."""
    pictures, masks = parts_and_masks(conf, found)
    labelled = LAYOUTS[conf.layout](conf, replace(found, pictures=pictures))
    rows = _wanted_split(conf, labelled.rows)
    _check_labels(conf, rows, found, file)
    parts = [_part(row, conf) for row in sorted(rows, key=lambda row: row.file.id)]
    files = {row.file.id: row.file for row in rows}
    masked, lost_masks = _with_masks(parts, files, conf, masks)
    boxed, lost_boxes = _with_boxes(masked, files, conf, found)
    left_out = (*found.left_out, *labelled.left_out, *lost_masks, *lost_boxes)
    return PartSet(found.root, tuple(boxed), tuple(sorted(left_out, key=lambda entry: entry.id)))


def annotated(conf: PartsSection, found: Walk) -> Labelled:
    """The annotations layout: NG where a picture has an annotation file that outlines something, else OK."""
    if conf.boxes.kind == "none":
        raise UsageError('layout "annotations" needs [parts.boxes] kind', mend="set it to labelme or deeppcb")
    matched = match(found.pictures, _box_files(conf, found), conf.boxes.pattern, conf.boxes.replace)
    rows, left_out = [], _unclear(matched, "annotation")
    for picture in found.pictures:
        try:
            ng = picture.id in matched.of and bool(READERS[conf.boxes.kind](matched.of[picture.id].path))
        except InputRefused as error:
            left_out.append(LeftOut(picture.id, f"its annotation is refused: {error.what}", error.mend))
        else:
            rows.append(Row(picture, Label(Verdict.NG if ng else Verdict.OK), ""))
    return Labelled(rows, left_out)


LAYOUTS: dict[str, Layout] = {
    "folders": folders,
    "classes": classes,
    "mvtec": mvtec,
    "csv": table,
    "names": names,
    "annotations": annotated,
}


def mask_rule(conf: PartsSection) -> MaskSection:
    """The site's rule for masks; MVTec's own where the layout is MVTec's and the site says nothing."""
    return MVTEC_MASKS if conf.layout == "mvtec" and conf.masks == MaskSection() else conf.masks


def parts_and_masks(conf: PartsSection, found: Walk) -> tuple[tuple[Found, ...], tuple[Found, ...]]:
    """(pictures of parts, pictures of masks), what the site ignores left away."""
    rule = mask_rule(conf)
    kept = [file for file in found.pictures if not matches(file.id, conf.ignore)]
    if rule.folders:
        masks = {file for file in kept if any(matches(name, rule.folders) for name in file.folders)}
    else:
        called = (
            {(file.folders, renamed(file.stem, rule.pattern, rule.replace)) for file in kept} if rule.replace else {}
        )
        masks = {file for file in kept if (file.folders, file.stem) in called}
    return tuple(file for file in kept if file not in masks), tuple(file for file in kept if file in masks)


def _wanted_split(conf: PartsSection, rows: Sequence[Row]) -> list[Row]:
    wanted = conf.split or ("test" if conf.layout == "mvtec" else "")
    return [row for row in rows if wanted in ("", ALL_SPLITS, row.split)]


def _check_labels(conf: PartsSection, rows: Sequence[Row], found: Walk, file: str) -> None:
    if not rows:
        split = f" of split {conf.split!r}" if conf.split else ""
        mend = f"they end in {', '.join(sorted(PICTURES))}; check [parts] path and layout in site.toml"
        raise InputRefused(f"no part pictures{split}", file=str(found.root), mend=mend)
    unmapped = Counter(row.said for row in rows if row.label is None)
    if unmapped:
        (said, count), *_ = unmapped.most_common(1)
        others = f" and {counted(len(unmapped) - 1, 'other')}" if len(unmapped) > 1 else ""
        what = f"{said!r} ({counted(count, 'picture')}){others} is neither OK nor NG"
        raise UsageError(what, file=file or str(found.root), mend=MEND_LABELS.get(conf.layout, MEND_LABEL))
    verdicts = {row.label.verdict for row in rows if row.label}
    if len(verdicts) == 1:
        mend = "an audit needs OK and NG parts: check [parts] ok and ng in site.toml"
        raise InputRefused(f"all {len(rows)} parts are {verdicts.pop()}", file=str(found.root), mend=mend)


MEND_LABEL = "add it to ok, ng or ignore under [parts] in site.toml"
MEND_LABELS = {"names": "set ok_pattern or ng_pattern under [parts] in site.toml, or add it to ignore"}


def _part(row: Row, conf: PartsSection) -> Part:
    if row.label is None:
        raise ValueError(f"{row.file.id} has no label")
    group = row.group or group_of(row.file.id, conf.group)
    return Part(row.file.id, row.file.path, row.label, group=group, split=row.split)


def group_of(part: str, pattern: str) -> str:
    """The first bracket of `pattern` (or all it matches) on a part's id; empty where it is not found."""
    found = re.search(pattern, part) if pattern else None
    if found is None:
        return ""
    return (found[1] or "") if found.re.groups else found[0]


Files = Mapping[str, Found]


def _ng_files(parts: Sequence[Part], files: Files) -> list[Found]:
    return [files[part.id] for part in parts if part.label.verdict is Verdict.NG]


def _with_masks(
    parts: list[Part], files: Files, conf: PartsSection, masks: Sequence[Found]
) -> tuple[list[Part], list[LeftOut]]:
    rule = mask_rule(conf)
    matched = match(_ng_files(parts, files), masks, rule.pattern, rule.replace)
    dark = rule.defect == "black"
    masked = [
        replace(part, mask=matched.of[part.id].path, dark_mask=dark) if part.id in matched.of else part
        for part in parts
    ]
    return masked, _unclear(matched, "mask")


def _with_boxes(parts: list[Part], files: Files, conf: PartsSection, found: Walk) -> tuple[list[Part], list[LeftOut]]:
    if conf.boxes.kind == "none":
        return parts, []
    matched = match(_ng_files(parts, files), _box_files(conf, found), conf.boxes.pattern, conf.boxes.replace)
    boxed, lost = [], _unclear(matched, "box file")
    for part in parts:
        try:
            boxed.append(_boxed(part, matched.of[part.id].path, conf) if part.id in matched.of else part)
        except InputRefused as error:
            boxed.append(part)
            lost.append(LeftOut(matched.of[part.id].id, f"boxes not used: {error.what}", error.mend))
    return boxed, lost


def _boxed(part: Part, file: Path, conf: PartsSection) -> Part:
    boxes = READERS[conf.boxes.kind](file)
    outline = file if conf.boxes.kind == "labelme" and part.mask is None else part.mask
    return replace(part, boxes=boxes, mask=outline)


def _box_files(conf: PartsSection, found: Walk) -> list[Found]:
    rule = conf.boxes
    here = [file for file in found.annotations if file.suffix == SUFFIXES[rule.kind]]
    return [file for file in here if not rule.folders or any(matches(name, rule.folders) for name in file.folders)]


def _unclear(matched: Matched, kind: str) -> list[LeftOut]:
    what = f"a {kind} that fits several parts equally well"
    return [LeftOut(file.id, what, "give it the name of its part") for file in matched.ambiguous]
