"""Fingerprints of every perturbation's pixels, recorded per version of OpenCV.

`python -m tests.perturb.golden` records them under the OpenCV that is installed; with versions after it
(4.11.0.86 ...) under each of these, fetched into a folder that is gone afterwards.
"""

import json
import os
import subprocess
import sys
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from perturb import PERTURBATIONS, Scene, Seed, apply
from perturb.makers import pixel_makers
from perturb.suites import conditions_of

FILE = Path(__file__).with_name("golden.json")


def picture() -> Scene:
    """A scene made by numpy's integers alone, the same everywhere."""
    y, x = np.mgrid[0:96, 0:128]
    planes = [(x * a + y * b) % 200 + ((x // 16 + y // 16) % 2) * 40 for a, b in ((1, 2), (2, 1), (3, 1))]
    mask = np.zeros((96, 128), np.bool_)
    mask[40:46, 50:60] = True
    return Scene(np.stack(planes, axis=-1).astype(np.uint8), 8, mask)


def fingerprints() -> dict[str, str]:
    """BLAKE2b of the pixels of each shipped perturbation at level 3."""
    scene, seed = picture(), Seed(11, "golden", camera=2)
    shown = {n: apply(scene, conditions_of(p, (3,))[0], seed).pixels for n, p in PERTURBATIONS.items()}
    return {name: blake2b(pixels.tobytes(), digest_size=8).hexdigest() for name, pixels in shown.items()}


def recorded() -> dict[str, dict[str, str]]:
    """All fingerprints on file by version."""
    return json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}


def record() -> None:
    """Write down what this OpenCV makes."""
    FILE.write_text(json.dumps(recorded() | {pixel_makers(): fingerprints()}, indent=1, sort_keys=True) + "\n", "utf-8")


def record_under(opencv: str) -> None:
    """The same in a process that finds another OpenCV first."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    with TemporaryDirectory() as folder:
        subprocess.run([*pip, "--target", folder, f"opencv-python-headless=={opencv}"], check=True)
        paths = {**os.environ, "PYTHONPATH": folder}
        subprocess.run([sys.executable, "-m", "tests.perturb.golden"], check=True, env=paths)


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        record_under(wanted)
    if not sys.argv[1:]:
        record()
