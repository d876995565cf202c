"""Whole copies of a live database: by SQLite's backup API, never by copying the file, and atomic."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from appliance.errors import MachineFailed
from appliance.log.connect import connect, named_faults


def copy_database(source: Path, target: Path) -> None:
    """Write a consistent, single-file, proven copy of `source` as it stands now; `target` is replaced in one step.

    Writers go on meanwhile. Raises MachineFailed where the source is damaged or the target cannot be written.
    """
    with replacing(target) as half, named_faults(source), closing(connect(source, "ro")) as reader:
        _copy(reader, half, target)


def _copy(reader: sqlite3.Connection, half: Path, target: Path) -> None:
    with named_faults(target), closing(sqlite3.connect(half)) as writer:
        reader.backup(writer)
        writer.execute("PRAGMA journal_mode = DELETE")
        if faults(writer):
            raise MachineFailed(
                f"the copy is damaged, and so is what was copied: {faults(writer)[0]}",
                file=str(target),
                mend="see `inspect-eval log check`",
            )


def faults(conn: sqlite3.Connection, *, full: bool = False) -> list[str]:
    """What SQLite finds wrong with a file's pages (and, in full, its indexes); nothing where it is sound."""
    found = [str(row[0]) for row in conn.execute(f"PRAGMA {'integrity' if full else 'quick'}_check")]
    return [] if found == ["ok"] else found


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A path beside `target` to write to; on success it is synced and becomes `target`, else it is removed."""
    half = target.with_name(f".{target.name}.{os.getpid()}")
    with disk_faults(target):
        try:
            remove(half)
            yield half
            _sync(half)
            half.replace(target)
            _sync(target.parent)
        finally:
            for end in ("", "-wal", "-shm", "-journal"):
                remove(half.with_name(half.name + end))


@contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """What the system refuses to do with files, as one line."""
    try:
        yield
    except OSError as error:
        raise MachineFailed(
            f"cannot be written: {error.strerror}", file=str(path), mend="check its folder and its disk's free space"
        ) from error


def remove(path: Path) -> None:
    """Delete a file or a folder with what is in it; none is fine."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
