"""Bad pictures among many good ones, through whole audits: each costs its own named row, and every other is scored."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from appliance.errors import Exit
from appliance.log.log import Log
from appliance.parts.manifest import hash_parts, write_manifest
from appliance.parts.read import read_parts
from appliance.site import Site
from tests.cli.sites import write_whole_site
from tests.log.processes import ROOT
from tests.parts.pictures import BAD

COMMAND = "from appliance.cli.main import main; main()"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "NO_ALBUMENTATIONS_UPDATE": "1"}
GOOD = 24  # pictures of the small site


@dataclass(frozen=True)
class Pictures:
    """One audit with a bad picture of every kind, then one audit a kind.

    pictures, bad, named: files, bad ones, rows that name one with its own reason; scored: the fewest results a cell
    holds. alone: kinds tried by themselves; right: those that left all others scored, one named row, and exit 5.
    """

    pictures: int
    bad: int
    named: int
    scored: int
    exit: int
    alone: int
    right: int

    @property
    def holds(self) -> bool:
        """Whether every bad picture cost its own row and nothing else."""
        every = self.named == self.bad and self.scored == self.pictures - self.bad
        return every and self.exit == Exit.WARNINGS and self.right == self.alone


def bad_pictures(folder: Path, pictures: int, kinds: Sequence[str] = tuple(BAD)) -> Pictures:
    """`pictures` files with one of each kind bad in one audit, and 24 good ones with one bad in an audit a kind."""
    many = _audited(folder / "many", pictures, kinds)
    alone = [_audited(folder / kind, GOOD + 1, [kind]) for kind in kinds]
    right = sum(found == (1, GOOD, Exit.WARNINGS) for found in alone)
    return Pictures(pictures, len(kinds), *many, len(kinds), right)


def _audited(folder: Path, pictures: int, kinds: Sequence[str]) -> tuple[int, int, int]:
    """Bad pictures named for what they are, fewest results of a cell, exit code."""
    site = write_whole_site(folder, audit={"conditions": [{"name": "intensity", "severity": 0.7}]}, camera={"bits": 8})
    _fill(site.parts_path, pictures - GOOD - len(kinds))
    names = {kind: site.parts_path / "NG" / f"{kind}{BAD[kind][0]}" for kind in kinds}
    for kind, path in names.items():
        BAD[kind][1](path)
    write_manifest(site.manifest_path, hash_parts(read_parts(site).parts).sha256)
    code, document = _audit(site)
    rows = [row for row in document["warnings"] if row["kind"] == "part"]
    said = {row["file"]: row["what"] for row in rows}
    named = sum(BAD[kind][2] in said.get(f"NG/{path.name}", "") for kind, path in names.items())
    if len(rows) != len(kinds):
        raise RuntimeError(f"{len(rows)} rows for {len(kinds)} bad pictures: {sorted(said)}")
    return named, _fewest(site), code


def _fill(parts: Path, count: int) -> None:
    """So many small good pictures more, dark ones OK and bright ones NG."""
    rng = np.random.default_rng(7)
    for number in range(count):
        ng = number % 2 == 1
        level = rng.uniform(140, 220) if ng else rng.uniform(30, 115)
        picture = np.clip(rng.normal(level, 12, (16, 16, 3)), 0, 255).astype(np.uint8)
        cv2.imwrite(str(parts / ("NG" if ng else "OK") / f"more-{number:05d}.png"), picture)


def _audit(site: Site) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-c", COMMAND, "audit", "--no-cost", "--json", "--workers", "1"]
    done = subprocess.run(
        [*command, "--site", str(site.folder)], env=ENVIRONMENT, capture_output=True, timeout=900, check=False
    )
    if done.returncode not in (Exit.OK, Exit.BREACH, Exit.WARNINGS):
        raise RuntimeError(done.stderr.decode())
    return done.returncode, json.loads(done.stdout)


def _fewest(site: Site) -> int:
    with Log.open_read(site.log_path) as log:
        return min(int(np.isfinite(found.score).sum()) for _, _, found in log.all_outcomes("last"))
