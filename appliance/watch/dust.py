"""Spots that stay in the same place of every picture: dust on the lens or the sensor, not on the parts.

Dust takes the same share of the light from every picture, so that all quartiles over many pictures are darker there
against their surround than in the reference pictures; a part that moves, or a mix of parts, changes some of them only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 512
"""Pictures are looked at with this longer side: dust is out of focus, so nothing finer matters."""

DEEP = 0.025
"""A spot takes at least this share of the light."""

LEAST_WIDE = 9
"""Pixels (of `SIDE`) that a spot spans in every direction: a grain before the sensor is far out of focus."""

FEWEST = 24
"""Pictures that quartiles need."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Spots:
    """New spots: how many, the share of the picture they cover, the deepest (share of the light it takes), where."""

    count: int
    area: float
    depth: float
    places: tuple[tuple[float, float], ...]  # x and y from the left and the top, 0..1, deepest first


def new_spots(pictures: Sequence[NDArray[np.generic]], reference: Sequence[NDArray[np.generic]]) -> Spots | None:
    """Spots in `pictures` that `reference` does not have.

    None where there are too few of either, their shapes differ, or the reference pictures are too unlike one another:
    one half of them shows spots against the other.
    """
    if min(len(pictures), len(reference)) < FEWEST:
        return None
    if len({picture.shape[:2] for picture in (*pictures, *reference)}) != 1:
        return None
    half = len(reference) // 2
    if _darker(reference[:half], reference[half:]).count or _darker(reference[half:], reference[:half]).count:
        return None
    return _darker(pictures, reference)


def _darker(pictures: Sequence[NDArray[np.generic]], reference: Sequence[NDArray[np.generic]]) -> Spots:
    ratio = (standing(pictures) / np.maximum(standing(reference), 1e-3)).max(axis=0)
    return _spots(np.minimum(ratio, 1.0).astype(np.float32))


def standing(pictures: Iterable[NDArray[np.generic]]) -> Floats:
    """(3, h, w) what stays in the same place: quartiles over pictures of each one's light over its surround's."""
    stack = np.stack([_against_surround(small(picture)) for picture in pictures])
    return np.quantile(stack, (0.25, 0.5, 0.75), axis=0).astype(np.float32)


def small(picture: NDArray[np.generic]) -> Floats:
    """The picture's light, mono, its longer side `SIDE`, as float32."""
    mono = picture.astype(np.float32)
    mono = mono.mean(axis=2) if mono.ndim == 3 else mono
    scale = min(SIDE / max(mono.shape), 1.0)
    size = (max(round(mono.shape[1] * scale), 1), max(round(mono.shape[0] * scale), 1))
    return np.asarray(cv2.resize(mono, size, interpolation=cv2.INTER_AREA), np.float32)


def _against_surround(light: Floats) -> Floats:
    around = cv2.GaussianBlur(light, (0, 0), max(light.shape) / 8)
    return np.asarray((light + 1.0) / (around + 1.0), np.float32)


def _spots(ratio: Floats) -> Spots:
    """Connected places where the ratio, smoothed, lies below 1 - DEEP and that are wide in both directions."""
    smooth = cv2.GaussianBlur(ratio, (0, 0), 2.0)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (LEAST_WIDE, LEAST_WIDE))
    dark = cv2.morphologyEx((smooth < 1.0 - DEEP).astype(np.uint8), cv2.MORPH_OPEN, disc)
    count, _, stats, centres = cv2.connectedComponentsWithStats(dark)
    found = []
    for label in range(1, count):
        x, y, w, h, area = stats[label]
        found.append((float(smooth[y : y + h, x : x + w].min()), int(area), centres[label]))
    found.sort(key=lambda spot: spot[0])
    height, width = ratio.shape
    return Spots(
        count=len(found),
        area=sum(area for _, area, _ in found) / ratio.size,
        depth=1.0 - found[0][0] if found else 0.0,
        places=tuple((float(c[0] / width), float(c[1] / height)) for _, _, c in found),
    )
