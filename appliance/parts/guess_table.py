"""Guess which CSV of a parts folder is its table of labels, and what its columns mean."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from appliance.errors import InputRefused
from appliance.parts.labels import mapped
from appliance.parts.table import read_table
from appliance.parts.types import Verdict
from appliance.parts.walk import Walk
from appliance.sections.parts import PartsSection

LABELS = ("label", "verdict", "result", "class", "status", "target", "judgement", "judgment", "quality")
SPLITS = ("split", "subset", "partition", "fold", "set")
GROUPS = ("group", "lot", "batch", "source", "serial", "part_id", "part")

Lines = Sequence[Mapping[str, str]]


def table_guesses(conf: PartsSection, found: Walk) -> list[dict[str, Any]]:
    """A guess for the table the user named, or for each table in the top folder that names pictures."""
    if conf.table:
        guesses = [_guess(conf, found, found.root / conf.table)]
    else:
        guesses = [_tried(conf, found, file) for file in sorted(found.root.glob("*.csv"))]
    return [guess for guess in guesses if guess]


def _tried(conf: PartsSection, found: Walk, file: Path) -> dict[str, Any] | None:
    try:
        return _guess(conf, found, file)
    except InputRefused:  # a CSV that nobody named may be anything
        return None


def _guess(conf: PartsSection, found: Walk, file: Path) -> dict[str, Any] | None:
    columns, lines = read_table(file)
    ids = {picture.id for picture in found.pictures}
    paths = _first(columns, lambda name: _share(lines, name, ids) > 0.5)
    others = [name for name in columns if name != paths]
    label = _called(others, LABELS) or _first(others, lambda name: _are_labels(conf, lines, name))
    if not lines or not paths or not label:
        return None
    said = {line[label] for line in lines}
    good = sorted(name for name in said if mapped(name, conf) is Verdict.OK)
    if not good or len(good) == len(said):
        return None
    keys = {"layout": "csv", "table": file.relative_to(found.root).as_posix(), "path_column": paths}
    return keys | {"label_column": label, "ok": good} | _splits(others, lines) | _groups(others, label)


def _splits(columns: Sequence[str], lines: Lines) -> dict[str, Any]:
    """The split column, and only its test part where there is one: a model has seen the others."""
    column = _called(columns, SPLITS)
    if not column:
        return {}
    tested = [line[column] for line in lines if line[column].casefold() == "test"]
    return {"split_column": column} | ({"split": tested[0]} if tested else {})


def _groups(columns: Sequence[str], label: str) -> dict[str, Any]:
    column = _called([name for name in columns if name != label], GROUPS)
    return {"group_column": column} if column else {}


def _share(lines: Lines, column: str, ids: set[str]) -> float:
    return sum(line[column].replace("\\", "/") in ids for line in lines) / max(len(lines), 1)


def _are_labels(conf: PartsSection, lines: Lines, column: str) -> bool:
    return bool(lines) and all(mapped(line[column], conf) for line in lines)


def _first(columns: Sequence[str], fits: Callable[[str], bool]) -> str:
    return next((name for name in columns if fits(name)), "")


def _called(columns: Sequence[str], names: Sequence[str]) -> str:
    """The column called by the first of `names` that is there."""
    by_name = {column.casefold(): column for column in columns}
    return next((by_name[name] for name in names if name in by_name), "")
