"""`python -m tests.fuzz [--seconds 60] [--seed N] [NAME ...]`: every reader of foreign files under damaged ones.

The exit code is 1 where a reader raised what nobody planned for, died, or took more than 512 MB.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.fuzz.run import fuzz
from tests.fuzz.targets import TARGETS


def main() -> int:
    """Share the seconds over the readers and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *TARGETS])
    parser.add_argument("--seconds", type=float, default=60.0, help="for all readers together")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    names = options.names or list(TARGETS)
    keep, bad, total = Path(tempfile.mkdtemp(prefix="inspect-eval-fuzz-")), 0, 0
    for name in names:
        found = fuzz(name, options.seconds / len(names), options.seed, keep)
        total += found.files
        state = "holds" if found.holds else "FAILS"
        print(f"{name:<16} {state}: {found.files:,} files, {found.read:,} read, {found.refused:,} refused, "
              f"peak {found.peak_mb:.0f} MB {found.died}", flush=True)  # fmt: skip
        for line in found.uncaught:
            print(f"    {line}", flush=True)
        bad += not found.holds
    print(f"{total:,} files, {len(names)} readers, {bad} failing")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
