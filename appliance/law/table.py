"""A published table (CSV): aggregates, without outcomes per part, so unpaired, and the law says so."""

import csv
import math
from pathlib import Path

import numpy as np

from appliance.errors import InputRefused
from appliance.law.bootstrap import RESAMPLES, binomial_draws
from appliance.law.quantity import USUAL, Setting, law_of
from appliance.law.types import Law, Measured

_NAMES = ("model", "name", "member")
_LARGEST = 64 * 1024 * 1024


def read_table(
    path: Path, *, size: str, error: str, parts: str | None = None, resamples: int = RESAMPLES, seed: int = 0
) -> Measured:
    """Sizes, error rates and numbers of parts from columns of a CSV file, in the file's order.

    `error` is in percent; `parts` is how many images stand behind each. Names come from a column called model, name
    or member, else from the size. Raises InputRefused naming the file, the column or the line, and what is there.
    """
    columns, rows = _rows(path)
    for wanted in (size, error, *([parts] if parts else [])):
        if wanted not in columns:
            raise InputRefused(f"no column {wanted!r}", file=str(path), mend=f"columns: {', '.join(columns)}")
    if not rows:
        raise InputRefused("the table has no rows", file=str(path), mend="give one row per size")
    sizes = np.array([_number(path, i, r, size, 0.0, math.inf) for i, r in enumerate(rows, 2)])
    errors = np.array([_number(path, i, r, error, -1e-12, 100.0) for i, r in enumerate(rows, 2)]) / 100.0
    count = [_number(path, i, r, parts, 0.0, math.inf) if parts else math.nan for i, r in enumerate(rows, 2)]
    label = next((c for c in columns if c.lower() in _NAMES), size)
    names = tuple((r[label] or "").strip() or f"line {i}" for i, r in enumerate(rows, 2))
    draws = binomial_draws(errors, np.array(count), resamples, seed) if parts else None
    return Measured(sizes, np.maximum(errors, 0.0), np.array(count), names, draws, paired=False)


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


def _number(path: Path, line: int, row: dict[str, str], column: str, above: float, most: float) -> float:
    """One figure > above and <= most."""
    text = (row.get(column) or "").strip()
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not above < value <= most or math.isinf(value):
        limit = f"a number above {max(above, 0):g}" + ("" if math.isinf(most) else f", at most {most:g}")
        raise InputRefused(f"line {line}: {column} is {text!r}", file=str(path), mend=f"give {limit}")
    return value


def law_of_table(
    path: Path,
    *,
    size: str,
    error: str,
    parts: str | None = None,
    setting: Setting = USUAL,
) -> Law:
    """The law of a published table. Its tau is `setting.tau_clean`, whatever the table is of."""
    m = read_table(path, size=size, error=error, parts=parts, seed=setting.seed)
    return law_of(m, axis=size, setting=setting)
