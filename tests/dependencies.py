"""Ask a database of advisories about every pinned package and keep a dated record: python -m tests.dependencies

Exit code 1 where a known vulnerability is named. Where no database can be reached the record says that nothing was
audited: that is no pass.
"""

import json
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "deploy" / "requirements" / "cpu.txt"
RECORD = ROOT / "deploy" / "dependencies.md"
TIMEOUT_S = 240


@dataclass(frozen=True)
class Audited:
    """Packages that an advisory database knew, those it did not, and what it says of them as (package, ids, mended)."""

    known: int
    unknown: int
    found: tuple[tuple[str, str, str], ...]
    reason: str = ""

    @property
    def state(self) -> str:
        """In a word or two."""
        if self.found:
            return f"{len(self.found)} packages with known vulnerabilities"
        return "no known vulnerability" if self.known else "NOT AUDITED: no advisory database was reached"


def audited(lock: Path) -> Audited:
    """Run pip-audit on a hash-locked requirement file."""
    command = [sys.executable, "-m", "pip_audit", "-r", str(lock), "--disable-pip", "--require-hashes",
               "--progress-spinner", "off", "-f", "json"]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return Audited(0, 0, (), f"no answer within {TIMEOUT_S} s")
    try:
        document = json.loads(done.stdout)
    except ValueError:
        return Audited(0, 0, (), done.stderr.strip().splitlines()[-1][:200] if done.stderr.strip() else "no answer")
    return read(document)


def read(document: dict[str, Any]) -> Audited:
    """What pip-audit's JSON says."""
    rows = document["dependencies"]
    known = [row for row in rows if "skip_reason" not in row]
    found = tuple(
        (
            f"{row['name']} {row['version']}",
            ", ".join(v["id"] for v in row["vulns"]),
            ", ".join(sorted({fixed for v in row["vulns"] for fixed in v["fix_versions"]})),
        )
        for row in known
        if row["vulns"]
    )
    reasons = {row["skip_reason"] for row in rows if "skip_reason" in row}
    return Audited(len(known), len(rows) - len(known), found, min(reasons, default=""))


def page(result: Audited, when: datetime) -> str:
    """The dated record."""
    lines = [
        "# Dependencies asked about",
        "",
        f"`python -m tests.dependencies` on {when.date().isoformat()}: **{result.state}**.",
        "",
        f"- pip-audit {version('pip-audit')}, Python {platform.python_version()}, `{LOCK.relative_to(ROOT)}`",
        f"- packages the database knew: {result.known}; not known to it: {result.unknown}",
    ]
    if result.unknown and result.reason:
        lines.append(f"- why not, the first of them: {result.reason}")
    if result.found:
        lines += ["", "| package | advisories | mended in |", "| --- | --- | --- |"]
        lines += [f"| {name} | {ids} | {fixed or 'no release yet'} |" for name, ids, fixed in result.found]
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str]) -> int:
    """Print the record; `--write` keeps it in deploy/."""
    result = audited(LOCK)
    text = page(result, datetime.now(UTC))
    print(text)
    if "--write" in arguments:
        RECORD.write_text(text, encoding="utf-8")
    return int(bool(result.found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
