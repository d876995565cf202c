"""Sequences of pictures made by our own model with known severities, and how well they are found again.

`python -m tests.calibration.sequences` prints the table of tests/records/calibrate.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from models.render.part import render_part
from perturb import Camera, Scene, Seed, load_camera
from perturb.calibration.features import measure
from perturb.calibration.pose import reference_of
from perturb.calibration.profile import Profile, Sample, make_profile
from perturb.calibration.response import responses
from perturb.calibration.shown import Shown, what_is_shown
from perturb.calibration.tones import grey_of
from perturb.combine import combine
from perturb.registry import PERTURBATIONS
from perturb.transfer import decode

CAMERA = load_camera("common")

Severities = dict[str, float]
Draw = Callable[[np.random.Generator], Severities]


def half(rng: np.random.Generator, spread: float) -> float:
    return abs(float(rng.normal(0.0, spread)))


def everything(rng: np.random.Generator) -> Severities:
    """A line on which all varies at once; half the pictures show each of what lines show now and then."""
    found = {
        "ambient": half(rng, 3.0) if rng.random() < 0.5 else 0.0,
        "gradient": 8.0 + half(rng, 8.0),
        "colour-temperature": half(rng, 400.0) if rng.random() < 0.4 else 0.0,
        "rotation": half(rng, 1.0),
        "shift": half(rng, 0.2),
        "scale": half(rng, 1.0),
        "shot-noise": 1.0 / (1.0 + half(rng, 4.0)) if rng.random() < 0.4 else 1.0,
    }
    lamp = rng.random()
    if lamp < 0.3:
        found["intensity"] = 1.0 - min(0.5, half(rng, 0.15))
    elif lamp < 0.6:
        found["exposure"] = half(rng, 0.2)
    blur = rng.random()
    if blur < 0.2:
        found["defocus"] = half(rng, 8.0)
    elif blur < 0.4:
        found["conveyor"] = half(rng, 300.0)
    return found


def only(name: str, spread: float, share: float = 0.4) -> Draw:
    """A line on which one thing varies, in some of the pictures."""
    item = PERTURBATIONS[name]
    side = 1.0 if item.levels[4] > item.neutral else -1.0

    def draws(rng: np.random.Generator) -> Severities:
        away = half(rng, spread) if rng.random() < share else 0.0
        return {name: float(np.clip(item.neutral + side * away, *item.limits))}

    return draws


@dataclass(frozen=True)
class Made:
    """What was made and what was found."""

    truth: tuple[Severities, ...]
    samples: tuple[Sample, ...]
    profile: Profile
    shown: dict[str, Shown]

    def true(self, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([row.get(name, PERTURBATIONS[name].neutral) for row in self.truth])

    def found(self, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array(self.shown[name].severities)


@cache
def base_picture(index: int = 3) -> Scene:
    """A rendered part as the demo's camera shows it."""
    return Scene(render_part(20260, index).pixels, 8)


def sequence(draws: Draw, count: int = 40, camera: Camera = CAMERA, index: int = 3) -> Made:
    """`count` pictures of one rendered part under drawn severities, and what calibration makes of them."""
    base = base_picture(index)
    reference = reference_of(grey_of(decode(base.pixels, 8, camera)))
    rng = np.random.default_rng(11)
    truth = tuple(draws(rng) for _ in range(count))
    pictures = [combine(base, row, Seed(9, f"{i}"), camera) for i, row in enumerate(truth)]
    samples = tuple(
        Sample(f"{i}", "", measure(picture.pixels, 8, camera, reference)) for i, picture in enumerate(pictures)
    )
    profile = make_profile(samples, {"": reference})
    shown = what_is_shown(samples, profile, responses([base], camera), camera)
    return Made(truth, samples, profile, {item.name: item for item in shown})


def row(made: Made, name: str) -> str:
    """One line of the table: truth and estimate of p90 and p99, bias and rms error over the pictures."""
    item = PERTURBATIONS[name]
    true, found = made.true(name), made.found(name)
    seen = np.isfinite(found)
    away = np.quantile(np.abs(true - item.neutral), (0.9, 0.99))
    side = 1.0 if item.levels[4] > item.neutral else -1.0
    p90, p99 = item.neutral + side * away
    error = found[seen] - true[seen]
    figures = (p90, made.shown[name].quantiles[1], p99, made.shown[name].quantiles[2], error.mean())
    cells = " | ".join(f"{value:.3g}" for value in (*figures, np.sqrt(np.mean(np.square(error)))))
    return f"| {name} | {item.unit} | {cells} |"


ALONE: Sequence[tuple[str, float]] = (
    ("intensity", 0.15), ("exposure", 0.3), ("ambient", 6.0), ("gradient", 20.0), ("vignetting", 20.0),
    ("colour-temperature", 500.0), ("defocus", 10.0), ("conveyor", 400.0), ("shot-noise", 0.6),
    ("rotation", 2.0), ("shift", 0.4), ("scale", 2.0),
)  # fmt: skip

HEAD = (
    "| perturbation | unit | true p90 | found p90 | true p99 | found p99 | bias | rms error |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
)


def main() -> None:
    """Print both tables."""
    print("One at a time, in two of five pictures\n", *HEAD, sep="\n")
    for name, spread in ALONE:
        print(row(sequence(only(name, spread)), name), flush=True)
    made = sequence(everything, 80)
    print("\nAll at once\n", *HEAD, sep="\n")
    for name, _ in ALONE:
        if name in made.shown:
            print(row(made, name))


if __name__ == "__main__":
    main()
