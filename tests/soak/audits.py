"""Real audits under what befalls a node: kill -9 at random moments, and a clock that is set while they run."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from appliance.log.connect import connect
from appliance.log.copying import faults
from appliance.log.log import Log
from appliance.site import Site
from tests.cli.sites import write_whole_site
from tests.log.processes import ROOT
from tests.soak.disk import build
from tests.soak.writer import half_cells

COMMAND = "from appliance.cli.main import main; main()"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "NO_ALBUMENTATIONS_UPDATE": "1"}
YEAR = 365 * 86_400


def small_site(folder: Path) -> Site:
    """Twenty-four parts, three sizes, quick suite: about two seconds of audit."""
    return write_whole_site(folder, audit={"conditions": [], "suite": "quick", "chunk": 4})


def start(site: Site, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
    """`inspect-eval` with `arguments` on the site, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments, "--site", str(site.folder)],
        env={**ENVIRONMENT, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


@dataclass(frozen=True)
class KilledAudits:
    """Of `kills` audits killed: cells lost, half cells, damaged logs, slowest opening; whether the end is the same."""

    kills: int
    lost: int
    half: int
    damaged: int
    seen: int
    slowest_opening_s: float
    same_digest: bool


def kill_audits(folder: Path, kills: int, seed: int) -> KilledAudits:
    """Kill the parent of an audit `kills` times; each next one resumes. The digest is that of an undisturbed audit."""
    draw, site = random.Random(seed), small_site(folder / "killed")
    wanted = _digest(small_site(folder / "calm"))
    known: set[tuple[str, str, str]] = set()
    lost = half = damaged = count = 0
    slowest, digests = 0.0, set()
    while count < kills:
        process = start(site, "audit", "--resume", "--no-cost")
        time.sleep(draw.uniform(0.2, 4.0))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            count += 1
        process.communicate()
        if not site.log_path.exists():
            continue
        began = time.monotonic()
        with Log.open(site.log_path) as log:
            slowest = max(slowest, time.monotonic() - began)
            there = {(b.run, *cell) for b in log.runs() for cell in log.finished_cells(b.run)}
            lost += len(known - there)
            half += half_cells(log)
            damaged += bool(faults(log.connection))
            digests |= {b.digest for b in log.runs() if b.digest}
            known = there
    digests.add(_digest(site))
    return KilledAudits(kills, lost, half, damaged, len(known), slowest, digests == {wanted})


def _digest(site: Site) -> str:
    """The digest of the site's audit, gone on with to its end."""
    done = start(site, "audit", "--resume", "--no-cost")
    _, said = done.communicate(timeout=300)
    if done.returncode not in (0, 1, 5):
        raise RuntimeError(said.decode())
    with Log.open_read(site.log_path) as log:
        return log.runs()[0].digest


@dataclass(frozen=True)
class Clocks:
    """Audits whose clock was set: how many runs there are, how many lasted less than nothing, whether all are kept."""

    runs: int
    negative: int
    backwards: int
    kept: bool
    order: bool


def set_clocks(folder: Path) -> Clocks:
    """A night at the true time, one a year before, one ten years on, one whose clock goes back an hour in mid-run."""
    site = small_site(folder / "site")
    file = folder / "clock"
    shim = {"LD_PRELOAD": str(build(folder, "clock")), "CLOCK_FILE": str(file)}
    for seconds in (0, -YEAR, 10 * YEAR):
        file.write_text(str(seconds))
        _finish(start(site, "nightly", **shim))
    file.write_text("0")
    process = start(site, "nightly", **shim)
    time.sleep(1.5)
    file.write_text("-3600")
    _finish(process)
    return _told(site)


def _finish(process: "subprocess.Popen[bytes]") -> None:
    _, said = process.communicate(timeout=300)
    if process.returncode not in (0, 1, 5):
        raise RuntimeError(said.decode())


def _told(site: Site) -> Clocks:
    with closing(connect(site.log_path, "ro")) as conn:
        rows: list[Any] = conn.execute("SELECT run, started, ended, seconds FROM runs ORDER BY number").fetchall()
    moments = [datetime.fromisoformat(row[1]) for row in rows]
    years = [moment.year for moment in moments]
    return Clocks(
        runs=len(rows),
        negative=sum(row[3] is None or row[3] < 0 for row in rows),
        backwards=sum(row[2] < row[1] for row in rows),
        kept=len(rows) == 4,
        order=years[1] < years[0] < years[2],
    )
