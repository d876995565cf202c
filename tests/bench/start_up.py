"""`inspect-eval --help` against an empty typer program with the same Python: CPU time, runs in turn, median ratio."""

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

EMPTY = """
import typer
app = typer.Typer()

@app.command()
def one() -> None:
    "One."

@app.command()
def two() -> None:
    "Two."

app()
"""
OURS = "from appliance.cli import main; main()"
RUNS = 11


def cpu_seconds(command: list[str]) -> float:
    """User and system seconds of one finished child."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY)
        pairs = [
            (cpu_seconds([sys.executable, "-c", OURS, "--help"]), cpu_seconds([sys.executable, str(empty), "--help"]))
            for _ in range(RUNS)
        ]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    print(f"{'inspect-eval --help / an empty typer program':<66} {ratio:6.2f}  (goal <= 1.5)")


if __name__ == "__main__":
    main()
