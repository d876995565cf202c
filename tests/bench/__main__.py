"""`make bench`: every figure is a ratio of two things done in this one run, so that it holds on any machine.

`python -m tests.bench NAME ...` runs some of them; each is also a module of its own.
"""

import subprocess
import sys

BENCHES = ("start_up", "audit", "bench_perturb", "bench_law", "bench_size", "bench_dashboard")


def main(wanted: list[str]) -> int:
    """Run the benches in processes of their own, one after the other; the first failure is the exit code."""
    for name in wanted or BENCHES:
        print(f"\n== {name}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
