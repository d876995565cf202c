"""The csv layout: a table of path, label, split and group."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from appliance.errors import InputRefused, UsageError
from appliance.parts.labels import Labelled, Row, class_label
from appliance.parts.types import LeftOut
from appliance.parts.walk import Found, Walk
from appliance.sections.parts import PartsSection

DELIMITERS = ",;\t|"
MAX_BYTES = 1 << 28


def table(conf: PartsSection, found: Walk) -> Labelled:
    """A part a row; a row whose picture is missing or left out is left out by name.

    Raises InputRefused where the table cannot be read and UsageError where a column is missing.
    """
    file = found.root / conf.table
    left = {entry.id: entry for entry in found.left_out}
    pictures = {picture.id: picture for picture in found.pictures}
    wanted = {key: column for key, column in _columns(conf).items() if column}
    columns, lines = read_table(file)
    for key, column in wanted.items():
        if column not in columns:
            mend = f"set [parts] {key} in site.toml to one of: {', '.join(columns)}"
            raise UsageError(f"no column {column!r}", file=str(file), mend=mend)
    made = [_row(line, conf, pictures) for line in lines]
    missing = [entry for entry in made if isinstance(entry, LeftOut) and entry.id not in left]
    return Labelled(_once([row for row in made if isinstance(row, Row)], file), missing)


def read_table(file: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Column names and rows of a CSV: comma, semicolon, tab or bar. Raises InputRefused."""
    text = _text(file)
    head = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = [name.strip() for name in next(reader, [])]
        lines = list(_lines(reader, columns))
    except csv.Error as error:
        mend = "save it as plain CSV"
        raise InputRefused(f"line {reader.line_num} is not CSV: {error}", file=str(file), mend=mend) from error
    return columns, lines


def _lines(reader: Iterator[list[str]], columns: list[str]) -> Iterator[dict[str, str]]:
    for cells in reader:
        if any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * (len(columns) - len(cells))]
            yield {name: cell.strip() for name, cell in zip(columns, padded, strict=False)}


def _text(file: Path) -> str:
    try:
        if not file.is_file():
            raise InputRefused("no such table", file=str(file), mend="set [parts] table in site.toml")
        if file.stat().st_size > MAX_BYTES:
            raise InputRefused(f"over {MAX_BYTES >> 20} MiB", file=str(file), mend="split the table")
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputRefused("not UTF-8 text", file=str(file), mend="save it as CSV UTF-8") from error
    except OSError as error:
        raise InputRefused(f"cannot be read: {error.strerror}", file=str(file), mend="check the file") from error


def _columns(conf: PartsSection) -> dict[str, str]:
    return {
        "path_column": conf.path_column,
        "label_column": conf.label_column,
        "split_column": conf.split_column,
        "group_column": conf.group_column,
    }


def _row(line: Mapping[str, str], conf: PartsSection, pictures: Mapping[str, Found]) -> Row | LeftOut:
    path = PurePosixPath(line[conf.path_column].replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        return LeftOut(str(path), "the table's path leaves the parts folder", "give it relative to the parts folder")
    if str(path) not in pictures:
        return LeftOut(str(path), "named in the table, but there is no such picture", "correct the table")
    said = line[conf.label_column]
    label = class_label(said, conf) if said else None
    return Row(pictures[str(path)], label, said, line.get(conf.split_column, ""), line.get(conf.group_column, ""))


def _once(rows: list[Row], file: Path) -> list[Row]:
    """The rows, once it is sure that no picture stands twice."""
    seen: dict[str, Row] = {}
    for row in rows:
        if row.file.id in seen and seen[row.file.id] != row:
            raise InputRefused(f"{row.file.id} stands twice, differently", file=str(file), mend="delete one row")
        seen[row.file.id] = row
    return list(seen.values())
