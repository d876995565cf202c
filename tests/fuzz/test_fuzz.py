"""The fuzzer itself: that it finds what it is for, and that it damages what it should."""

import random
import zlib
from pathlib import Path

import pytest

from tests.fuzz import targets
from tests.fuzz.mutate import mutate, repaired
from tests.fuzz.run import fuzz
from tests.parts.pictures import encode, pixels


def careless(path: Path) -> int:
    """A reader that does not expect what it reads."""
    return int(path.read_text(encoding="ascii"))


TARGETS = {"careless": targets.Target("number.txt", lambda _: [b"1234"], careless)}


def test_an_exception_that_nobody_planned_for_is_found_and_its_file_kept(tmp_path: Path) -> None:
    found = fuzz("careless", 2.0, 1, tmp_path, __name__)
    assert not found.holds
    assert any("ValueError" in line or "UnicodeDecodeError" in line for line in found.uncaught)
    assert any(path.name.startswith("careless-") for path in tmp_path.iterdir())


@pytest.mark.parametrize("name", targets.TARGETS)
def test_each_reader_survives_a_moment(tmp_path: Path, name: str) -> None:
    found = fuzz(name, 0.4, 5, tmp_path)
    assert found.holds, found
    assert found.refused > 0


def test_damage_is_the_same_for_the_same_seed_and_differs_from_the_file() -> None:
    data = encode(pixels(), ".png")
    first = [mutate(random.Random(3), data, data) for _ in range(2)]
    assert first[0] == first[1] != data


def test_a_repaired_png_has_true_checksums() -> None:
    data = bytearray(encode(pixels(), ".png"))
    data[20] ^= 1
    whole = repaired(bytes(data))
    assert int.from_bytes(whole[29:33], "big") == zlib.crc32(whole[12:29])
    assert whole[:29] == data[:29]
