"""A published table (CSV): aggregates, without outcomes per part, so unpaired, and the law says so."""

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from appliance.errors import InputRefused
from appliance.language.tongue import filled, mark
from appliance.law.bootstrap import RESAMPLES, binomial_draws
from appliance.law.quantity import USUAL, Setting, law_of
from appliance.law.types import TAU_CLEAN, TAU_PERTURBED, Law, Measured

_NAMES = ("model", "name", "member")
_LARGEST = 64 * 1024 * 1024

AS_CLEAN = mark("read as clean parts, tau {tau} pp: a table of perturbed parts scatters more (--tau {more})")
FRACTIONS = mark("no error is above 1 %: if the column holds fractions, multiply it by 100")


@dataclass(frozen=True)
class _Figure:
    """What a column holds: in words, and whether a number is one."""

    said: str
    holds: Callable[[float], bool]


_SIZE = _Figure("a number above 0", lambda v: v > 0.0)
_ERROR = _Figure("percent from 0 to 100, with a decimal point and no sign", lambda v: 0.0 <= v <= 100.0)
_PARTS = _Figure("a number of parts, at least 1", lambda v: v >= 1.0)


def read_table(
    path: Path, *, size: str, error: str, parts: str | None = None, resamples: int = RESAMPLES, seed: int = 0
) -> Measured:
    """Sizes, error rates and numbers of parts from columns of a CSV file, in the file's order.

    `error` is in percent; `parts` is how many images stand behind each. Names come from a column called model, name
    or member, else from the size. Raises InputRefused naming the file, the column or the line, and what is there.
    """
    columns, rows = _rows(path)
    for wanted in (size, error, *([parts] if parts else [])):
        _one_column(path, columns, wanted)
    if not rows:
        raise InputRefused("the table has no rows", file=str(path), mend="give one row per size")

    def figures(column: str, figure: _Figure) -> list[float]:
        return [_number(path, i, row, column, figure) for i, row in enumerate(rows, 2)]

    sizes, errors = np.array(figures(size, _SIZE)), np.array(figures(error, _ERROR)) / 100.0
    count = figures(parts, _PARTS) if parts else [math.nan] * len(rows)
    label = next((c for c in columns if c.lower() in _NAMES), size)
    names = tuple((r[label] or "").strip() or f"line {i}" for i, r in enumerate(rows, 2))
    draws = binomial_draws(errors, np.array(count), resamples, seed) if parts else None
    return Measured(sizes, errors, np.array(count), names, draws, paired=False)


def _rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    try:
        if path.stat().st_size > _LARGEST:
            raise InputRefused("larger than 64 MiB", file=str(path), mend="keep the rows of one family")
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            rows = [r for r in reader if any((v or "") for k, v in r.items() if k is not None)]
            return [c for c in reader.fieldnames or [] if c], rows
    except OSError as e:
        raise InputRefused(e.strerror or "cannot be read", file=str(path), mend="check the path") from e
    except (UnicodeDecodeError, csv.Error) as e:
        raise InputRefused(f"not a CSV file in UTF-8 ({e})", file=str(path), mend="save it as CSV, UTF-8") from e


def _one_column(path: Path, columns: list[str], wanted: str) -> None:
    """Refuse a column that is not there, or there more than once."""
    found = columns.count(wanted)
    if found == 1:
        return
    if found:
        raise InputRefused(f"{found} columns are called {wanted!r}", file=str(path), mend="name each column once")
    mend = f"columns: {', '.join(columns)}"
    if len(columns) == 1 and any(c in columns[0] for c in ";\t"):
        mend = "save it with commas between the columns"
    raise InputRefused(f"no column {wanted!r}", file=str(path), mend=mend)


def _number(path: Path, line: int, row: dict[str, str], column: str, figure: _Figure) -> float:
    """One finite figure of a column."""
    text = (row.get(column) or "").strip()
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not figure.holds(value):
        raise InputRefused(f"line {line}: {column} is {text!r}", file=str(path), mend=f"give {figure.said}")
    return value


def law_of_table(
    path: Path,
    *,
    size: str,
    error: str,
    parts: str | None = None,
    setting: Setting = USUAL,
) -> Law:
    """The law of a published table. Its tau is `setting.tau_clean`, whatever the table is of; notes say so."""
    m = read_table(path, size=size, error=error, parts=parts, seed=setting.seed)
    found = law_of(m, axis=size, setting=setting)
    assumed = []
    if found.verdict.tau == TAU_CLEAN and len(found.measured.sizes) >= 3:
        assumed.append(filled(AS_CLEAN, tau=f"{TAU_CLEAN:g}", more=f"{TAU_PERTURBED:g}"))
    if 0.0 < m.errors.max() <= 0.01:
        assumed.append(FRACTIONS)
    return replace(found, notes=(*found.notes, *assumed))
