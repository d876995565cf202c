"""Parquet, where pyarrow is installed; import this module only when it is asked for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow.parquet import ParquetWriter

from appliance.log.dictionary import Column

KINDS = {"text": pyarrow.string(), "int": pyarrow.int64(), "float": pyarrow.float64()}
GROUP = 100_000
"""Rows a row group: what is held in memory."""


@contextmanager
def open_parquet(path: Path, columns: tuple[Column, ...]) -> Iterator[Callable[[Iterable[Sequence[Any]]], None]]:
    """A Parquet file with one typed column each, its meaning as metadata; call what is given with rows."""
    fields = [pyarrow.field(c.name, KINDS[c.kind], metadata={"meaning": c.meaning}) for c in columns]
    schema = pyarrow.schema(fields)
    with ParquetWriter(path, schema) as writer:

        def add(rows: Iterable[Sequence[Any]]) -> None:
            left = iter(rows)
            while group := list(islice(left, GROUP)):
                arrays = [
                    pyarrow.array(values, f.type) for values, f in zip(zip(*group, strict=True), fields, strict=True)
                ]
                writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))

        yield add
