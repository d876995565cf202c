"""From file names to a family: which files belong together, and what each member is called."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from models.errors import ModelError

SEPARATORS = "-_. "
SUFFIX = ".onnx"


def model_files(folder: Path, name: str | None = None) -> list[Path]:
    """The ONNX files of the one family in `folder`, by name; `name` picks one where several lie together.

    Files lie in the folder itself, or all in one folder below it. Two families are two such folders, or two groups of
    files with a beginning of their own (`gear-s`, `gear-l`, `lid-s`, `lid-l`). Raises ModelError naming both.
    """
    if not folder.is_dir():
        raise ModelError("no such folder", file=str(folder), mend="give the folder that holds the .onnx files")
    files = _onnx_in(folder) or _one_below(folder, name)
    groups = _groups(files)
    if name in groups:
        return groups[str(name)]
    if len(groups) > 1:
        first, second = list(groups)[:2]
        raise ModelError(
            f"two families: {first!r} and {second!r}",
            file=str(folder),
            mend="keep each family in a folder of its own, or name the one you mean (--name)",
        )
    return files


def _onnx_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() == SUFFIX)


def _one_below(folder: Path, name: str | None) -> list[Path]:
    holds = {path.name: _onnx_in(path) for path in sorted(folder.iterdir()) if path.is_dir()}
    families = {below: files for below, files in holds.items() if files}
    if name in families:
        return families[str(name)]
    if len(families) == 1:
        return next(iter(families.values()))
    if families:
        first, second = list(families)[:2]
        raise ModelError(
            f"two families: {first!r} and {second!r}", file=str(folder), mend="give the folder of one of them"
        )
    raise ModelError(
        "there is no .onnx file", file=str(folder), mend="give the folder of the exported models, or export them first"
    )


def _groups(files: Sequence[Path]) -> dict[str, list[Path]]:
    """Files by the word they begin with, where at least two words begin two files each; else one group."""
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in files:
        groups[_first_word(path.stem)].append(path)
    if sum(len(group) > 1 for group in groups.values()) > 1 and "" not in groups:
        return dict(groups)
    return {common_start([path.stem for path in files]).rstrip(SEPARATORS): list(files)}


def _first_word(stem: str) -> str:
    """`piped` of piped-xs, `resnet` of resnet18; empty where the name is one size word (xs, 18)."""
    word = re.match(r"[^\W\d_]+(?=[\W\d_])", stem)
    return word[0] if word else ""


def member_names(files: Sequence[Path]) -> list[str]:
    """File names less their common beginning: piped-xs, piped-s give xs, s; a single file keeps its whole name."""
    stems = [path.stem for path in files]
    start = common_start(stems)
    names = [stem.removeprefix(start).strip(SEPARATORS) for stem in stems]
    return names if all(names) and len(set(names)) == len(names) else stems


def common_start(stems: Sequence[str]) -> str:
    """What all names begin with, up to a separator or to where digits begin, so that no word is cut (xl, xxl)."""
    if len(stems) < 2:
        return ""
    start = min(stems, key=len)
    while start and not all(stem.startswith(start) and _word_ends(stem, len(start)) for stem in stems):
        start = start[:-1]
    return start


def _word_ends(stem: str, place: int) -> bool:
    before, after = stem[place - 1], stem[place : place + 1]
    return before in SEPARATORS or (before.isalpha() and after.isdigit())
