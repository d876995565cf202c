"""Care of a log: back up, restore, prune. Each is whole or has not happened; each works beside a running writer."""

import os
import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from appliance.errors import InputRefused, UsageError
from appliance.log.connect import connect, make_durable, named_faults, transaction
from appliance.log.copying import copy_database, disk_faults, faults
from appliance.log.log import Log
from appliance.log.schema import identify, is_log

ORPHANS = (
    "DELETE FROM part_sets WHERE id NOT IN (SELECT part_set FROM runs)",
    "DELETE FROM configs WHERE id NOT IN (SELECT config FROM runs)",
    "DELETE FROM environments WHERE id NOT IN (SELECT environment FROM runs)",
)


@dataclass(frozen=True)
class Retention:
    """A run goes when it is neither among the newest `runs` nor younger than `days`.

    Both, so that a clock set ten years ahead deletes nothing that counting keeps.
    """

    runs: int = 400
    days: int = 400


def backup(log: Path, target: Path) -> None:
    """Copy the log as it stands into one proven file, beside a running audit; an older `target` is replaced.

    Raises InputRefused where there is no log, MachineFailed where it is damaged or the target cannot be written.
    """
    _must_be_log(log)
    if target.exists() and target.samefile(log):
        raise UsageError("a log cannot be its own backup", file=str(target), mend="name another file")
    copy_database(log, target)


def restore(copy: Path, log: Path) -> Path | None:
    """Make the log what `copy` holds; the caller holds the site's lock. Returns where the log that was is kept, if any.

    The copy is read in full first. Raises InputRefused where it is not a sound log; then nothing has changed.
    """
    _must_be_sound(copy)
    with disk_faults(log):
        if not log.exists():
            _put_away(log, ".old")
            copy_database(copy, log)
            return None
        if _is_damaged(log):
            return _replace_damaged(copy, log)
        kept = _unused(log, "before-restore")
        copy_database(log, kept)
        _overwrite(copy, log)
        return kept


def prune(log: Log, retention: Retention, *, now: datetime, keep: Collection[str] = ()) -> list[str]:
    """Delete runs that `retention` lets go, never those in `keep` (baselines), and give their space back.

    Returns their names. A kill in between has deleted fewer runs, each wholly.
    """
    gone = expired(log, retention, now, keep)
    for run in gone:
        with transaction(log.connection, log.path):
            log.connection.execute("DELETE FROM runs WHERE run = ?", (run,))
    with transaction(log.connection, log.path):
        for statement in ORPHANS:
            log.connection.execute(statement)
    with named_faults(log.path):
        log.connection.execute("PRAGMA incremental_vacuum").fetchall()
        log.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return gone


def expired(log: Log, retention: Retention, now: datetime, keep: Collection[str] = ()) -> list[str]:
    """What `prune` would delete, oldest first: by order of writing, and by the run's own clock."""
    old = [brief for brief in reversed(log.runs()[max(retention.runs, 1) :]) if brief.run not in keep]
    return [brief.run for brief in old if now - _moment(brief.started) > timedelta(days=retention.days)]


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _must_be_log(path: Path) -> None:
    if not path.exists():
        raise InputRefused("there is no log", file=str(path), mend="name the log or the backup that is meant")
    with named_faults(path), closing(connect(path, "ro")) as conn:
        if not identify(conn, path):
            raise InputRefused("holds no log", file=str(path), mend="name the log or the backup that is meant")


def _must_be_sound(path: Path) -> None:
    _must_be_log(path)
    with named_faults(path), closing(connect(path, "ro")) as conn:
        found = faults(conn, full=True)
    if found:
        raise InputRefused(f"the copy is damaged: {found[0]}", file=str(path), mend="take an older backup")


def _is_damaged(log: Path) -> bool:
    """Raises InputRefused for another program's database: that is not ours to replace."""
    with named_faults(log), closing(connect(log, "rw")) as conn:
        try:
            return bool(faults(conn)) or not is_log(conn, log)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                return True
            raise


def _overwrite(copy: Path, log: Path) -> None:
    """One transaction on the log itself, so that readers that have it open see the old one, then the new one."""
    with named_faults(log), closing(connect(copy, "ro")) as source, closing(connect(log, "rw")) as target:
        make_durable(target)
        source.backup(target)


def _replace_damaged(copy: Path, log: Path) -> Path:
    """Put a damaged log away, its side files first: left in place they would be played into the restored one."""
    kept = _unused(log, "damaged")
    _put_away(log, kept.suffix)
    try:
        os.link(log, kept)
    except OSError:  # a file system without hard links
        log.rename(kept)
    copy_database(copy, log)
    return kept


def _unused(log: Path, why: str) -> Path:
    """`log.db.<why>-<n>` with the first n that is free."""
    names = (log.with_name(f"{log.name}.{why}-{n}") for n in count(1))
    return next(name for name in names if not name.exists())


def _put_away(log: Path, suffix: str) -> None:
    """Rename the side files of a log out of the way."""
    for end in ("-wal", "-shm", "-journal"):
        file = log.with_name(log.name + end)
        if file.exists():
            file.rename(file.with_name(file.name + suffix))
