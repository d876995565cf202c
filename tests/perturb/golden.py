"""Fingerprints of every perturbation's pixels, recorded per version of OpenCV: `python -m tests.perturb.golden`."""

import json
import platform
from hashlib import blake2b
from pathlib import Path

import cv2
import numpy as np

from perturb import PERTURBATIONS, Scene, Seed, apply
from perturb.suites import conditions_of

FILE = Path(__file__).with_name("golden.json")


def version() -> str:
    """What the pixels may depend on besides this package."""
    opencv = ".".join(cv2.__version__.split(".")[:2])
    return f"OpenCV {opencv}, {platform.machine()}"


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


if __name__ == "__main__":
    FILE.write_text(json.dumps(recorded() | {version(): fingerprints()}, indent=1, sort_keys=True) + "\n", "utf-8")
