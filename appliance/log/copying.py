"""Whole copies of a live database: by SQLite's backup API, never by copying the file, and atomic."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from appliance.errors import MachineFailed
from appliance.log.connect import connect, named_faults


def copy_database(source: Path, target: Path) -> None:
    """Write a consistent, single-file copy of `source` as it stands now; `target` is replaced in one step.

    Writers go on meanwhile. Raises MachineFailed where the target cannot be written.
    """
    with replacing(target) as half, named_faults(source), closing(connect(source, "ro")) as reader:
        _copy(reader, half, target)


def _copy(reader: sqlite3.Connection, half: Path, target: Path) -> None:
    with named_faults(target), closing(sqlite3.connect(half)) as writer:
        reader.backup(writer)
        writer.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A path beside `target` to write to; on success it is synced and becomes `target`, else it is removed."""
    half = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        half.unlink(missing_ok=True)
        yield half
        _sync(half)
        half.replace(target)
        _sync(target.parent)
    except OSError as error:
        raise MachineFailed(
            f"cannot be written: {error.strerror}", file=str(target), mend="check its folder and free space"
        ) from error
    finally:
        for leftover in half.parent.glob(f"{half.name}*"):
            leftover.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
