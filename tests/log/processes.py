"""Other processes for the log's tests: real ones, because they are killed."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def python(*args: str | Path, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Python with the repository on its path, its standard output as text."""
    paths = {"PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.Popen([sys.executable, *args], stdout=subprocess.PIPE, text=True, env={**os.environ, **paths})


def line(process: subprocess.Popen[str]) -> str:
    """The next line that the process prints; empty where it has ended."""
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")
