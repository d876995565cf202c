"""One sheet that shows every perturbation at its five levels on a picture of the site."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb.applied import apply, find
from perturb.camera import Camera
from perturb.registry import PERTURBATIONS
from perturb.suites import conditions_of
from perturb.types import Condition, Perturbation, Pixels, Scene, Seed

Sheet = NDArray[np.uint8]

_TILE = 176
_LINE = 18
_GAP = 6
_INK, _PAPER = (20, 20, 20), 255


@dataclass(frozen=True)
class View:
    """What a sheet shows: of which levels, of the whole picture or (`close`) its middle at full size."""

    levels: tuple[int, ...] = (1, 2, 3, 4, 5)
    close: bool = False


def contact_sheet(
    scene: Scene,
    names: Sequence[str] | None = None,
    camera: Camera | None = None,
    seed: Seed | None = None,
    view: View | None = None,
) -> Sheet:
    """A row per perturbation (all that fit the picture unless named), a column per level: RGB uint8 (h, w, 3).

    Each tile is labelled with its severity and unit; the first column is the picture as it came. PerturbError for a
    name that is unknown.
    """
    fit = [p for p in PERTURBATIONS.values() if scene.pixels.ndim == 3 or "colour" not in p.needs]
    chosen = fit if names is None else [find(Condition(name, 0.0)) for name in names]
    rows = [_row(scene, item, camera, seed or Seed(0, "preview"), view or View()) for item in chosen]
    return np.concatenate(rows, axis=0)


def _row(scene: Scene, item: Perturbation, camera: Camera | None, seed: Seed, view: View) -> Sheet:
    tiles = [_tile(scene.pixels, scene.bits, item.name, view)]
    for condition in conditions_of(item, view.levels):
        done = apply(scene, condition, seed, camera)
        tiles.append(
            _tile(done.pixels, scene.bits, f"{condition.level}: {condition.severity:g} {condition.unit}", view)
        )
    return np.concatenate(tiles, axis=1)


def _middle(pixels: Pixels) -> Pixels:
    """As much of the picture's middle as fills a tile."""
    top, left = (max(0, (side - _TILE) // 2) for side in pixels.shape[:2])
    return pixels[top : top + _TILE, left : left + _TILE]


def _tile(pixels: Pixels, bits: int, label: str, view: View) -> Sheet:
    """The picture fitted into a square on white paper with its label above."""
    if view.close:
        pixels = _middle(pixels)
    tile = np.full((_TILE + _LINE + _GAP, _TILE + _GAP, 3), _PAPER, np.uint8)
    height, width = pixels.shape[:2]
    ratio = _TILE / max(height, width)
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    how = cv2.INTER_AREA if ratio < 1 else cv2.INTER_NEAREST
    small = cv2.resize((pixels >> (bits - 8)).astype(np.uint8), size, interpolation=how)
    tile[_LINE : _LINE + size[1], : size[0]] = small if small.ndim == 3 else small[:, :, None]
    cv2.putText(tile, label, (2, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
    return tile
