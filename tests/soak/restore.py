"""A node is lost in mid-audit: its last backup goes onto an empty machine, which has nothing else but the wheel.

The empty machine: a new environment into which only our own wheel is installed (its libraries come from this one), a
new home folder, no variable of ours, and what a site brings on media: parts, models and the site's own files.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.log.log import Log
from appliance.log.maintain import backup as copy_log
from appliance.site import Site, load_site
from tests.log.processes import ROOT
from tests.soak.audits import small_site, start

GOOD_CODES = (0, 1, 5)


@dataclass(frozen=True)
class Restored:
    """Nodes lost, of them: backups taken in mid-audit, sound after restoring, audits gone on with to the same digest.

    shown: report written and dashboard answered; next: nights that ran afterwards and found the run before them.
    """

    lost: int
    mid_audit: int
    sound: int
    same_digest: int
    shown: int
    next: int


def restore_nodes(folder: Path, times: int, seed: int) -> Restored:
    """Lose a node `times` times in the middle of an audit and bring it back elsewhere."""
    draw = random.Random(seed)
    command = wheel_environment(folder / "environment")
    wanted = _undisturbed(folder / "calm")
    found = [_lost_and_back(folder / f"node{n}", command, wanted, draw) for n in range(times)]
    return Restored(times, *(sum(column) for column in zip(*found, strict=True)))


def wheel_environment(folder: Path) -> Path:
    """A new environment with our wheel in it; returns its `inspect-eval`."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder / "wheel"), str(ROOT)]
    subprocess.run([*pip, *build], check=True)
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = (folder / "wheel").glob("*.whl")
    subprocess.run([*pip, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)], check=True)
    said = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], check=True, capture_output=True
    )
    libraries = Path(said.stdout.decode().strip()) / "libraries.pth"
    libraries.write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python.with_name("inspect-eval")


def _undisturbed(folder: Path) -> str:
    site = small_site(folder)
    process = start(site, "audit", "--no-cost")
    _, said = process.communicate(timeout=300)
    if process.returncode not in GOOD_CODES:
        raise RuntimeError(said.decode())
    return _digest(site)


def _digest(site: Site) -> str:
    with Log.open_read(site.log_path) as log:
        return log.runs()[0].digest


def _lost_and_back(folder: Path, command: Path, wanted: str, draw: random.Random) -> tuple[bool, ...]:
    """Whether the backup is of a run in work, is sound, is gone on with, is shown, and is followed by a night."""
    backup = _lost(folder, draw)
    here = Machine(command, folder.with_name(f"{folder.name}-home"), folder / "site")
    here.run("log", "restore", str(backup))
    site = load_site(folder / "site")
    with Log.open_read(site.log_path) as log:
        mid_audit = any(brief.state == "running" and brief.cells > 0 for brief in log.runs())
    sound = here.run("log", "check", "--full") == 0
    here.run("audit", "--resume", "--no-cost")
    same = _digest(site) == wanted
    here.run("report")
    shown = any(site.reports.glob("*.html")) and here.dashboard()
    here.run("nightly")
    with Log.open_read(site.log_path) as log:
        runs = log.runs()
        followed = len(runs) == 2 and log.previous_run(runs[0].run) == runs[1].run
    return mid_audit, sound, same, shown, followed


def _lost(folder: Path, draw: random.Random) -> Path:
    """Audit, copy the log in mid-audit, kill the audit, take its folder away; parts and models come from media."""
    site = small_site(folder)
    media = folder.with_name(f"{folder.name}-media")
    shutil.copytree(folder, media)
    backup = folder.with_name(f"{folder.name}.backup")
    process = start(site, "audit", "--no-cost")
    while not _cells(site):
        if process.poll() is not None:
            raise RuntimeError("the audit ended before it could be copied")
        time.sleep(0.02)
    time.sleep(draw.uniform(0.0, 0.03))  # a quick machine has done the small audit in a fifth of a second
    copy_log(site.log_path, backup)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    shutil.rmtree(folder)
    media.rename(folder)
    return backup


def _cells(site: Site) -> int:
    if not site.log_path.exists():
        return 0
    with Log.open(site.log_path) as log:
        return sum(brief.cells for brief in log.runs())


@dataclass(frozen=True)
class Machine:
    """The empty machine: the command of its own environment, a home of its own, one site."""

    command: Path
    home: Path
    site: Path

    def start(self, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
        """`inspect-eval` there, with nothing in its environment that is ours."""
        self.home.mkdir(exist_ok=True)
        environment = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        return subprocess.Popen(
            [self.command, *arguments, "--site", str(self.site)],
            cwd=self.home,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str) -> int:
        """Its exit code; raises RuntimeError with what it said where it is none of a result."""
        process = self.start(arguments)
        _, said = process.communicate(timeout=300)
        if process.returncode not in GOOD_CODES:
            raise RuntimeError(f"{arguments}: {said.decode()}")
        return process.returncode

    def dashboard(self) -> bool:
        """Whether the first page answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        process = self.start(["serve", "--port", str(port)])
        try:
            return _answers(f"http://127.0.0.1:{port}/", 30.0)
        finally:
            process.terminate()
            process.communicate(timeout=30)


def _answers(address: str, patience_s: float) -> bool:
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=20) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    return False
