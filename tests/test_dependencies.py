"""The record of dependencies: a vulnerability fails, and what could not be asked is never called a pass."""

from datetime import UTC, datetime

from tests.dependencies import LOCK, page, read

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


def test_every_requirement_is_pinned_by_hash() -> None:
    for lock in sorted(LOCK.parent.glob("*.txt")):
        lines = [line for line in lock.read_text().splitlines() if "==" in line and not line.startswith(" ")]
        assert lines
        assert lock.read_text().count("--hash=sha256:") >= len(lines)
