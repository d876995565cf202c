"""The log of a site: every run, cell and outcome in one SQLite file. What a call has returned from is on the disk."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from appliance.errors import InputRefused, InspectError, MachineFailed
from appliance.log import advices, read, write
from appliance.log.connect import DAMAGED, connect, make_durable, named_faults, snapshot, transaction
from appliance.log.schema import database, identify, is_older, migrate
from appliance.log.types import (
    Cell,
    ConditionRow,
    CostRow,
    MemberRow,
    Outcomes,
    PartRow,
    RunBrief,
    RunHead,
    RunRecord,
    RunTail,
    Warn,
)


class Log:
    """An open log. Use `Log.open` or `Log.open_read`, both as context managers; one thread, one process.

    Every method may raise MachineFailed (disk, permission, damage) with the way to mend it.
    """

    def __init__(self, conn: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._conn = conn
        self._labels: tuple[str, NDArray[np.bool_]] | None = None

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Self:
        """Open a log to write and read, bringing its schema up to date (a copy is kept beside it).

        Raises InputRefused where the file is missing (with create=False), is not a log, or is of a newer version.
        """
        if not create:
            _must_exist(path)
        with _opening(path, "rwc" if create else "rw") as conn:
            identify(conn, path)
            make_durable(conn)
            migrate(conn, path)
        return cls(conn, path)

    @classmethod
    def open_read(cls, path: Path) -> Self:
        """Open a log to read only, beside a writer. Raises InputRefused as `open` does, and for an older version."""
        _must_exist(path)
        with _opening(path, "ro") as conn:
            conn.execute("PRAGMA query_only = ON")
            if not identify(conn, path) or is_older(conn):
                raise LogIsOlder(
                    "the log is of an older version", file=str(path), mend="the next `inspect-eval audit` upgrades it"
                )
        return cls(conn, path)

    @classmethod
    def upgrade(cls, path: Path) -> bool:
        """Bring an older log to this version's schema, a copy kept beside it; False where nothing was to be done.

        Raises what `open` raises where it is older. Any other fault is left to whoever reads it next.
        """
        try:
            cls.open_read(path).close()
        except LogIsOlder:
            cls.open(path, create=False).close()
            return True
        except InspectError:
            return False
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the last to close folds the write-ahead log into it."""
        self._conn.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection itself, for maintenance."""
        return self._conn

    # Writing: one transaction a call.

    def start_run(
        self,
        head: RunHead,
        parts: Sequence[PartRow],
        members: Sequence[MemberRow],
        conditions: Sequence[ConditionRow],
    ) -> None:
        """Begin a run; its state is `running` until `finish_run`."""
        with self._writing() as db:
            write.run(db, head, parts, members, conditions)

    def add_cells(self, run: str, cells: Sequence[Cell]) -> None:
        """Add finished cells, all or none. Outcomes are in the order of the run's parts (else ValueError).

        A cell that is there already is a fault of the caller and raises sqlite3.IntegrityError.
        """
        ng = self.labels(run)
        with self._writing() as db:
            write.cells(db, run, cells, ng)

    def add_costs(self, run: str, costs: Sequence[CostRow]) -> None:
        """Add costs to a run."""
        with self._writing() as db:
            write.costs(db, run, costs)

    def add_warnings(self, run: str, warnings: Sequence[Warn]) -> None:
        """Add warnings to a run."""
        with self._writing() as db:
            write.warnings(db, run, warnings)

    def finish_run(self, run: str, tail: RunTail) -> None:
        """Say how a run ended. A resumed run may end again."""
        with self._writing() as db:
            write.tail(db, run, tail)

    def add_advice(self, made: str, answer: Mapping[str, Any]) -> None:
        """Keep a decision, `answer` as `advise --json` prints it; made: UTC, ISO 8601."""
        with self._writing() as db:
            advices.add(db, made, answer)

    def settle(self) -> int:
        """Call runs that are `running` what they are once their process is gone: `interrupted`. Returns how many.

        The caller holds the site's lock, so that none of them is at work.
        """
        with self._writing() as db:
            return write.settle(db)

    # Reading. `run` is a whole name, a beginning that fits one run only, or `last`: else UsageError.

    def resolve(self, run: str) -> str:
        """The whole name of a run."""
        with self._reading() as conn:
            return read.resolve(conn, run)

    def runs(self) -> list[RunBrief]:
        """Every run, the one begun last first (by order of writing: the clock may have been set back)."""
        with self._reading() as conn:
            return read.briefs(conn)

    def read_run(self, run: str, *, with_parts: bool = True) -> RunRecord:
        """One run, everything but its outcomes, from one state of the log; without parts no list of cells."""
        with self._reading() as conn:
            return read.record(conn, read.resolve(conn, run), with_parts=with_parts)

    def outcomes(self, run: str, member: str, condition: str) -> Outcomes:
        """Outcomes of one finished cell, to the bit as they were added. Raises UsageError where it is not there."""
        with self._reading() as conn:
            return read.outcomes(conn, read.resolve(conn, run), member, condition)

    def all_outcomes(self, run: str) -> Iterator[tuple[str, str, Outcomes]]:
        """(member, condition, outcomes) of every finished cell, condition by condition, one in memory at a time."""
        with self._reading() as conn:
            run = read.resolve(conn, run)
            keys = read.cells(conn, run)
        for member, condition in keys:
            yield member, condition, self.outcomes(run, member, condition)

    def finished_cells(self, run: str) -> set[tuple[str, str]]:
        """(member, condition) of every finished cell, failed ones too."""
        with self._reading() as conn:
            return set(read.cells(conn, read.resolve(conn, run)))

    def failures(self, run: str) -> dict[tuple[str, str], str]:
        """Why finished cells hold no outcomes, for those that hold none."""
        with self._reading() as conn:
            return read.failures(conn, read.resolve(conn, run))

    def labels(self, run: str) -> NDArray[np.bool_]:
        """(parts,) bool, True for NG, in the order of the run's outcomes; the run's whole name."""
        # Kept for the run last asked for: an audit adds its cells one by one.
        if self._labels is None or self._labels[0] != run:
            with self._reading() as conn:
                self._labels = (run, read.labels(conn, run))
        return self._labels[1]

    def resumable(self, plan_digest: str) -> str | None:
        """The run begun last with this plan that is not done, if any. The caller holds the site's lock."""
        with self._reading() as conn:
            return read.resumable(conn, plan_digest)

    def previous_run(self, run: str) -> str | None:
        """The run done last before this one, of the same family, task and parts folder, if any."""
        with self._reading() as conn:
            return read.previous(conn, read.resolve(conn, run))

    @contextmanager
    def _writing(self) -> Iterator[Database]:
        with transaction(self._conn, self.path):
            yield database(self._conn)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with snapshot(self._conn, self.path), _whole(self.path):
            yield self._conn


class LogIsOlder(InputRefused):
    """A log that this version has not upgraded yet: reading it to the letter would be a guess."""


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """A log had every migration when it was opened: what its schema lacks now is damage."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if not str(error).startswith("no such "):
            raise
        raise MachineFailed(f"the log is damaged: {error}", file=str(path), mend=DAMAGED) from error


def _must_exist(path: Path) -> None:
    if not path.exists():
        raise InputRefused("there is no log yet", file=str(path), mend="run `inspect-eval audit` first")


@contextmanager
def _opening(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """A connection that is closed again where opening fails."""
    with named_faults(path), ExitStack() as undo:
        yield undo.enter_context(closing(connect(path, mode)))
        undo.pop_all()
