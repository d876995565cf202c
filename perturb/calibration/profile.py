"""The profile of a line: what its pictures showed, quantity by quantity, and how far a new picture lies from it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from perturb.calibration.pose import Reference
from perturb.calibration.quantities import QUANTITIES, Features, measured

PROBABILITIES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
"""The quantiles that a profile keeps of every quantity."""

INSIDE = 0.99
"""The share of the profile's own pictures that lie inside it, each judged by a profile of the others."""

FOLDS = 5
_ALWAYS = 0.99
_LOW, _MIDDLE, _HIGH = (PROBABILITIES.index(p) for p in (0.01, 0.5, 0.99))


@dataclass(frozen=True)
class Spread:
    """One quantity over the pictures: quantiles at PROBABILITIES of its deviation from the scene's centre.

    `count` of `total` pictures showed it at all.
    """

    quantiles: tuple[float, ...]
    count: int
    total: int

    @property
    def always(self) -> bool:
        """Whether (nearly) every picture showed it, so that a picture that does not is remarkable."""
        return self.count >= _ALWAYS * self.total


@dataclass(frozen=True)
class Sample:
    """What was measured on one picture: its name, the scene it shows, a value per quantity."""

    name: str
    scene: str
    features: Features


@dataclass(frozen=True, eq=False)
class Profile:
    """What the pictures of a line showed.

    images: their names. scenes: for each scene (product, view) the median of every quantity. spreads: per quantity
    the deviations from there, all scenes together. distances: of its own pictures, each judged by a profile of the
    others, ascending. references: per scene the picture that pose is measured against. transfer: how light became
    numbers, as in `Camera`.
    """

    images: tuple[str, ...]
    scenes: Mapping[str, Features]
    spreads: Mapping[str, Spread]
    distances: tuple[float, ...] = ()
    references: Mapping[str, Reference] = field(default_factory=dict)
    transfer: str = "linear"

    @property
    def limit(self) -> float:
        """The distance up to which a picture counts as inside."""
        return max(1.0, float(np.quantile(self.distances, INSIDE))) if self.distances else 1.0


@dataclass(frozen=True)
class Distance:
    """How far one picture lies from a profile.

    value: the largest of `parts`. parts: per quantity the deviation over the farthest that 99 % of the profile's
    pictures showed on that side (or over the quantity's resolution where that is more); 1 is the edge.
    lost: quantities that every picture of the profile showed and this one does not (then value is infinite).
    p: the share of the profile's own pictures that lie as far, this one counted in.
    """

    value: float
    parts: Mapping[str, float]
    lost: tuple[str, ...]
    inside: bool
    p: float

    @property
    def worst(self) -> str:
        """The quantity that lies farthest out; empty where nothing could be compared."""
        return self.lost[0] if self.lost else max(self.parts, key=self.parts.__getitem__, default="")


def make_profile(
    samples: Sequence[Sample], references: Mapping[str, Reference] | None = None, transfer: str = "linear"
) -> Profile:
    """The profile of some pictures (one or more)."""
    scenes, spreads = _scenes(samples), _spreads(samples, _scenes(samples))
    names = tuple(sample.name for sample in samples)
    return Profile(names, scenes, spreads, _own_distances(samples), references or {}, transfer)


def deviations(samples: Sequence[Sample], scenes: Mapping[str, Features]) -> list[dict[str, float]]:
    """Per picture, each quantity less its scene's centre; NaN where either is missing."""
    nothing: Features = {}
    return [_deviation(sample.features, scenes.get(sample.scene, nothing)) for sample in samples]


def distance(profile: Profile, features: Features, scene: str | None = None) -> Distance:
    """How far a picture with these features lies. `scene` None: of whichever scene is nearest."""
    named = None if scene is None else profile.scenes.get(scene)
    centres = list(profile.scenes.values()) if named is None else [named]
    found = [_distance(profile, _deviation(features, centre), features) for centre in centres]
    return min(found, key=lambda item: item.value)


def _distance(profile: Profile, deviation: Features, features: Features) -> Distance:
    parts = {
        name: _part(name, profile.spreads[name], value)
        for name, value in measured(deviation).items()
        if name in profile.spreads
    }
    lost = tuple(n for n, s in profile.spreads.items() if s.always and not math.isfinite(features.get(n, math.nan)))
    value = math.inf if lost else max(parts.values(), default=0.0)
    farther = len(profile.distances) - int(np.searchsorted(profile.distances, value, side="left"))
    return Distance(value, parts, lost, value <= profile.limit, (1 + farther) / (1 + len(profile.distances)))


def _part(name: str, spread: Spread, value: float) -> float:
    gap = value - spread.quantiles[_MIDDLE]
    edge = spread.quantiles[_HIGH if gap >= 0 else _LOW] - spread.quantiles[_MIDDLE]
    return abs(gap) / max(abs(edge), QUANTITIES[name].resolution)


def _deviation(features: Features, centre: Features) -> dict[str, float]:
    return {name: features.get(name, math.nan) - centre.get(name, math.nan) for name in QUANTITIES}


def _scenes(samples: Sequence[Sample]) -> dict[str, dict[str, float]]:
    names = dict.fromkeys(sample.scene for sample in samples)
    return {scene: _centre([s.features for s in samples if s.scene == scene]) for scene in names}


def _centre(features: Sequence[Features]) -> dict[str, float]:
    return {name: median([f.get(name, math.nan) for f in features]) for name in QUANTITIES}


def median(values: Sequence[float]) -> float:
    """The median of the finite values, NaN without any."""
    finite = [value for value in values if math.isfinite(value)]
    return float(np.median(finite)) if finite else math.nan


def _spreads(samples: Sequence[Sample], scenes: Mapping[str, Features]) -> dict[str, Spread]:
    rows = deviations(samples, scenes)
    found = {}
    for name in QUANTITIES:
        values = [row[name] for row in rows if math.isfinite(row[name])]
        if values:
            quantiles = tuple(map(float, np.quantile(values, PROBABILITIES)))
            found[name] = Spread(quantiles, len(values), len(rows))
    return found


def _own_distances(samples: Sequence[Sample]) -> tuple[float, ...]:
    """Every picture's distance to a profile of the pictures of the other folds, ascending; finite ones only.

    Folds are dealt in turn, so that each holds pictures of all the time.
    """
    if len(samples) < 2 * FOLDS:
        return ()
    found = []
    for fold in range(FOLDS):
        others = [sample for index, sample in enumerate(samples) if index % FOLDS != fold]
        scenes = _scenes(others)
        judge = Profile((), scenes, _spreads(others, scenes))
        found += [distance(judge, sample.features, sample.scene).value for sample in samples[fold::FOLDS]]
    return tuple(sorted(value for value in found if math.isfinite(value)))
