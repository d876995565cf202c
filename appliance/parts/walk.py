"""Find the files of a parts folder without following anything out of it and without opening anything."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from appliance.errors import InputRefused
from appliance.parts.types import LeftOut

PICTURES = frozenset({".bmp", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"})
ANNOTATIONS = frozenset({".txt", ".json"})


@dataclass(frozen=True)
class Found:
    """One regular file below the parts folder. `id` is its POSIX path relative to it."""

    id: str
    path: Path

    @property
    def folders(self) -> tuple[str, ...]:
        """Names of the folders it lies in, outermost first."""
        return tuple(self.id.split("/")[:-1])

    @property
    def stem(self) -> str:
        """Its name without the suffix."""
        return self.path.stem

    @property
    def suffix(self) -> str:
        """Its suffix in lower case."""
        return self.path.suffix.lower()


@dataclass(frozen=True)
class Walk:
    """What lies below a parts folder, in id order, and the pictures that cannot be parts."""

    root: Path
    pictures: tuple[Found, ...]
    annotations: tuple[Found, ...]
    left_out: tuple[LeftOut, ...]


def walk(root: Path) -> Walk:
    """List the pictures and annotation files below `root`; hidden files are passed over.

    A link out of the folder, a fifo, a device, a folder called like a picture: a LeftOut row each.
    Raises InputRefused where `root` is not a folder that can be read.
    """
    root = _folder(root)
    entries = sorted(_below(root, root), key=lambda entry: entry.id)
    files = [entry for entry in entries if isinstance(entry, Found)]
    return Walk(
        root,
        tuple(file for file in files if file.suffix in PICTURES),
        tuple(file for file in files if file.suffix in ANNOTATIONS),
        tuple(entry for entry in entries if isinstance(entry, LeftOut)),
    )


def _folder(root: Path) -> Path:
    mend = "check [parts] path in site.toml, or --parts"
    try:
        resolved = root.resolve(strict=True)
        with os.scandir(resolved):
            return resolved
    except FileNotFoundError as error:
        raise InputRefused("no such parts folder", file=str(root), mend=mend) from error
    except NotADirectoryError as error:
        raise InputRefused("the parts folder is not a folder", file=str(root), mend=mend) from error
    except OSError as error:
        raise InputRefused(f"the parts folder cannot be read: {error.strerror}", file=str(root), mend=mend) from error


def _below(folder: Path, root: Path) -> Iterator[Found | LeftOut]:
    """Everything below `folder`; the stack is ours, so that depth cannot exhaust Python's."""
    pending = [folder]
    while pending:
        here = pending.pop()
        try:
            with os.scandir(here) as entries:
                seen = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield _left(here, root, f"the folder cannot be read: {error.strerror}", "check its permissions")
            continue
        for entry in seen:
            if entry.name.startswith("."):
                continue
            path = here / entry.name
            if entry.is_dir(follow_symlinks=False) and path.suffix.lower() not in PICTURES:
                pending.append(path)
            else:
                yield from _entry(entry, path, root)


def _entry(entry: os.DirEntry[str], path: Path, root: Path) -> Iterator[Found | LeftOut]:
    suffix = path.suffix.lower()
    leads_to_folder = entry.is_symlink() and _is_folder(entry)
    if suffix not in PICTURES | ANNOTATIONS and not leads_to_folder:
        return
    problem = _problem(entry, path, root)
    if problem is None:
        yield Found(path.relative_to(root).as_posix(), path)
    elif suffix in PICTURES or leads_to_folder:
        yield _left(path, root, *problem)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link loop, or a place we may not look into: `_problem` names it where it matters
        return False


def _problem(entry: os.DirEntry[str], path: Path, root: Path) -> tuple[str, str] | None:
    """What keeps `path` from being a part, and how to mend it; None where nothing does."""
    try:
        str(path).encode()
        if entry.is_file(follow_symlinks=False):
            return None
        target = path.resolve(strict=True)
        mode = target.stat().st_mode
    except UnicodeEncodeError:
        return "its name is not UTF-8", "rename it"
    except OSError as error:
        return f"cannot be followed: {error.strerror}", "mend or remove the link"
    except RuntimeError:  # Python 3.11 and 3.12 raise it for a link loop
        return "a link that leads to itself", "remove the link"
    if not target.is_relative_to(root):
        return "a link that leaves the parts folder", "copy the picture here"
    return None if stat.S_ISREG(mode) else (f"not a file but {_kind(mode)}", "move it out of the parts folder")


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a fifo", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")


def _left(path: Path, root: Path, what: str, mend: str) -> LeftOut:
    name = path.relative_to(root).as_posix()
    return LeftOut(name.encode(errors="backslashreplace").decode(), what, mend)
