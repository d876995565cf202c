"""The record of dependencies: a vulnerability fails, and what could not be asked is never called a pass."""

import re
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, metadata

import pytest

from tests.dependencies import LOCK, matched, page, pins, read

CLEAN = {"dependencies": [{"name": "a", "version": "1", "vulns": []}]}
SKIPPED = {"dependencies": [{"name": "a", "skip_reason": "not found"}]}
BAD = {
    "dependencies": [
        {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]},
        {"name": "b", "version": "1", "vulns": []},
    ]
}
DAY = datetime(2026, 11, 26, tzinfo=UTC)


def test_a_vulnerability_is_named_with_its_mend() -> None:
    found = read(BAD)
    assert found.found == (("a 1", "CVE-1", "2"),)
    assert "| a 1 | CVE-1 | 2 |" in page(found, DAY)


def test_no_answer_is_no_pass() -> None:
    assert read(SKIPPED).state.startswith("NOT AUDITED")
    assert read(CLEAN).state == "no known vulnerability"
    assert "2026-11-26" in page(read(SKIPPED), DAY)


def test_a_dated_set_stands_beside_and_makes_no_audit() -> None:
    told = page(read(SKIPPED), DAY, "an old set knows 3 of these packages")
    assert "**NOT AUDITED" in told
    assert "beside it, and no audit: an old set" in told


def test_a_pin_in_the_range_of_an_advisory_is_named() -> None:
    document = {"a": [{"id": "X-1", "specs": ["<2.0"]}, {"id": "X-2", "specs": [">=3", "==1.5"]}], "c": []}
    assert matched([("a", "1.5"), ("b", "1")], document) == (["a 1.5: X-1, X-2"], 1)
    assert matched([("a", "2.0"), ("c", "1")], document) == ([], 2)


def test_pins_are_read_from_the_lock() -> None:
    found = dict(pins(LOCK))
    assert {"numpy", "onnx", "onnxruntime", "pydantic"} <= set(found)
    assert all(number[0].isdigit() for number in found.values())


def test_every_requirement_is_pinned_by_hash() -> None:
    for lock in sorted(LOCK.parent.glob("*.txt")):
        lines = [line for line in lock.read_text().splitlines() if "==" in line and not line.startswith(" ")]
        assert lines
        assert lock.read_text().count("--hash=sha256:") >= len(lines)


GPU_LICENCES = {
    "cuda-bindings": "Apache-2.0",
    "cuda-pathfinder": "Apache-2.0",
    "nvidia-ml-py": "BSD",
    "onnxruntime-ep-nv-tensorrt-rtx-cu13": "Apache-2.0",
    "tensorrt-rtx-cu13-libs": "proprietary",
    "tensorrt-rtx-cu13-bindings": "proprietary",
}


@pytest.mark.parametrize("package", GPU_LICENCES)
def test_the_licence_told_of_a_gpu_package_is_that_of_its_own_metadata(package: str) -> None:
    """Those that can be installed without a GPU; a package not locked for this platform says nothing."""
    rows = [line for line in (LOCK.parent / "README.md").read_text().splitlines() if f"`{package}`" in line]
    assert any(GPU_LICENCES[package] in row for row in rows)
    try:
        found = metadata(package)
    except PackageNotFoundError:
        assert not re.search(rf"^{package}==[^;]*$", (LOCK.parent / "dev.txt").read_text(), re.MULTILINE)
        return
    assert (found["License-Expression"] or found["License"]).lower() == GPU_LICENCES[package].lower()
