"""Train a demo family: `python -m models.train --family standard --out DIR --cache DIR`."""

import argparse
from pathlib import Path

from models.train.recipe import Job, families, run


def main() -> None:
    """Parse the command line and run the recipe; interrupted, it goes on from the last finished member."""
    parser = argparse.ArgumentParser(prog="python -m models.train", description=__doc__)
    parser.add_argument("--family", choices=families(), required=True, help="hardened needs standard in the same cache")
    parser.add_argument("--out", type=Path, required=True, help="folder for the ONNX files and the manifest")
    parser.add_argument("--cache", type=Path, required=True, help="folder for rendered parts and weights, about 2 GB")
    parser.add_argument("--workers", type=int, default=2, help="members trained, and parts rendered, at a time")
    given = parser.parse_args()
    run(Job(given.family, given.out, given.cache, given.workers))


if __name__ == "__main__":
    main()
