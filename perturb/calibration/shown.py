"""What the pictures of a line show of every perturbation: severities as quantiles, and the mix of conditions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from perturb.calibration.explain import EXPLANATIONS, INSTEAD_OF, Seen
from perturb.calibration.profile import Profile, Sample
from perturb.calibration.response import Responses, blur_severities, noise_severities
from perturb.camera import Camera
from perturb.registry import PERTURBATIONS
from perturb.types import Perturbation

QUANTILES = (0.5, 0.9, 0.99)

FEWEST = 8
"""Pictures that must show a quantity before a severity is drawn from it."""

_SHARE = 0.5
"""And the share of all pictures."""


@dataclass(frozen=True)
class Shown:
    """One perturbation: the severity that would explain each picture (NaN: this picture does not tell).

    quantiles: at QUANTILES of the distance from neutral on the side of the named levels, as severities. opposite: the
    farthest of those on the other side of neutral, where the perturbation has one. shares: of pictures whose largest
    disturbance is this one, by the quantile they are nearest to, the opposite side last; 0 throughout for what stands
    `instead_of` another.
    """

    name: str
    severities: tuple[float, ...]
    quantiles: tuple[float, float, float]
    shares: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    instead_of: str = ""
    opposite: float | None = None

    @property
    def pictures(self) -> int:
        """How many pictures tell."""
        return sum(math.isfinite(value) for value in self.severities)

    @property
    def any(self) -> bool:
        """Whether the line shows it at all, beyond what can be told apart."""
        return self.opposite is not None or self.quantiles[-1] != PERTURBATIONS[self.name].neutral


def what_is_shown(
    samples: Sequence[Sample], profile: Profile, responses: Responses, camera: Camera
) -> tuple[Shown, ...]:
    """Every perturbation that enough pictures tell something of, in chain order."""
    rows = [_explained(sample, profile, responses, camera) for sample in samples]
    found = [_shown(item, rows) for item in PERTURBATIONS.values() if rows and item.name in rows[0]]
    kept = [shown for shown in found if shown.pictures >= max(FEWEST, _SHARE * len(samples))]
    return _with_shares(kept)


def clean_share(shown: Sequence[Shown]) -> float:
    """The share of pictures in which nothing reaches its first named level."""
    return max(0.0, 1.0 - sum(sum(item.shares) for item in shown))


def _explained(sample: Sample, profile: Profile, responses: Responses, camera: Camera) -> dict[str, float]:
    seen = Seen(sample.features, profile.scenes[sample.scene])
    severities = {name: explain(seen, camera) for name, explain in EXPLANATIONS.items()}
    return severities | blur_severities(seen, responses, camera) | noise_severities(seen, responses)


def _shown(item: Perturbation, rows: Sequence[Mapping[str, float]]) -> Shown:
    low, high = item.limits
    severities = tuple(float(np.clip(row[item.name], low, high)) for row in rows)
    away = np.array([_side(item) * (value - item.neutral) for value in severities if math.isfinite(value)])
    if not len(away):
        away = np.zeros(1)
    p50, p90, p99 = (_severity(item, float(q)) for q in np.quantile(np.maximum(away, 0.0), QUANTILES))
    opposite = _severity(item, -float(np.quantile(np.maximum(-away, 0.0), QUANTILES[-1])))
    return Shown(
        item.name,
        severities,
        (p50, p90, p99),
        instead_of=INSTEAD_OF.get(item.name, ""),
        opposite=None if opposite == item.neutral else opposite,
    )


def _side(item: Perturbation) -> float:
    """1 where the named levels lie above neutral, -1 where below."""
    return 1.0 if item.levels[4] > item.neutral else -1.0


def _severity(item: Perturbation, distance: float) -> float:
    """The severity at a distance from neutral on the side of the named levels, to three digits."""
    low, high = item.limits
    return float(f"{min(max(item.neutral + _side(item) * distance, low), high):.3g}")


def as_levels(item: Perturbation, severity: float) -> float:
    """How strong a severity is, in named levels: 0 at neutral, 1 at the first, 5 at the last, in proportion beyond."""
    steps = [0.0, *(abs(level - item.neutral) for level in item.levels)]
    distance = abs(severity - item.neutral)
    if distance > steps[-1]:
        return 5.0 * distance / steps[-1]
    return float(np.interp(distance, steps, range(6)))


def _with_shares(shown: Sequence[Shown]) -> tuple[Shown, ...]:
    """Each picture counts for its largest disturbance, where that reaches its first level."""
    counts = {item.name: [0, 0, 0, 0] for item in shown}
    mains = [item for item in shown if not item.instead_of]
    total = max((len(item.severities) for item in shown), default=0)
    for index in range(total):
        strengths = [_strength(item, index) for item in mains]
        if strengths and max(strengths) >= 1.0:
            main = mains[int(np.argmax(strengths))]
            counts[main.name][_band(main, main.severities[index])] += 1
    return tuple(_shared(item, counts[item.name], total) for item in shown)


def _strength(item: Shown, index: int) -> float:
    value = item.severities[index]
    return as_levels(PERTURBATIONS[item.name], value) if math.isfinite(value) else 0.0


def _band(item: Shown, severity: float) -> int:
    ends = [*item.quantiles, *(() if item.opposite is None else (item.opposite,))]
    return int(np.argmin([abs(severity - quantile) for quantile in ends]))


def _shared(item: Shown, counts: Sequence[int], total: int) -> Shown:
    first, second, third, other = (count / total for count in counts)
    return replace(item, shares=(first, second, third, other))
