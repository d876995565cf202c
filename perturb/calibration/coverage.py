"""How much of what the pictures show the calibrated perturbations can make, and which pictures they cannot."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from perturb.calibration.features import measure
from perturb.calibration.profile import Profile, Sample, deviations
from perturb.calibration.quantities import BETTER_BELOW, OF_CONTENT, QUANTITIES, measured
from perturb.calibration.shown import Shown
from perturb.camera import Camera
from perturb.combine import combine
from perturb.registry import PERTURBATIONS
from perturb.seeds import draw
from perturb.types import Scene, Seed

RENDERS = 72

ALIGNMENT = "alignment"
"""Stands among the quantities of an outlier that does not show its scene."""


@dataclass(frozen=True)
class Base:
    """A usual picture of one scene to render from, with its features."""

    scene: str
    picture: Scene
    features: Mapping[str, float]


@dataclass(frozen=True)
class Outlier:
    """A picture outside the simulated envelope: in which quantities, and by how much of the envelope's width."""

    name: str
    quantities: Mapping[str, float]


@dataclass(frozen=True)
class Coverage:
    """Of `pictures`, `inside` lie in the simulated envelope in every quantity; `by_quantity` of each alone, 0..1.

    envelope: per quantity the lowest and highest deviation from a scene's centre that was rendered.
    """

    pictures: int
    inside: int
    by_quantity: Mapping[str, float]
    envelope: Mapping[str, tuple[float, float]]
    outside: tuple[Outlier, ...]

    @property
    def share(self) -> float:
        """inside / pictures."""
        return self.inside / self.pictures if self.pictures else math.nan


def envelope(
    bases: Sequence[Base], shown: Sequence[Shown], profile: Profile, camera: Camera, renders: int = RENDERS
) -> dict[str, tuple[float, float]]:
    """Lowest and highest deviation of every quantity over about `renders` pictures made from the bases.

    Half show one main perturbation alone at its 99 % severity, in several directions. The others get a severity of
    every one, drawn from those that the line's pictures show. Widened by the quantity's resolution on either side.
    """
    mains = [item for item in shown if not item.instead_of and item.any]
    alone = [(item, end) for item in mains for end in _ends(item)]
    wanted: list[dict[str, float]] = [{}]
    for index in range(renders // 2 if alone else 0):
        item, end = alone[index % len(alone)]
        wanted.append({item.name: end})
    for index in range(renders // 2):
        seed = Seed(0, f"envelope {index}")
        wanted.append({item.name: _drawn(item, seed) for item in mains})
    rows = [_render(bases[i % len(bases)], row, profile, camera, i) for i, row in enumerate(wanted)]
    return _limits(rows)


def _ends(item: Shown) -> tuple[float, ...]:
    return (item.quantiles[-1], *(() if item.opposite is None else (item.opposite,)))


def _limits(rows: Sequence[Mapping[str, float]]) -> dict[str, tuple[float, float]]:
    found = {}
    for name, quantity in QUANTITIES.items():
        values = [row[name] for row in rows if math.isfinite(row[name])]
        if values:
            found[name] = (min(values) - quantity.resolution, max(values) + quantity.resolution)
    return found


def _render(
    base: Base, severities: Mapping[str, float], profile: Profile, camera: Camera, index: int
) -> dict[str, float]:
    """The deviations of one rendered picture from its base, whose own deviation from the centre is taken off."""
    mono = base.picture.pixels.ndim == 2
    fit = {name: s for name, s in severities.items() if not (mono and "colour" in PERTURBATIONS[name].needs)}
    done = combine(base.picture, fit, Seed(0, f"render {index}"), camera)
    features = measure(done.pixels, done.bits, camera, profile.references.get(base.scene))
    return {name: features[name] - base.features.get(name, math.nan) for name in QUANTITIES}


def _drawn(item: Shown, seed: Seed) -> float:
    """A severity from those the pictures show, interpolated, within the largest quantiles."""
    neutral = PERTURBATIONS[item.name].neutral
    known = [value for value in item.severities if math.isfinite(value)]
    ends = (item.quantiles[-1], neutral if item.opposite is None else item.opposite)
    severity = float(np.quantile(known, draw(seed, f"severity {item.name}").random()))
    return min(max(severity, min(ends)), max(ends))


def cover(samples: Sequence[Sample], profile: Profile, limits: Mapping[str, tuple[float, float]]) -> Coverage:
    """How the pictures lie to an envelope; quantities that it does not hold are not judged.

    A picture that does not align with its scene's reference is outside by that alone (`ALIGNMENT`).
    """
    deviating = deviations(samples, profile.scenes)
    rows = [_judged(row, limits) for row in _comparable(deviating)]
    outside = []
    for sample, deviation, row in zip(samples, deviating, rows, strict=True):
        lost = sample.scene in profile.references and not math.isfinite(deviation["gain"])
        out = ({ALIGNMENT: 1.0} if lost else {}) | {name: by for name, by in row.items() if by > 0.0}
        if out:
            outside.append(Outlier(sample.name, out))
    by_quantity = {name: _share([row[name] <= 0.0 for row in rows if name in row]) for name in limits}
    outside.sort(key=lambda item: -max(item.quantities.values()))
    return Coverage(len(samples), len(samples) - len(outside), by_quantity, dict(limits), tuple(outside))


def _comparable(rows: Sequence[dict[str, float]]) -> list[dict[str, float]]:
    """Without the quantities of content where a picture is not aligned with its scene's reference."""
    return [
        {name: value for name, value in row.items() if math.isfinite(row["gain"]) or name not in OF_CONTENT}
        for row in rows
    ]


def _judged(row: Mapping[str, float], limits: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Per quantity how far the deviation lies beyond the envelope, in envelope widths; 0 or less inside."""
    return {name: _beyond(name, value, *limits[name]) for name, value in measured(row).items() if name in limits}


def _beyond(name: str, value: float, low: float, high: float) -> float:
    """Better than usual is not outside."""
    below = -math.inf if name in BETTER_BELOW else low - value
    return max(below, value - high) / (high - low)


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else math.nan
