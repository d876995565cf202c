"""Take a log's tables elsewhere as CSV or Parquet, with the data dictionary beside them."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from appliance.errors import MachineFailed, UsageError
from appliance.log.connect import named_faults
from appliance.log.copying import disk_faults, remove
from appliance.log.dictionary import TABLES, Column
from appliance.log.log import Log

Values = Sequence[Any]
Sink = Callable[[Iterable[Values]], None]
Opener = Callable[[Path, tuple[Column, ...]], AbstractContextManager[Sink]]

WITHOUT_RUN = frozenset({"alerts"})
"""Tables whose rows outlive the runs they were found in."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(
    log: Log, folder: Path, *, kind: str = "csv", runs: Sequence[str] = (), outcomes: bool = False
) -> list[Path]:
    """Write the log's tables (`dictionary.TABLES`) and their dictionary into a new folder; return its files.

    kind: csv or parquet. runs: names as `Log.resolve` takes them, all where empty. outcomes: one row per part and
    cell too. The folder appears whole or not at all. Raises UsageError where it exists already, for another kind, and
    for Parquet without pyarrow; MachineFailed where it cannot be written.
    """
    opener = _opener(kind)
    names = [log.resolve(run) for run in runs] or [brief.run for brief in log.runs()]
    with _new_folder(folder) as half:
        for table, columns in TABLES.items():
            if table == "outcomes" and not outcomes:
                continue
            with opener(half / f"{table}.{kind}", columns) as sink:
                if table in WITHOUT_RUN:
                    sink(_whole(log, table, columns))
                for run in names if table not in WITHOUT_RUN else ():
                    sink(_rows(log, table, columns, run))
        with _open_csv(half / "dictionary.csv", _DICTIONARY) as sink:
            sink((table, c.name, c.kind, c.meaning) for table, columns in TABLES.items() for c in columns)
    return sorted(folder.iterdir())


_DICTIONARY = tuple(Column(name, "text", "") for name in ("table", "column", "kind", "meaning"))


def _rows(log: Log, table: str, columns: tuple[Column, ...], run: str) -> Iterable[Values]:
    if table == "outcomes":
        return _outcomes(log, run)
    chosen = ", ".join(column.name for column in columns)
    with named_faults(log.path):
        return log.connection.execute(f"SELECT {chosen} FROM v_{table} WHERE run = ?", (run,))  # noqa: S608 - our names


def _whole(log: Log, table: str, columns: tuple[Column, ...]) -> Iterable[Values]:
    """All rows of a table that belongs to no run."""
    chosen = ", ".join(column.name for column in columns)
    with named_faults(log.path):
        return log.connection.execute(f"SELECT {chosen} FROM v_{table}")  # noqa: S608 - our names


def _outcomes(log: Log, run: str) -> Iterator[Values]:
    parts = log.read_run(run).parts
    labels = ["NG" if part.ng else "OK" for part in parts]
    for member, condition, found in log.all_outcomes(run):
        classes = [None] * len(parts) if found.cls is None else found.cls.tolist()
        for part, label, score, ng, cls in zip(parts, labels, found.score, found.ng, classes, strict=True):
            scored = not np.isnan(score)
            decision = ("NG" if ng else "OK") if scored else None
            yield run, member, condition, part.id, label, score if scored else None, decision, cls


def _opener(kind: str) -> Opener:
    if kind == "csv":
        return _open_csv
    if kind != "parquet":
        raise UsageError(f"cannot export as {kind!r}", mend="choose csv or parquet")
    try:
        from appliance.log.parquet import open_parquet
    except ModuleNotFoundError as error:
        raise MachineFailed(
            "Parquet needs pyarrow, which is not installed", mend="install pyarrow, or export csv"
        ) from error
    return open_parquet


@contextmanager
def _open_csv(path: Path, columns: tuple[Column, ...]) -> Iterator[Sink]:
    """Texts that a spreadsheet would take for a formula get a leading apostrophe."""
    texts = {i for i, column in enumerate(columns) if column.kind == "text"}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([column.name for column in columns])
        yield lambda rows: writer.writerows(
            [_inert(value) if i in texts else value for i, value in enumerate(row)] for row in rows
        )


def _inert(text: str | None) -> str | None:
    return f"'{text}" if text and text.startswith(FORMULA) else text


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` to fill; on success it becomes `folder`, else it is removed."""
    if folder.exists():
        raise UsageError("is there already", file=str(folder), mend="name a folder that does not exist yet")
    half = folder.with_name(f".{folder.name}.{os.getpid()}")
    with disk_faults(folder):
        try:
            remove(half)
            half.mkdir(parents=True)
            yield half
            half.rename(folder)
        finally:
            remove(half)
