"""The record of the long tests: a soak that ran again replaces its own row and nothing else."""

from tests.soak.__main__ import SOAKS, with_row

RECORD = """# Title

| soak | must hold |
| --- | --- |
| kills | old |
| year | old |

## What stays

| not | a row |
"""


def test_a_row_is_replaced_or_put_where_it_belongs() -> None:
    again = with_row(RECORD, "year", "| year | new |")
    assert again == RECORD.replace("| year | old |", "| year | new |")
    more = with_row(again, "power cuts", "| power cuts | first |").splitlines()
    assert more[4:7] == ["| kills | old |", "| power cuts | first |", "| year | new |"]
    assert more[-1] == "| not | a row |"


def test_every_soak_has_a_name_of_its_own_row() -> None:
    assert not any(" | " in name or name.startswith("|") for name in SOAKS)
