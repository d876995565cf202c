"""The shim between a program and its disk: compiled on the spot, watching one folder of one process."""

import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("disk.c")


def compiler() -> str | None:
    """A C compiler, if there is one."""
    return shutil.which("gcc") or shutil.which("cc")


def build(folder: Path) -> Path:
    """Compile the shim into `folder`."""
    library = folder / "disk.so"
    subprocess.run([str(compiler()), "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def environment(library: Path, folder: Path, record: Path | None = None) -> dict[str, str]:
    """What a process needs to run with the shim over `folder`."""
    found = {"LD_PRELOAD": str(library), "DISK_FOLDER": str(folder)}
    return {**found, "DISK_RECORD": str(record)} if record else found
