import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.errors import MachineFailed, UsageError
from appliance.log.dictionary import TABLES
from appliance.log.export import export
from appliance.log.log import Log
from appliance.log.types import Warn
from tests.log.build import COST, audit


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with Log.open(tmp_path / "log.db") as log:
        fill(log)
        yield log


def fill(log: Log) -> None:
    for run in ("one", "two"):
        given = audit(run, parts=40)
        odd = replace(given.parts[1], id="=cmd|'/c calc'!A1", group='Halle 3, "süd"\nzwei')
        replace(given, parts=[given.parts[0], odd, *given.parts[2:]]).fill(log)
    log.add_costs("two", [COST])
    log.add_warnings("two", [Warn("part", "Größe", "-x.png")])


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_csv_holds_every_row_and_the_dictionary(log: Log, tmp_path: Path) -> None:
    files = export(log, tmp_path / "out", outcomes=True)
    assert [f.name for f in files] == sorted([*(f"{t}.csv" for t in TABLES), "dictionary.csv"])
    rows = {f.stem: _table(f) for f in files}
    assert {t: len(r) for t, r in rows.items() if t != "dictionary"} == {
        "runs": 2,
        "members": 4,
        "cells": 24,
        "parts": 80,
        "costs": 1,
        "warnings": 1,
        "nights": 0,
        "readings": 0,
        "alerts": 0,
        "outcomes": 960,
    }
    for table, columns in TABLES.items():
        head = (tmp_path / "out" / f"{table}.csv").read_text().splitlines()[0]
        assert head.split(",") == [c.name for c in columns]
    assert {(d["table"], d["column"]) for d in rows["dictionary"]} == {
        (t, c.name) for t, cs in TABLES.items() for c in cs
    }
    assert all(d["meaning"] for d in rows["dictionary"])
    assert rows["parts"][1]["part"] == "'=cmd|'/c calc'!A1"
    assert rows["parts"][1]["part_group"] == 'Halle 3, "süd"\nzwei'
    assert rows["warnings"][0]["file"] == "'-x.png"
    scores = [
        np.float32(r["score"])
        for r in rows["outcomes"]
        if (r["run"], r["member"], r["condition"]) == ("two", "m1", "clean")
    ]
    assert np.array_equal(scores, log.outcomes("two", "m1", "clean").score)


def test_numbers_are_never_touched(log: Log, tmp_path: Path) -> None:
    export(log, tmp_path / "out")
    cells = _table(tmp_path / "out" / "cells.csv")
    assert not any(value.startswith("'") for cell in cells for value in cell.values())
    drops = [row[0] for row in log.connection.execute("SELECT drop_pp FROM v_cells WHERE run = 'one'")]
    assert [float(cell["drop_pp"]) for cell in cells if cell["run"] == "one"] == drops
    assert min(drops) < 0


def test_only_the_runs_asked_for(log: Log, tmp_path: Path) -> None:
    export(log, tmp_path / "out", runs=["last"])
    assert {r["run"] for r in _table(tmp_path / "out" / "cells.csv")} == {"two"}
    assert not (tmp_path / "out" / "outcomes.csv").exists()


def test_every_column_of_a_view_is_in_the_dictionary(log: Log) -> None:
    for table, columns in TABLES.items():
        if table != "outcomes":
            found = [d[0] for d in log.connection.execute(f"SELECT * FROM v_{table}").description]
            assert found == [c.name for c in columns]


def test_parquet_gives_the_same_numbers(log: Log, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    export(log, tmp_path / "out", kind="parquet", outcomes=True)
    cells = parquet.read_table(tmp_path / "out" / "cells.parquet")
    assert cells.num_rows == 24
    sql = "SELECT accuracy FROM v_cells WHERE run = 'two'"
    assert cells["accuracy"].to_pylist()[:12] == [row[0] for row in log.connection.execute(sql)]
    assert cells.schema.field("drop_pp").metadata[b"meaning"].startswith(b"clean accuracy")
    outcomes = parquet.read_table(tmp_path / "out" / "outcomes.parquet").to_pylist()
    scores = [r["score"] for r in outcomes if (r["run"], r["member"], r["condition"]) == ("two", "m1", "clean")]
    assert np.array_equal(np.array(scores, np.float32), log.outcomes("two", "m1", "clean").score)
    assert parquet.read_table(tmp_path / "out" / "costs.parquet")["p99_ms"].to_pylist() == [None]


def test_without_pyarrow_it_says_what_to_do(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    monkeypatch.delitem(__import__("sys").modules, "appliance.log.parquet", raising=False)
    with pytest.raises(MachineFailed, match="Parquet needs pyarrow") as refused:
        export(log, tmp_path / "out", kind="parquet")
    assert "csv" in refused.value.mend
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_there_is_not_touched(log: Log, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(UsageError, match="is there already"):
        export(log, tmp_path / "out")
    with pytest.raises(UsageError, match="cannot export as 'xls'"):
        export(log, tmp_path / "new", kind="xls")
    (tmp_path / "file").touch()
    with pytest.raises(MachineFailed):
        export(log, tmp_path / "file" / "out")
    with pytest.raises(UsageError, match="no run 'ghost'"):
        export(log, tmp_path / "new", runs=["ghost"])
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".*"))
