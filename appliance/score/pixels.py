"""Scores of anomaly maps against defect masks, pixel by pixel and defect by defect."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label

from appliance.score.decisions import NAN, auroc

Map = NDArray[np.floating]
Mask = NDArray[np.bool_]

PRO_LIMIT = 0.30
EIGHT_NEIGHBOURS = np.ones((3, 3), np.int8)


def pixel_auroc(maps: Sequence[Map], masks: Sequence[Mask]) -> float:
    """AUROC over the pixels of all parts, 0..1; maps and masks (h, w) in pairs, True = defect; NaN for one kind."""
    return auroc(*_flat(maps, masks)) if maps else NAN


def aupro(maps: Sequence[Map], masks: Sequence[Mask], limit: float = PRO_LIMIT) -> float:
    """Area under the per-region overlap curve up to the false-positive rate `limit`, over `limit`; 0..1.

    Per threshold: the mean, over connected defects (8 neighbours) of all parts, of the share of the defect found,
    against the share of defect-free pixels marked (Bergmann et al., IJCV 129, 2021, section 4.2). Linear between
    thresholds. maps, masks: (h, w) in pairs. NaN without a defect or without a defect-free pixel.
    """
    if not maps:
        return NAN
    defect, score = _flat(maps, masks)
    if defect.all() or not defect.any():
        return NAN
    order = np.argsort(-score, kind="stable")
    last_of_tie = np.append(np.diff(score[order]) != 0, True)
    overlap = np.cumsum(_region_weights(masks)[order])[last_of_tie]
    marked = np.cumsum(~defect[order])[last_of_tie] / np.count_nonzero(~defect)
    return _area_up_to(np.insert(marked, 0, 0.0), np.insert(overlap, 0, 0.0), limit) / limit


def _region_weights(masks: Sequence[Mask]) -> NDArray[np.float64]:
    """Per pixel what finding it adds to the mean overlap: 1 / (pixels of its defect x defects); 0 off the defects."""
    shares = [_shares(mask) for mask in masks]
    regions = sum(found for _, found in shares)
    return np.concatenate([share.ravel() for share, _ in shares]) / regions


def _shares(mask: Mask) -> tuple[NDArray[np.float64], int]:
    regions, found = label(mask, structure=EIGHT_NEIGHBOURS)
    size = np.bincount(regions.ravel(), minlength=found + 1)
    per_region = np.where(np.arange(found + 1) > 0, 1.0 / np.maximum(size, 1), 0.0)
    return per_region[regions], int(found)


def _area_up_to(x: NDArray[np.float64], y: NDArray[np.float64], limit: float) -> float:
    """Trapezoid area of y over x from 0 to `limit`, cut by interpolation; x ascends from 0."""
    inside = x <= limit
    cut = np.interp(limit, x, y)
    return float(np.trapezoid(np.append(y[inside], cut), np.append(x[inside], limit)))


def _flat(maps: Sequence[Map], masks: Sequence[Mask]) -> tuple[NDArray[np.bool_], NDArray[np.floating]]:
    defect = np.concatenate([np.asarray(mask, np.bool_).ravel() for mask in masks])
    return defect, np.concatenate([scores.ravel() for scores in maps])
