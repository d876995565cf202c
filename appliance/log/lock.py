"""One command at a time: a lock on the site that the kernel frees when its holder ends, however it ends."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from appliance.errors import MachineFailed, SiteBusy

NAME = "site.lock"

_held: set[int] = set()


def _forget_in_child() -> None:
    """A forked child shares the lock while it keeps the handle; closing it leaves the parent's lock alone."""
    while _held:
        os.close(_held.pop())


os.register_at_fork(after_in_child=_forget_in_child)


@contextmanager
def site_lock(folder: Path, command: str = "audit") -> Iterator[None]:
    """Hold the site while the block runs; `command` is what a user calls to do it, as `cost`.

    The file `site.lock` stays where it is: it says who held the site last, the lock itself is the kernel's, so a
    left-over file keeps nobody out. Raises SiteBusy with command, process and host of the holder, MachineFailed where
    the file cannot be written.
    """
    path = folder / NAME
    handle = _open(path)
    _held.add(handle)
    try:
        _take(handle, path)
        _sign(handle, command)
        yield
    finally:
        if handle in _held:  # not so in a forked child, where the number may be another file's by now
            _held.remove(handle)
            os.close(handle)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise MachineFailed(
            f"the site cannot be locked: {error.strerror}",
            file=str(path),
            mend="check that the site folder exists and that you may write there",
        ) from error


def _take(handle: int, path: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SiteBusy(
            _holder(handle),
            file=str(path.parent),
            mend="wait for it to end, or stop that process",
        ) from None
    except OSError as error:
        raise MachineFailed(
            f"the site cannot be locked: {error.strerror}", file=str(path), mend="use a file system with locks"
        ) from error


def _sign(handle: int, command: str) -> None:
    """Say who holds the site, for the one who finds it held."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    who = {"command": command, "pid": os.getpid(), "host": socket.gethostname(), "since": since}
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(who).encode() + b"\n", 0)


def _holder(handle: int) -> str:
    """Who holds the site, as a sentence; one who wrote no command (an older version) is another command."""
    try:
        who = json.loads(os.pread(handle, 4096, 0))
        command = f"`inspect-eval {who['command']}`" if "command" in who else "another command"
        return f"{command} holds this site: process {int(who['pid'])} on {who['host']} since {who['since']}"
    except (ValueError, KeyError, TypeError):
        return "another command holds this site: a process that has not said its name yet"


def holder_lives(folder: Path) -> bool:
    """Whether the process that signed the lock last is still there; True too where that cannot be told.

    Only asked about, never taken: a reader that took the lock for a moment would turn an audit away.
    """
    try:
        who = json.loads((folder / NAME).read_bytes()[:4096])
        pid, host = int(who["pid"]), who["host"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if host != socket.gethostname() or pid <= 0:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's process, or no right to ask
        return True
    return True
