"""Pictures of a calibration: the usual one, the line's own strongest, and ours at the same severity side by side."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from appliance.calibrate.run import Calibration
from appliance.errors import InputRefused
from appliance.language.tongue import w
from appliance.parts.decode import decode
from appliance.pictures import thumbnail
from appliance.report.labels import perturbation_name, severity_text
from appliance.report.pictures import Album, Shot
from perturb import apply
from perturb.calibration.shown import Shown
from perturb.errors import PerturbError
from perturb.registry import PERTURBATIONS
from perturb.types import Condition, Scene, Seed

SIDE = 300


@dataclass(frozen=True)
class ExampleRow:
    """One perturbation in pictures: the usual picture, ours at the 99 % severity, the line's own strongest."""

    name: str
    usual: Shot
    ours: Shot
    ours_caption: str
    own: Shot
    own_caption: str
    own_name: str


class Studio:
    """Decodes, disturbs and shrinks pictures of one calibration, up to a total size of page."""

    def __init__(self, found: Calibration, bits: int | None) -> None:
        self._found, self._bits = found, bits
        self._paths = {picture.file.id: picture.file.path for picture in found.album.pictures}
        self._album = Album(self._thumbnail)

    def shot(self, name: str, alt: str) -> Shot:
        """A picture as it is."""
        return self._album.shot(name, "", alt)

    def disturbed(self, name: str, perturbation: str, severity: float, alt: str) -> Shot:
        """A picture under one perturbation."""
        return self._album.shot(name, f"{perturbation}@{severity!r}", alt)

    def _thumbnail(self, name: str, condition: str) -> bytes | None:
        try:
            scene = self._scene(name)
            if condition:
                perturbation, _, severity = condition.partition("@")
                wanted = Condition(perturbation, float(severity))
                scene = apply(scene, wanted, Seed(0, name), self._found.camera)
        except (InputRefused, PerturbError):
            return None
        return thumbnail(scene.pixels, scene.bits, SIDE)

    @lru_cache(maxsize=4)  # noqa: B019 - a studio lives as long as one page
    def _scene(self, name: str) -> Scene:
        decoded = decode(self._paths[name], self._bits)
        return Scene(decoded.pixels, decoded.bits)


def example_rows(found: Calibration, studio: Studio) -> tuple[ExampleRow, ...]:
    """A row for every main perturbation that the line shows."""
    return tuple(_row(item, found, studio) for item in found.shown if not item.instead_of and _strongest(item) >= 0)


def _strongest(item: Shown) -> int:
    """The index of the picture that shows most of it; -1 where none shows any."""
    neutral = PERTURBATIONS[item.name].neutral
    away = [abs(value - neutral) if math.isfinite(value) else -1.0 for value in item.severities]
    index = int(np.argmax(away))
    return index if away[index] > 0.0 and item.quantiles[-1] != neutral else -1


def _row(item: Shown, found: Calibration, studio: Studio) -> ExampleRow:
    known, index = PERTURBATIONS[item.name], _strongest(item)
    own = found.samples[index]
    usual = found.usual[own.scene]
    p99 = severity_text(item.name, item.quantiles[-1], known.unit)
    most = severity_text(item.name, float(f"{item.severities[index]:.3g}"), known.unit)
    name = perturbation_name(item.name)
    return ExampleRow(
        name,
        studio.shot(usual, w("usual picture {name}", name=usual)),
        studio.disturbed(
            usual, item.name, item.quantiles[-1], w("simulated {name} {severity}", name=name, severity=p99)
        ),
        p99,
        studio.shot(own.name, w("picture {name}", name=own.name)),
        most,
        own.name,
    )
