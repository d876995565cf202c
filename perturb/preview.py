"""One sheet that shows every perturbation at its five levels on a picture of the site."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb.applied import apply
from perturb.camera import Camera
from perturb.registry import PERTURBATIONS
from perturb.suites import conditions_of
from perturb.types import Condition, Perturbation, Pixels, Scene, Seed

Sheet = NDArray[np.uint8]

_TILE = 176
_LINE = 18
_GAP = 6
_INK, _PAPER = (20, 20, 20), 255


def contact_sheet(
    scene: Scene, names: Sequence[str] | None = None, camera: Camera | None = None, seed: Seed | None = None
) -> Sheet:
    """A row per perturbation (all that fit the picture unless named), a column per level: RGB uint8 (h, w, 3).

    Each tile is labelled with its severity and unit; the first column is the picture as it came.
    """
    fit = [p for p in PERTURBATIONS.values() if scene.pixels.ndim == 3 or "colour" not in p.needs]
    chosen = fit if names is None else [PERTURBATIONS[name] for name in names]
    rows = [_row(scene, item, camera, seed or Seed(0, "preview")) for item in chosen]
    return np.concatenate(rows, axis=0)


def _row(scene: Scene, item: Perturbation, camera: Camera | None, seed: Seed) -> Sheet:
    plain = _tile(scene.pixels, scene.bits, f"{item.name}")
    tiles = [plain, *(_shown(scene, c, camera, seed) for c in conditions_of(item))]
    return np.concatenate(tiles, axis=1)


def _shown(scene: Scene, condition: Condition, camera: Camera | None, seed: Seed) -> Sheet:
    done = apply(scene, condition, seed, camera)
    return _tile(done.pixels, scene.bits, f"{condition.level}: {condition.severity:g} {condition.unit}")


def _tile(pixels: Pixels, bits: int, label: str) -> Sheet:
    """The picture fitted into a square on white paper with its label above."""
    tile = np.full((_TILE + _LINE + _GAP, _TILE + _GAP, 3), _PAPER, np.uint8)
    height, width = pixels.shape[:2]
    ratio = _TILE / max(height, width)
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    how = cv2.INTER_AREA if ratio < 1 else cv2.INTER_NEAREST
    small = cv2.resize((pixels >> (bits - 8)).astype(np.uint8), size, interpolation=how)
    tile[_LINE : _LINE + size[1], : size[0]] = small if small.ndim == 3 else small[:, :, None]
    cv2.putText(tile, label, (2, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
    return tile
