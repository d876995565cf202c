"""Sheets that show perturbations at their five levels on a picture of the site: a group after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np
from numpy.typing import NDArray

from perturb import cv
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
    """What a sheet shows: which levels of the whole picture or (`close`) its middle at full size, `side` px wide."""

    levels: tuple[int, ...] = (1, 2, 3, 4, 5)
    close: bool = False
    side: int = _TILE


@dataclass(frozen=True)
class Shown:
    """A perturbation and its pictures, small: each with its condition; the picture as it came is first and has none."""

    item: Perturbation
    pictures: tuple[tuple[Condition | None, Pixels], ...]


def fitting(scene: Scene, names: Sequence[str] | None = None) -> list[Perturbation]:
    """The perturbations named, or all that fit the picture in chain order. PerturbError for no such name."""
    if names is not None:
        return [find(Condition(name, 0.0)) for name in names]
    return [p for p in PERTURBATIONS.values() if scene.pixels.ndim == 3 or "colour" not in p.needs]


def show(scene: Scene, item: Perturbation, camera: Camera | None, seed: Seed, view: View) -> Shown:
    """The picture as it came and under the levels of `view`, each made whole and then cut or shrunk for the view."""
    small = _middle if view.close else _shrunk
    made = ((c, apply(scene, c, seed, camera).pixels) for c in conditions_of(item, view.levels))
    return Shown(item, ((None, small(scene.pixels, view.side)), *((c, small(done, view.side)) for c, done in made)))


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
    seed, view = seed or Seed(0, "preview"), view or View()
    return sheet_of([show(scene, item, camera, seed, view) for item in fitting(scene, names)], scene.bits)


def sheet_of(rows: Sequence[Shown], bits: int) -> Sheet:
    """The rows one below the other: RGB uint8 (h, w, 3)."""
    return np.concatenate([_row(row, bits) for row in rows], axis=0)


def pages(rows: Sequence[Shown], most: int = 5) -> dict[str, tuple[Shown, ...]]:
    """The rows in pages of one group and at most `most` rows, which a screen shows whole: `sensor-2` -> its rows."""
    found: dict[str, tuple[Shown, ...]] = {}
    for group, members in groupby(rows, lambda row: str(row.item.group)):
        held = tuple(members)
        parts = [held[at : at + most] for at in range(0, len(held), most)]
        for number, part in enumerate(parts, 1):
            found[group if len(parts) == 1 else f"{group}-{number}"] = part
    return found


def _row(shown: Shown, bits: int) -> Sheet:
    tiles = [_tile(pixels, bits, _label(shown.item, condition)) for condition, pixels in shown.pictures]
    return np.concatenate(tiles, axis=1)


def _label(item: Perturbation, condition: Condition | None) -> str:
    return item.name if condition is None else f"{condition.level}: {condition.severity:g} {condition.unit}"


def _middle(pixels: Pixels, side: int) -> Pixels:
    """As much of the picture's middle as fills `side`; a copy, so that the whole can go."""
    top, left = (max(0, (have - side) // 2) for have in pixels.shape[:2])
    return pixels[top : top + side, left : left + side].copy()


def _shrunk(pixels: Pixels, side: int) -> Pixels:
    """The picture with its longer side at most `side`."""
    ratio = side / max(pixels.shape[:2])
    return pixels if ratio >= 1 else _sized(pixels, ratio, cv2.INTER_AREA)


def _sized(pixels: cv.A, ratio: float, how: int) -> cv.A:
    height, width = (max(1, round(have * ratio)) for have in pixels.shape[:2])
    return cv.resized(pixels, height, width, how)


def _tile(pixels: Pixels, bits: int, label: str) -> Sheet:
    """The picture fitted into a square on white paper with its label above."""
    tile = np.full((_TILE + _LINE + _GAP, _TILE + _GAP, 3), _PAPER, np.uint8)
    small = (pixels >> (bits - 8)).astype(np.uint8)
    ratio = _TILE / max(small.shape[:2])
    if ratio != 1:
        small = _sized(small, ratio, cv2.INTER_AREA if ratio < 1 else cv2.INTER_NEAREST)
    height, width = small.shape[:2]
    tile[_LINE : _LINE + height, :width] = small if small.ndim == 3 else small[:, :, None]
    cv2.putText(tile, label, (2, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
    return tile
