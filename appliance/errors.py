"""Every way a command can end, in one place.

The tree, a line a class, with its exit code:

    InspectError                 2..130, never raised itself
      UsageError           2     command line or site.toml cannot be followed
      InputRefused         3     data, model or manifest refused
      MachineFailed        4     disk, device, permission or a missing package
      SiteBusy             6     another command holds the site
      Interrupted        130     stopped by a person or the service manager; resumable

A breached limit (1) and "done with warnings" (5) are results, not errors: see `Exit`.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import ClassVar


class Exit(IntEnum):
    """The documented exit codes."""

    OK = 0
    BREACH = 1
    USAGE = 2
    INPUT = 3
    MACHINE = 4
    WARNINGS = 5
    BUSY = 6
    INTERRUPTED = 130


class InspectError(Exception):
    """What went wrong, the file it concerns, and the way to mend it: one line on standard error."""

    code: ClassVar[Exit] = Exit.MACHINE

    def __init__(self, what: str, *, file: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what, self.file, self.mend = what, file, mend

    def __str__(self) -> str:
        where = f"{self.file}: " if self.file else ""
        mend = f" ({self.mend})" if self.mend else ""
        return f"{where}{self.what}{mend}"


class UsageError(InspectError):
    """The command line or site.toml cannot be followed."""

    code = Exit.USAGE


class InputRefused(InspectError):
    """A picture, a model or a manifest is refused."""

    code = Exit.INPUT


class MachineFailed(InspectError):
    """The disk, a device or a permission failed, or a package is missing."""

    code = Exit.MACHINE


class SiteBusy(InspectError):
    """Another command holds the site."""

    code = Exit.BUSY


class Interrupted(InspectError):
    """Stopped on request; finished cells are kept and `audit --resume` goes on."""

    code = Exit.INTERRUPTED


MACHINE_ERRNO = {
    errno.ENOSPC: "free some space and run the command again",
    errno.EDQUOT: "raise the quota and run the command again",
    errno.EROFS: "remount the disk for writing",
    errno.EACCES: "give this user the permission",
    errno.EPERM: "give this user the permission",
    errno.EIO: "the disk reports errors: check it before anything else",
}
"""Failures of the machine that any command may meet, each with its mend."""


@contextmanager
def in_our_terms() -> Iterator[None]:
    """Raise what somebody planned for as one of the tree above; whatever else happens inside goes through untouched."""
    try:
        yield
    except planned() as error:
        known = as_inspect_error(error)
        if known is None or known is error:
            raise
        raise known from error


def planned() -> tuple[type[Exception], ...]:
    """The errors that can be one of the tree; asked for once something has failed, for the last two load numpy."""
    from models.errors import ModelError
    from perturb.errors import PerturbError

    return InspectError, OSError, ModelError, PerturbError


def as_inspect_error(error: Exception) -> InspectError | None:
    """`error` as one of the tree above, or None where nobody planned for it (it must then surface).

    A ModelError is a refused input, a PerturbError a mistake of the command line or of site.toml; a package that either
    lacks is the machine's.
    """
    if isinstance(error, InspectError):
        return error
    if isinstance(error, OSError) and error.errno in MACHINE_ERRNO:
        mend = MACHINE_ERRNO[error.errno]
        return MachineFailed(error.strerror or str(error), file=str(error.filename or ""), mend=mend)
    from models.errors import ModelError, ModelLacks  # late: these packages load numpy, and --help must not
    from perturb.errors import PerturbError, PerturbLacks

    if not isinstance(error, ModelError | PerturbError):
        return None
    lacks = isinstance(error, ModelLacks | PerturbLacks)
    ours = MachineFailed if lacks else InputRefused if isinstance(error, ModelError) else UsageError
    return ours(error.what, file=error.file, mend=error.mend)
