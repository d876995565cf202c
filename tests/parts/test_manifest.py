"""The manifest is sha256sum's own format and notices every flipped bit."""

import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from appliance.errors import InputRefused
from appliance.parts.manifest import check_manifest, hash_parts, manifest_text, read_manifest, write_manifest
from appliance.parts.read import read_parts
from appliance.parts.types import Label, Part, Verdict
from appliance.site import Site
from appliance.site_file import write_site
from tests.parts.pictures import encode, pixels, save

NAMES = ("ok/1.png", "ok/with space.png", "ng/1.png", "ng/back\\slash.png", "ng/new\nline.png")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site of five parts with its manifest."""
    for seed, name in enumerate(NAMES):
        save(tmp_path / "parts" / name, pixels(seed))
    here = write_site(tmp_path / "site", {"parts": {"path": "../parts"}})
    write_manifest(here.manifest_path, hash_parts(read_parts(here).parts).sha256)
    return here


def test_all_parts_are_the_manifests(site: Site) -> None:
    checked = check_manifest(site, read_parts(site))
    assert checked.verified
    assert (len(checked.parts), checked.left_out) == (5, ())
    assert checked.sha256 == read_manifest(site.manifest_path)


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum is not installed")
def test_sha256sum_agrees(site: Site) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", site.manifest_path], cwd=site.parts_path, check=True)
    files = [part.id for part in read_parts(site).parts]
    theirs = subprocess.run(["sha256sum", *files], cwd=site.parts_path, check=True, capture_output=True, text=True)
    assert sorted(theirs.stdout.splitlines()) == sorted(site.manifest_path.read_text().splitlines())


def test_each_of_500_flipped_bits_is_noticed(site: Site) -> None:
    draw = random.Random(0)
    victim = site.parts_path / "ok/1.png"
    good = victim.read_bytes()
    part = Part("ok/1.png", victim, Label(Verdict.OK))
    known = read_manifest(site.manifest_path)["ok/1.png"]
    for _ in range(500):
        damaged = bytearray(good)
        damaged[draw.randrange(len(good))] ^= 1 << draw.randrange(8)
        victim.write_bytes(damaged)
        assert hash_parts([part]).sha256["ok/1.png"] != known


def test_changed_new_and_lost_parts_are_named(site: Site) -> None:
    save(site.parts_path / "ok/1.png", pixels(99))
    save(site.parts_path / "ok/2.png")
    (site.parts_path / "ng/1.png").unlink()
    checked = check_manifest(site, read_parts(site))
    assert {row.id: row.what for row in checked.left_out} == {
        "ok/1.png": "is not the file the manifest names (sha256 differs)",
        "ok/2.png": "is not in the manifest",
        "ng/1.png": "is in the manifest, but not in the parts folder",
    }
    assert all("init --refresh" in row.mend for row in checked.left_out)
    assert len(checked.parts) == 3


def test_a_part_left_out_by_the_reader_has_one_row(site: Site) -> None:
    (site.parts_path / "ok/1.png").unlink()
    (site.parts_path / "ok/1.png").mkdir()
    (row,) = check_manifest(site, read_parts(site)).left_out
    assert (row.id, row.what) == ("ok/1.png", "not a file but a folder")


def test_without_a_manifest_parts_are_hashed_all_the_same(site: Site) -> None:
    site.manifest_path.unlink()
    checked = check_manifest(site, read_parts(site))
    assert not checked.verified
    assert len(checked.sha256) == len(checked.parts) == 5


def test_the_manifest_of_another_folder(site: Site) -> None:
    write_manifest(site.manifest_path, {"elsewhere.png": "0" * 64})
    with pytest.raises(InputRefused, match="not one of 5 parts is as the manifest says"):
        check_manifest(site, read_parts(site))


@pytest.mark.parametrize(
    ("data", "words"), [(b"hello\n", "line 1 is not"), (b"\xff", "not UTF-8"), (b"0" * 63 + b"  a\n", "line 1")]
)
def test_a_broken_manifest_is_one_line(site: Site, data: bytes, words: str) -> None:
    site.manifest_path.write_bytes(data)
    with pytest.raises(InputRefused, match=words):
        check_manifest(site, read_parts(site))


def test_ten_thousand_hashes(tmp_path: Path) -> None:
    data = encode(pixels(height=128, width=128), ".bmp")
    parts = []
    for number in range(1000):
        path = tmp_path / f"{number}.bmp"
        path.write_bytes(data)
        parts.append(Part(path.name, path, Label(Verdict.OK)))
    start = time.monotonic()
    hashed = hash_parts(parts * 10)
    assert time.monotonic() - start < 5
    assert manifest_text(hashed.sha256).count("\n") == 1000
