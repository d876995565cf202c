"""Blur and noise into severities: known ones are rendered on the line's own pictures and measured like the pictures.

A measured width has a bias that depends on content, and noise one that depends on texture; measuring known severities
on the same content takes it off (indirect inference: Gourieroux, Monfort & Renault, J. Appl. Econometrics 8, 1993).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from perturb.applied import apply
from perturb.calibration.explain import NAN, Seen
from perturb.calibration.features import fine
from perturb.camera import Camera
from perturb.registry import PERTURBATIONS
from perturb.types import Condition, Scene, Seed

BLURS = ("defocus", "conveyor")
NOISES = ("shot-noise", "dark-noise")

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Response:
    """How much a perturbation adds: severities (n,) from neutral up, and what each adds (n, k).

    Blurs: widths along x and y in px^2 (k = 2). Noises: variance in percent of white, squared (k = 1).
    """

    severities: Array
    added: Array

    @property
    def direction(self) -> Array:
        """Unit vector (k,) of what is added, at the middle severity."""
        middle = np.maximum(self.added[len(self.added) // 2], 1e-6)
        return np.asarray(middle / np.linalg.norm(middle))

    def severity(self, amount: float) -> float:
        """The severity that adds `amount` along `direction`; the strongest one where that adds less."""
        rising = np.maximum.accumulate(self.added @ self.direction)
        return float(np.interp(amount, rising, self.severities))


Responses = Mapping[str, Response]


def responses(bases: Sequence[Scene], camera: Camera) -> dict[str, Response]:
    """The responses on some usual pictures; those that no base shows are left out."""
    found = {
        **{name: _response(name, ("blur-x", "blur-y"), 1, bases, camera) for name in BLURS},
        **{name: _response(name, ("noise",), 2, bases, camera) for name in NOISES},
    }
    return {name: response for name, response in found.items() if response is not None}


def _response(
    name: str, quantities: tuple[str, ...], power: int, bases: Sequence[Scene], camera: Camera
) -> Response | None:
    severities = np.array(_steps(name))
    rows = [_added(name, quantities, power, base, severities, camera) for base in bases]
    usable = [row for row in rows if np.isfinite(row).all()]
    return Response(severities, np.mean(usable, axis=0)) if usable else None


def _steps(name: str) -> list[float]:
    """Neutral, the five levels with a point between each two, and one beyond the last."""
    item = PERTURBATIONS[name]
    levels = [item.neutral, *item.levels]
    between = [_halfway(a, b, ratio=item.neutral == 1.0) for a, b in pairwise(levels)]
    beyond = float(np.clip(levels[-1] ** 2 / levels[-2], *item.limits))
    return [*(step for pair in zip(levels, between, strict=False) for step in pair), levels[-1], beyond]


def _halfway(a: float, b: float, *, ratio: bool) -> float:
    return math.sqrt(a * b) if ratio else (a + b) / 2.0


def _added(name: str, quantities: tuple[str, ...], power: int, base: Scene, severities: Array, camera: Camera) -> Array:
    """What each severity adds on one picture, (n, k)."""
    measured = []
    for severity in severities:
        done = apply(base, Condition(name, float(severity)), Seed(0, "response"), camera)
        features = fine(done.pixels, done.bits, camera)
        measured.append([features[quantity] ** power for quantity in quantities])
    added = np.array(measured)
    return np.asarray(added - added[0])


def blur_severities(seen: Seen, known: Responses, camera: Camera) -> dict[str, float]:
    """`defocus` in mm, `conveyor` in mm/s, and `vibration` in um as what could stand in for it.

    The excess along x and y is split into an even and a directed part, neither below zero.
    """
    excess = np.array([seen.gap("blur-x"), seen.gap("blur-y")])
    if not (seen.aligned and np.isfinite(excess).all() and all(name in known for name in BLURS)):
        return dict.fromkeys((*BLURS, "vibration"), NAN)
    even, directed = _split(excess, *(known[name].direction for name in BLURS))
    speed = known["conveyor"].severity(directed)
    amplitude = camera.mm_per_px * 1000.0 * camera.motion(speed) / math.sqrt(6.0)
    return {"defocus": known["defocus"].severity(even), "conveyor": speed, "vibration": amplitude}


def _split(excess: Array, even: Array, directed: Array) -> tuple[float, float]:
    """Shares a, b >= 0 with a * even + b * directed nearest to the excess."""
    from scipy.optimize import nnls

    shares, _ = nnls(np.column_stack([even, directed]), excess)
    return float(shares[0]), float(shares[1])


def noise_severities(seen: Seen, known: Responses) -> dict[str, float]:
    """`shot-noise` as a ratio of exposure, and `dark-noise` in e- as what could stand in for it."""
    excess = _excess(seen)
    return {name: known[name].severity(excess) if name in known and math.isfinite(excess) else NAN for name in NOISES}


def _excess(seen: Seen) -> float:
    """Variance in percent of white, squared, beyond the usual; brighter light may bring more, as texture does."""
    gap = seen.gap("noise") if seen.aligned else NAN
    if not gap > 0.0:
        return gap if math.isnan(gap) else 0.0
    brighter = max(1.0, 2 ** (seen.features["light"] - seen.centre["light"]))
    return float(max(0.0, seen.features["noise"] ** 2 - (seen.centre["noise"] * brighter) ** 2))
