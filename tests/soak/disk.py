"""Shims between a program and its disk or its clock: compiled on the spot, for one process and its children."""

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def compiler() -> str | None:
    """A C compiler, if there is one."""
    return shutil.which("gcc") or shutil.which("cc")


def build(folder: Path, name: str = "disk") -> Path:
    """Compile the shim `name`.c into `folder`."""
    library, source = folder / f"{name}.so", HERE / f"{name}.c"
    subprocess.run([str(compiler()), "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def environment(library: Path, folder: Path, record: Path | None = None) -> dict[str, str]:
    """What a process needs to run with the shim over `folder`."""
    found = {"LD_PRELOAD": str(library), "DISK_FOLDER": str(folder)}
    return {**found, "DISK_RECORD": str(record)} if record else found
