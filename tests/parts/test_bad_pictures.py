"""Every kind of bad picture costs one named row and nothing else."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import InputRefused
from appliance.parts.decode import check, decode
from appliance.parts.header import Refusal
from appliance.parts.read import read_folder
from appliance.parts.types import LeftOut
from appliance.parts.walk import walk
from appliance.sections.parts import PartsSection
from tests.parts.pictures import BAD, encode, pixels, save


def rows(root: Path) -> Iterator[LeftOut]:
    """What an audit would leave out of a folder of 8-bit pictures."""
    found = read_folder(PartsSection(), walk(root))
    yield from found.left_out
    for part in found.parts:
        try:
            decode(part.path, bits=8)
        except InputRefused as refused:
            yield LeftOut(part.id, refused.what, refused.mend)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Four good parts."""
    for name in ("ok/a", "ok/b", "ng/a", "ng/b"):
        save(tmp_path / "parts" / f"{name}.png")
    return tmp_path / "parts"


@pytest.mark.parametrize("kind", BAD)
def test_costs_one_named_row(root: Path, kind: str) -> None:
    suffix, make, words = BAD[kind]
    make(root / "ng" / f"{kind}{suffix}")
    start = time.monotonic()
    (row,) = rows(root)
    assert row.id == f"ng/{kind}{suffix}"
    assert words in row.what
    assert row.mend
    assert time.monotonic() - start < 2


def test_all_kinds_together_leave_the_good_parts(root: Path) -> None:
    for kind, (suffix, make, _) in BAD.items():
        make(root / "ok" / f"{kind}{suffix}")
    found = {row.id for row in rows(root)}
    assert found == {f"ok/{kind}{suffix}" for kind, (suffix, _, _) in BAD.items()}
    assert len(BAD) >= 20


def test_a_name_that_is_not_text_is_one_row(root: Path) -> None:
    try:
        (root / "ok" / os.fsdecode(b"bad\xff.png")).write_bytes(encode(pixels(), ".png"))
    except OSError as error:
        pytest.skip(f"this file system refuses such a name: {error}")
    (row,) = rows(root)
    assert row.what == "its name is not UTF-8"
    assert row.id == "ok/bad\\udcff.png"


def test_a_linked_folder_is_one_row(root: Path) -> None:
    (root / "more").symlink_to(root / "ok", target_is_directory=True)
    (row,) = rows(root)
    assert (row.id, row.what) == ("more", "not a file but a folder")


def test_a_fifo_put_in_a_parts_place_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "late.png")
    with pytest.raises(InputRefused, match="not a regular file"):
        decode(tmp_path / "late.png")


def test_a_part_that_has_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="No such file"):
        decode(tmp_path / "gone.png")


GOOD = [
    (suffix, encode(pixels(channels=channels), suffix))
    for suffix in (".png", ".jpg", ".bmp", ".tif", ".webp")
    for channels in (1, 3)
]


@settings(max_examples=150, deadline=None)
@given(
    good=st.sampled_from(GOOD),
    cut=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 255)), max_size=4),
)
def test_damage_is_refused_or_survived(
    tmp_path_factory: pytest.TempPathFactory, good: tuple[str, bytes], cut: float, flips: list[tuple[float, int]]
) -> None:
    suffix, data = good
    damaged = bytearray(data[: max(1, round(len(data) * cut))])
    for place, value in flips:
        damaged[int(len(damaged) * place)] ^= value
    path = tmp_path_factory.getbasetemp() / f"damaged{suffix}"
    path.write_bytes(damaged)
    with suppress(InputRefused):
        assert decode(path).pixels.size


@settings(max_examples=150, deadline=None)
@given(start=st.sampled_from([data[:count] for _, data in GOOD for count in (2, 12, 30)]), data=st.binary(max_size=200))
def test_headers_of_garbage_raise_refusal_only(start: bytes, data: bytes) -> None:
    for suffix in (".png", ".jpg", ".bmp", ".tif", ".webp"):
        with suppress(Refusal):
            assert check(start + data, suffix).width


def test_a_folder_put_in_a_parts_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "late.png").mkdir()
    with pytest.raises(InputRefused, match="cannot be read"):
        decode(tmp_path / "late.png")
