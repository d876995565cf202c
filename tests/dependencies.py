"""Ask a database of advisories about every pinned package and keep a dated record: python -m tests.dependencies

pip-audit asks the package index, and OSV where the index gives no answer. Exit code 1 where a known vulnerability is
named. Where no database can be reached the record says that nothing was audited: that is no pass. What the package
safety-db knows is told beside it where that is installed: its free edition ends in 2021 and is licensed for
non-commercial use, so it is no requirement of ours, and never makes an audit of what is none.
"""

import json
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

SERVICES = ("pypi", "osv")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
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
    """Run pip-audit on a hash-locked requirement file, with the first service that knows any package of it."""
    answers = []
    for service in SERVICES:
        answers.append(_asked(lock, service))
        if answers[-1].known:
            return answers[-1]
    return answers[0]


def _asked(lock: Path, service: str) -> Audited:
    command = [sys.executable, "-m", "pip_audit", "-r", str(lock), "--disable-pip", "--require-hashes",
               "--vulnerability-service", service, "--progress-spinner", "off", "-f", "json"]  # fmt: skip
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


def pins(lock: Path) -> list[tuple[str, str]]:
    """(name, version) of every requirement, names in their canonical form."""
    return [(str(canonicalize_name(name)), pinned) for name, pinned in PIN.findall(lock.read_text("utf-8"))]


def dated_set(lock: Path) -> str:
    """One line on what the dated advisories of safety-db say of the pins, empty where it is not installed."""
    try:
        package = distribution("safety-db")
    except PackageNotFoundError:
        return ""
    document = json.loads(package.read_text("../safety_db/insecure_full.json") or "{}")
    until = datetime.fromtimestamp(document["$meta"]["timestamp"], UTC).date().isoformat()
    named, known = matched(pins(lock), document)
    found = "; ".join(named) or "none of the pinned versions is named"
    return f"safety-db {package.version}, advisories until {until}, knows {known} of these packages: {found}"


def matched(pinned: Sequence[tuple[str, str]], document: Mapping[str, Any]) -> tuple[list[str], int]:
    """Pins that an advisory's version range holds (with the advisories' ids), and how many packages it knows at all."""
    named = []
    for name, number in pinned:
        ids = [row["id"] for row in document.get(name, ()) if any(number in SpecifierSet(s) for s in row["specs"])]
        named += [f"{name} {number}: {', '.join(ids)}"] if ids else []
    return named, len({name for name, _ in pinned if name in document})


def page(result: Audited, when: datetime, second: str = "") -> str:
    """The dated record; `second`: what a dated set of advisories says beside it."""
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
    if second:
        lines.append(f"- beside it, and no audit: {second}")
    if result.found:
        lines += ["", "| package | advisories | mended in |", "| --- | --- | --- |"]
        lines += [f"| {name} | {ids} | {fixed or 'no release yet'} |" for name, ids, fixed in result.found]
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str]) -> int:
    """Print the record; `--write` keeps it in deploy/."""
    result = audited(LOCK)
    text = page(result, datetime.now(UTC), dated_set(LOCK))
    print(text)
    if "--write" in arguments:
        RECORD.write_text(text, encoding="utf-8")
    return int(bool(result.found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
