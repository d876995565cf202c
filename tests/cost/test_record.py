"""The cost record goes to another machine and comes back as it was, or is refused in one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from appliance.cost.record import (
    cost_record_json,
    parse_cost_record,
    read_cost_record,
    write_cost_record,
)
from appliance.errors import InputRefused, MachineFailed
from tests.cost.build import MACHINE, record, row


def test_a_record_comes_back_as_it_was(tmp_path: Path) -> None:
    given = record(row("s"), row("m", p99_ms=None, state="too few", reason="n", energy=None, noise=None))
    write_cost_record(given, tmp_path / "cost.json")
    assert read_cost_record(tmp_path / "cost.json") == given


def test_only_valid_rows_are_valid() -> None:
    assert [r.member for r in record(row("s"), row("m", state="contended")).valid_rows()] == ["s"]


def _document(**changes: Any) -> str:
    return json.dumps({**json.loads(cost_record_json(record())), **changes})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ("[1, 2]", "names no schema"),
        ('{"schema": "somebody/else"}', "'somebody/else'"),
        (_document(version=2), "version 2; this one reads version 1"),
        (_document(rows=[{"member": "s"}]), "damaged at rows.0.sha256"),
        (_document(machine="fast"), "damaged at machine"),
    ],
)
def test_another_document_is_refused_in_one_line(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(InputRefused, match=r"other\.json") as refused:
        read_cost_record(tmp_path / "other.json")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_and_an_unwritable_place_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match=r"no\.json: cannot be read"):
        read_cost_record(tmp_path / "no.json")
    with pytest.raises(MachineFailed, match="cannot be written"):
        write_cost_record(record(), tmp_path / "absent" / "cost.json")


def test_keys_of_a_later_minor_version_are_passed_over() -> None:
    assert parse_cost_record(_document(invented_later=1)) == record()


def test_machines_are_equal_whatever_the_clock_of_the_moment() -> None:
    from dataclasses import replace

    assert replace(MACHINE, cpu_mhz=1800.0).digest() == MACHINE.digest()
    assert replace(MACHINE, governor="powersave").digest() != MACHINE.digest()
