"""An augmentation policy from the measured weak spots: what the next training should be shown, and how often."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from appliance.advice.transforms import Made, Span, alb, transform
from appliance.score.grid import CLEAN
from appliance.score.limits import Calibrated
from appliance.score.summary_types import Summary
from perturb.camera import Camera
from perturb.registry import PERTURBATIONS

SHARE = 4 / 9
"""Pictures that are perturbed: as many as the demo's `hardened` family was shown, whose gain `compare` measures."""
LEVELS = (1, 3)  # the generic range: one level beyond those where limits bind


@dataclass(frozen=True)
class WeakSpot:
    """A perturbation under which a size is shown to lose accuracy: the largest drop in pp, with its condition's key."""

    name: str
    drop: float
    low: float
    condition: str


@dataclass(frozen=True)
class Lesson:
    """One weak spot in the policy: severities shown, weakest first, whether calibrated, and its share of pictures.

    `share` is 0 where Albumentations has no counterpart, and nothing is shown of it.
    """

    spot: WeakSpot
    weak: float
    strong: float
    unit: str
    calibrated: bool
    share: float


@dataclass(frozen=True)
class Policy:
    """The policy for one size: what Albumentations loads, and what stands behind it."""

    size: str
    lessons: tuple[Lesson, ...]
    document: Mapping[str, Any]

    def text(self) -> str:
        """The file: `albumentations.from_dict(json.load(file))` or `albumentations.load` reads it."""
        return json.dumps(self.document, indent=1)


def weak_spots(summary: Summary, size: str) -> tuple[WeakSpot, ...]:
    """Perturbations with a condition whose drop in accuracy is shown (95 % interval over 0), the largest drop first."""
    found: dict[str, WeakSpot] = {}
    for row in summary.record.conditions:
        cell = summary.cells.get((size, row.key))
        if row.key == CLEAN or cell is None or cell.drift is None or not cell.drift.drop.low > 0.0:
            continue
        drop = cell.drift.drop
        if row.name not in found or drop.estimate > found[row.name].drop:
            found[row.name] = WeakSpot(row.name, drop.estimate, drop.low, row.key)
    return tuple(sorted(found.values(), key=lambda spot: -spot.drop))


def policy(summary: Summary, size: str, camera: Camera, calibrated: Calibrated | None = None) -> Policy | None:
    """The policy for a size; None where no weak spot is shown, or none that Albumentations can show.

    A picture is perturbed with the probability SHARE, by one weak spot, drawn in proportion to what it costs.
    """
    colour = any(part.channels == 3 for part in summary.record.parts)
    spots = weak_spots(summary, size)
    ranges = [_range(spot.name, calibrated or {}) for spot in spots]
    made = [transform(spot.name, Span(*ends, camera), colour=colour) for spot, ends in zip(spots, ranges, strict=True)]
    weights = [0.0 if one is None else spot.drop for spot, one in zip(spots, made, strict=True)]
    total = sum(weights)
    if not total:
        return None
    shares = [SHARE * weight / total for weight in weights]
    lessons = (
        Lesson(spot, *ends, _unit(spot.name), spot.name in (calibrated or {}), share)
        for spot, ends, share in zip(spots, ranges, shares, strict=True)
    )
    return Policy(size, tuple(lessons), _document(made, weights))


def _range(name: str, calibrated: Calibrated) -> tuple[float, float]:
    """Weak and strong end: what the site shows, else the generic levels."""
    if name in calibrated:
        low, high = calibrated[name]
        neutral = PERTURBATIONS[name].neutral
        return (low, high) if abs(low - neutral) <= abs(high - neutral) else (high, low)
    levels = PERTURBATIONS[name].levels
    return levels[LEVELS[0] - 1], levels[LEVELS[1] - 1]


def _unit(name: str) -> str:
    return PERTURBATIONS[name].unit


def _document(made: Sequence[Made], weights: Sequence[float]) -> Mapping[str, Any]:
    shown = []
    for one, weight in zip(made, weights, strict=True):
        if one is not None:
            one.p = weight / sum(weights)
            shown.append(one)
    pipeline = alb.Compose([alb.OneOf(shown, p=SHARE)])
    document: Mapping[str, Any] = json.loads(json.dumps(alb.to_dict(pipeline)))
    return document
