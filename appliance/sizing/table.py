"""A benchmark table: how fast each model ran on each machine, as published or as your own.

CSV, one row per model and machine. Columns, with the names that timm's tables use accepted too:

    model, throughput (pictures per second) or latency_ms, macs, activations, params (elements, or in giga / mega by the
    names gmacs, mactivations, mparams), image (side of the input), batch, device, precision

Without a column `device` the machine is named by what its file name does not share with the other files.
"""

import csv
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import numpy as np

from appliance.errors import InputRefused
from appliance.sizing.work import Floats

LARGEST = 64 * 2**20
GIGA, MEGA = 1e9, 1e6
SIDE = 224.0  # pixels a side where a table does not say

COLUMNS: dict[str, dict[str, float]] = {
    "model": {"model": 1, "name": 1},
    "device": {"device": 1, "machine": 1},
    "precision": {"precision": 1},
    "batch": {"batch": 1, "infer_batch_size": 1},
    "throughput": {"throughput": 1, "infer_samples_per_sec": 1},
    "latency_ms": {"latency_ms": 1},
    "macs": {"macs": 1, "gmacs": GIGA, "infer_gmacs": GIGA},
    "activations": {"activations": 1, "mactivations": MEGA, "infer_macts": MEGA},
    "params": {"params": 1, "mparams": MEGA, "param_count": MEGA},
    "image": {"image": 1, "infer_img_size": 1},
}
"""What is read, by the names it may have, each with the unit of that name."""

Key = tuple[str, float]


@dataclass(frozen=True)
class Row:
    """One model on one machine: pictures per second at `batch` (0: not said). A work of 0 is not known."""

    model: str
    device: str
    rate: float
    macs: float
    activations: float
    params: float
    side: float
    batch: int
    precision: str = ""

    @property
    def key(self) -> Key:
        """What makes two rows the same model: its name and input size."""
        return self.model, self.side


@dataclass(frozen=True)
class Table:
    """Rows by machine, then by model. `skipped`: rows without a figure that is needed."""

    devices: Mapping[str, Mapping[Key, Row]]
    skipped: int

    def shared(self, a: str, b: str) -> list[tuple[Row, Row]]:
        """The models that ran on both machines, in a fixed order."""
        left, right = self.devices[a], self.devices[b]
        return [(left[key], right[key]) for key in sorted(left.keys() & right.keys())]


def works(rows: Sequence[Row]) -> Floats:
    """(n, 4) MACs, activations, parameters, pixels."""
    return np.array([[row.macs, row.activations, row.params, row.side**2] for row in rows], np.float64)


def read_tables(paths: Sequence[Path]) -> Table:
    """The tables in these files; of a folder every CSV that is one. Raises InputRefused naming the file."""
    files = [file for path in paths for file in _files(path)]
    found: dict[str, dict[Key, Row]] = {}
    skipped = 0
    for name, file in zip(_devices(files), files, strict=True):
        rows, lost = _read(file, name)
        skipped += lost
        for row in rows:
            found.setdefault(row.device, {})[row.key] = row
    if not any(found.values()):
        raise InputRefused(
            "no benchmark rows", file=str(paths[0]), mend="see `inspect-eval size --help` for the columns"
        )
    return Table(found, skipped)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = [file for file in sorted(path.glob("*.csv")) if _speed_column(_header(file))]
    if not found:
        raise InputRefused("no CSV file with a column of speeds here", file=str(path), mend="name the files")
    return found


def _devices(files: Sequence[Path]) -> list[str]:
    """What each file's name does not share with the others, from a hyphen on."""
    stems = [file.stem for file in files]
    if len(stems) == 1:
        return stems
    words = [stem.split("-") for stem in stems]
    shared = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False)))
    return ["-".join(word[shared:]) or stem for word, stem in zip(words, stems, strict=True)]


def _header(path: Path) -> list[str]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return next(csv.reader(file), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def _speed_column(header: Iterable[str]) -> bool:
    return bool({*COLUMNS["throughput"], *COLUMNS["latency_ms"]} & set(header))


def _read(path: Path, device: str) -> tuple[list[Row], int]:
    columns, lines = _lines(path)
    if not _speed_column(columns) or not set(COLUMNS["model"]) & set(columns):
        mend = f"columns here: {', '.join(columns)[:120]}; needed: model, and throughput or latency_ms"
        raise InputRefused("not a benchmark table", file=str(path), mend=mend)
    rows = [_row(path, number, line, device) for number, line in enumerate(lines, 2)]
    kept = [row for row in rows if row is not None]
    return kept, len(rows) - len(kept)


def _lines(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    try:
        if path.stat().st_size > LARGEST:
            raise InputRefused("larger than 64 MiB", file=str(path), mend="keep the rows of the machines in question")
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            return [name for name in reader.fieldnames or [] if name], list(reader)
    except OSError as error:
        raise InputRefused(error.strerror or "cannot be read", file=str(path), mend="check the path") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputRefused(f"not a CSV file in UTF-8 ({error})", file=str(path), mend="save it as CSV") from error


def _row(path: Path, number: int, line: Mapping[str, str | None], device: str) -> Row | None:
    """None where the speed is missing; InputRefused where a figure is not a number."""

    def figure(what: str, missing: float = 0.0) -> float:
        for name, unit in COLUMNS[what].items():
            text = (line.get(name) or "").strip().replace(",", "")
            if text:
                return unit * _number(path, number, name, text)
        return missing

    rate, latency = figure("throughput"), figure("latency_ms")
    rate = rate or (1000.0 / latency if latency else 0.0)
    if rate == 0.0:
        return None
    text = _text(line)
    return Row(
        model=text("model", f"line {number}"),
        device=text("device", device),
        rate=rate,
        macs=figure("macs"),
        activations=figure("activations"),
        params=figure("params"),
        side=figure("image", SIDE),
        batch=int(figure("batch")),
        precision=text("precision", ""),
    )


def _text(line: Mapping[str, str | None]) -> Callable[[str, str], str]:
    def read(what: str, missing: str) -> str:
        return next((value for name in COLUMNS[what] if (value := (line.get(name) or "").strip())), missing)

    return read


def _number(path: Path, number: int, name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 < value < math.inf:
        raise InputRefused(f"line {number}: {name} is {text!r}", file=str(path), mend="give a number above 0")
    return value
