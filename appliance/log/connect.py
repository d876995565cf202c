"""Connections to log.db: how it is opened, what a transaction is, and what SQLite's faults are called here."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.errors import InputRefused, InspectError, MachineFailed, SiteBusy

WAIT = 30.0
"""Seconds to wait for another writer before giving up."""

DAMAGED = "see `inspect-eval log check`, then bring back a backup with `inspect-eval log restore`"
FAULTS: dict[int, tuple[type[InspectError], str, str]] = {
    sqlite3.SQLITE_BUSY: (SiteBusy, "another program is writing to the log", "wait for it to end, then try again"),
    sqlite3.SQLITE_CANTOPEN: (
        MachineFailed,
        "the log cannot be opened",
        "check that its folder exists and that you may write there",
    ),
    sqlite3.SQLITE_CORRUPT: (
        MachineFailed,
        "the log is damaged",
        DAMAGED,
    ),
    sqlite3.SQLITE_FULL: (
        MachineFailed,
        "no space left to write the log",
        "free space on its disk, then go on with `inspect-eval audit --resume`",
    ),
    sqlite3.SQLITE_IOERR: (
        MachineFailed,
        "the disk failed while reading or writing the log",
        "check the disk and its free space, then go on with `inspect-eval audit --resume`",
    ),
    sqlite3.SQLITE_NOTADB: (
        InputRefused,
        "is not a log",
        "move it away, or bring back a backup with `inspect-eval log restore`",
    ),
    sqlite3.SQLITE_PERM: (MachineFailed, "no permission to use the log", "check who owns it"),
    sqlite3.SQLITE_READONLY: (
        MachineFailed,
        "the log cannot be written",
        "check its permissions, its folder's, and that the disk is not mounted read-only",
    ),
}


class DamagedRow(ValueError):
    """A row that is not what was written, or a run that refers to rows which are gone."""


@contextmanager
def named_faults(path: Path) -> Iterator[None]:
    """Turn faults of the machine into one line each; a fault of ours (SQL, constraint) surfaces as it is."""
    try:
        yield
    except DamagedRow as error:
        raise MachineFailed(f"the log is damaged: {error}", file=str(path), mend=DAMAGED) from error
    except UnicodeDecodeError as error:  # SQLite's own message holds bytes of a damaged file
        raise _named(sqlite3.SQLITE_CORRUPT, path) from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if str(error).startswith("Could not decode to UTF-8"):  # raised by Python, without a code of SQLite's
            code = sqlite3.SQLITE_CORRUPT
        if code not in FAULTS:
            raise
        raise _named(code, path) from error


def _named(code: int, path: Path) -> InspectError:
    kind, what, mend = FAULTS[code]
    return kind(what, file=str(path), mend=mend)


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open `path` in `mode` (ro, rw or rwc). Transactions are ours alone: the module begins none by itself."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    conn = sqlite3.connect(uri, uri=True, timeout=WAIT, isolation_level=None)
    conn.execute("PRAGMA foreign_keys = ON")
    return conn


def make_durable(conn: sqlite3.Connection) -> None:
    """WAL with a sync at every commit: what `add_cells` has returned from survives a power cut.

    NORMAL would sync at checkpoints only and lose acknowledged cells (tests/log/test_power_cut.py shows it).
    """
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("PRAGMA auto_vacuum = INCREMENTAL")  # takes hold on an empty file only
    _use_wal(conn)
    conn.execute("PRAGMA journal_size_limit = 67108864")


def _use_wal(conn: sqlite3.Connection) -> None:
    """Switch to WAL, once in a log's life; SQLite does not wait for a lock here, so two that begin at once must."""
    end = time.monotonic() + WAIT
    while conn.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            conn.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)


@contextmanager
def transaction(conn: sqlite3.Connection, path: Path, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    """One transaction, all or nothing. Immediate, because a deferred one that reads first cannot wait for a writer."""
    with named_faults(path):
        conn.execute(begin)
        try:
            yield
            conn.execute("COMMIT")
        finally:
            if conn.in_transaction:
                conn.execute("ROLLBACK")


@contextmanager
def snapshot(conn: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Several reads of one state of the log; works inside a transaction too."""
    if conn.in_transaction:
        with named_faults(path):
            yield
        return
    with transaction(conn, path, "BEGIN"):
        yield
