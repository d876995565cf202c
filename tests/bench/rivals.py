"""The other perturbation libraries in an environment of their own: made on first use from a hash-locked file."""

import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).with_name("rivals.txt")


def rivals_python() -> Path:
    """The interpreter of that environment; this one, with the reason on standard error, where it cannot be made."""
    home = Path(sys.prefix) / "rivals"
    python, stamp = home / "bin/python", home / "rivals.txt"
    if stamp.is_file() and stamp.read_bytes() == LOCK.read_bytes():
        return python
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--require-hashes"]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([*pip, "--no-deps", "-r", str(LOCK)], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"the other libraries cannot be installed here ({error}): ours is measured alone", file=sys.stderr)
        return Path(sys.executable)
    stamp.write_bytes(LOCK.read_bytes())
    return python
