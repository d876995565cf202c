"""Perturbations against the libraries that do likewise: single core, CPU time, all rows in one run.

    python -m tests.bench.bench_perturb [--sizes 256 512 1024] [--rows motion jpeg] [--short] [--json FILE]

The others live in an environment of their own that is made on first use (`rivals.py`). A library that is not there,
or a function of it that fails, is left out by name. Ours includes what the others leave out: linear light and the
camera's noise, which every blur takes away and which comes back.
"""

# ruff: noqa: E402  # thread counts must be set before the libraries are loaded

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import cv2
import numpy as np

from perturb import Camera, Condition, Scene, Seed, apply
from tests.bench.rivals import LOCK, rivals_python

_RUN = "from tests.bench.bench_perturb import main; main()"

Run = Callable[[np.ndarray], np.ndarray]

OURS: dict[str, tuple[str, float]] = {
    "gaussian noise": ("dark-noise", 500.0),
    "shot noise": ("shot-noise", 0.02),
    "defocus": ("defocus", 16.0),
    "motion": ("conveyor", 1200.0),
    "contrast": ("gain", 2.0),
    "jpeg": ("jpeg", 70.0),
    "elastic": ("elastic", 0.05),
    "haze": ("haze", 20.0),
    "sensor chain": ("low-light", 1.0),
}
"""Strengths chosen to match the others': 12 DN of noise, a 7 px disc, 12 px of motion (the strongest named level;
imagecorruptions' mildest is 21 px wide), a quarter more contrast, quality 70, a fifth of haze.

Below 12 px a blur by OpenCV's bytes alone, without the noise, is up to twice as fast as ours: `--short` shows it, at
5 and 9 px, the same length for both."""

_ALONG = {"angle_range": (0, 0), "direction_range": (0, 0), "allow_shifted": False}

ALBUMENTATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "gaussian noise": ("GaussNoise", {"std_range": (0.05, 0.05)}),
    "shot noise": ("ShotNoise", {"scale_range": (0.02, 0.02)}),
    "defocus": ("Defocus", {"radius": (3, 3), "alias_blur": (0.1, 0.1)}),
    "motion": ("MotionBlur", {"blur_limit": (13, 13), **_ALONG}),
    "contrast": ("RandomBrightnessContrast", {"contrast_limit": (0.25, 0.25), "brightness_limit": (0, 0)}),
    "jpeg": ("ImageCompression", {"quality_range": (70, 70)}),
    "elastic": ("ElasticTransform", {"alpha": 50, "sigma": 50}),
    "haze": ("RandomFog", {"fog_coef_range": (0.2, 0.2)}),
    "sensor chain": ("ISONoise", {"intensity": (0.3, 0.3), "color_shift": (0.03, 0.03)}),
}

CORRUPTIONS = {
    "gaussian noise": "gaussian_noise", "shot noise": "shot_noise", "defocus": "defocus_blur",
    "motion": "motion_blur", "contrast": "contrast", "jpeg": "jpeg_compression", "elastic": "elastic_transform",
}  # fmt: skip

NRTK: dict[str, tuple[str, dict[str, Any]]] = {
    "gaussian noise": ("photometric.noise:GaussianNoisePerturber", {"mean": 0.0, "var": 0.0025, "seed": 1}),
    "contrast": ("photometric.enhance:ContrastPerturber", {"factor": 1.25}),
    "haze": ("environment:HazePerturber", {"factor": 1.0}),
}


def ours(row: str) -> Run:
    """This package's run of a row: a new part each time, so that nothing is drawn twice."""
    name, severity = OURS[row]
    condition, count, camera = Condition(name, severity), iter(range(10**9)), Camera()
    return lambda image: apply(Scene(image), condition, Seed(1, f"{next(count)}"), camera).pixels


def albumentations_run(row: str) -> Run:
    """The same by albumentations."""
    library = importlib.import_module("albumentations")
    name, given = ALBUMENTATIONS[row]
    pipeline = library.Compose([getattr(library, name)(**given, p=1.0)], seed=1)
    return lambda image: np.asarray(pipeline(image=image)["image"])


def corruptions_run(row: str) -> Run:
    """The same by imagecorruptions at severity 1."""
    library = importlib.import_module("imagecorruptions")
    return lambda image: np.asarray(library.corrupt(image, severity=1, corruption_name=CORRUPTIONS[row]))


def nrtk_run(row: str) -> Run:
    """The same by nrtk."""
    where, given = NRTK[row]
    module, name = where.split(":")
    perturber = getattr(importlib.import_module(f"nrtk.impls.perturb_image.{module}"), name)(**given)
    return lambda image: np.asarray(perturber.perturb(image=image)[0])


LIBRARIES: dict[str, tuple[dict[str, Any], Callable[[str], Run]]] = {
    "albumentations": (ALBUMENTATIONS, albumentations_run),
    "imagecorruptions": (CORRUPTIONS, corruptions_run),
    "nrtk": (NRTK, nrtk_run),
}


def picture(size: int) -> np.ndarray:
    """A smooth coloured part with texture, (size, size, 3) uint8."""
    rng = np.random.default_rng(3)
    light = cv2.GaussianBlur(rng.random((size, size, 3), dtype=np.float32), (0, 0), 2.0)
    return cv2.normalize(light, None, 30, 225, cv2.NORM_MINMAX).astype(np.uint8)


def contestants(row: str, image: np.ndarray, left_out: list[str]) -> dict[str, Run]:
    """Everyone who can do the row on this picture; who cannot goes to `left_out` with the reason."""
    found = {"ours": ours(row)}
    for library, (rows, build) in LIBRARIES.items():
        if row not in rows:
            continue
        try:
            run = build(row)
            run(image)
        except Exception as error:  # noqa: BLE001  # a library that fails in any way is reported, not measured
            left_out.append(f"{library} {row}: {type(error).__name__}: {str(error)[:80]}")
            continue
        found[library] = run
    return found


_ROUNDS = 5


def measured(runs: dict[str, Run], image: np.ndarray, seconds: float) -> dict[str, float]:
    """Images per second of CPU time, median of interleaved rounds, so that all share the machine's moods.

    Each is run once before it is timed: caches and memory are its own then, not what the one before it left.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    end = time.process_time() + seconds * len(runs)
    while time.process_time() < end or len(times["ours"]) < _ROUNDS:
        for name, run in runs.items():
            run(image)
            start = time.process_time()
            run(image)
            times[name].append(time.process_time() - start)
    return {name: 1.0 / float(np.median(spent)) for name, spent in times.items()}


SHORT = (5, 9)
"""Lengths in px of the short blurs; the camera here moves 1 px at 100 mm/s."""


def add_short() -> None:
    """Rows for short blurs, where bytes alone are faster."""
    for px in SHORT:
        row = f"motion, {px} px"
        OURS[row] = ("conveyor", 100.0 * px)
        ALBUMENTATIONS[row] = ("MotionBlur", {"blur_limit": (px, px), **_ALONG})


def main() -> None:
    """Measure and print, in the others' environment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512, 1024])
    parser.add_argument("--seconds", type=float, default=1.0, help="CPU seconds per library, row and size")
    parser.add_argument("--short", action="store_true", help="add rows for short motion blurs")
    parser.add_argument("--rows", nargs="+", default=[], help="only rows that begin so")
    parser.add_argument("--json", default="")
    options = parser.parse_args()
    if options.short:
        add_short()
    warnings.simplefilter("ignore")
    cv2.setNumThreads(1)
    left_out: list[str] = []
    results: dict[str, dict[str, dict[str, float]]] = {}
    for size in options.sizes:
        image = picture(size)
        wanted = [row for row in OURS if not options.rows or row.startswith(tuple(options.rows))]
        rows = {row: measured(contestants(row, image, left_out), image, options.seconds) for row in wanted}
        results[str(size)] = rows
        show(size, rows)
    print(*sorted(set(left_out)), sep="\n")
    print(f"{platform.processor() or platform.machine()}, OpenCV {cv2.__version__}, numpy {np.__version__}")
    if options.json:
        text = json.dumps({"results": results, "left_out": left_out}, indent=1)
        Path(options.json).write_text(text, "utf-8")


def show(size: int, rows: dict[str, dict[str, float]]) -> None:
    """The table of one size with the ratio to the best library and the geometric mean of the ratios."""
    names = ["ours", *LIBRARIES]
    print(f"\n{size} px, images per second and core\n{'':16}" + "".join(f"{n:>18}" for n in names) + f"{'ratio':>8}")
    ratios = []
    for row, rates in rows.items():
        rivals = [rate for name, rate in rates.items() if name != "ours"]
        ratio = rates["ours"] / max(rivals) if rivals else float("nan")
        ratios += [ratio] if rivals else []
        cells = "".join(f"{rates[n]:18.1f}" if n in rates else f"{'-':>18}" for n in names)
        print(f"{row:16}{cells}{ratio:8.2f}")
    if ratios:
        print(f"geometric mean {np.exp(np.mean(np.log(ratios))):.2f}, least {min(ratios):.2f}")


if __name__ == "__main__":
    if (Path(sys.prefix) / LOCK.name).is_file():
        main()
    else:
        command = [str(rivals_python()), "-c", _RUN, *sys.argv[1:]]
        sys.exit(subprocess.run(command, check=False).returncode)
