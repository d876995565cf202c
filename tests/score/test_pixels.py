"""Anomaly maps against scikit-learn, a brute-force curve, and figures worked by hand."""

import numpy as np
import pytest
from scipy import ndimage
from sklearn.metrics import roc_auc_score

from appliance.score.pixels import aupro, pixel_auroc


def _drawn(seed: int, ties: bool) -> tuple[list[np.ndarray], list[np.ndarray]]:
    rng = np.random.default_rng(seed)
    masks = [ndimage.binary_dilation(rng.random((12, 14)) < 0.02) for _ in range(4)] + [np.zeros((12, 14), bool)]
    maps = [mask * rng.random() + rng.normal(0, 0.5, mask.shape) for mask in masks]
    return [np.round(m, 1) for m in maps] if ties else maps, masks


def _brute_force(maps: list[np.ndarray], masks: list[np.ndarray], limit: float) -> float:
    """Every threshold in turn, every defect on its own; the curve is resampled finely to find its area."""
    regions = [
        (i, np.argwhere(lab == r + 1))
        for i, (lab, count) in enumerate(ndimage.label(m, np.ones((3, 3))) for m in masks)
        for r in range(count)
    ]
    fpr, pro = [0.0], [0.0]
    for threshold in np.unique(np.concatenate([m.ravel() for m in maps]))[::-1]:
        found = [m >= threshold for m in maps]
        false = sum((f & ~m).sum() for f, m in zip(found, masks, strict=True))
        fpr.append(false / sum((~m).sum() for m in masks))
        pro.append(float(np.mean([found[i][tuple(where.T)].mean() for i, where in regions])))
    area = 0.0
    for x0, x1, y0, y1 in zip(fpr, fpr[1:], pro, pro[1:], strict=False):
        if x0 < limit and x1 > x0:
            end = min(x1, limit)
            area += (end - x0) * (y0 + (y0 + (y1 - y0) * (end - x0) / (x1 - x0))) / 2
    return area / limit


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_aupro_agrees_with_brute_force(seed: int, ties: bool) -> None:
    maps, masks = _drawn(seed, ties)
    assert aupro(maps, masks) == pytest.approx(_brute_force(maps, masks, 0.30), abs=1e-9)
    assert aupro(maps, masks, 0.05) == pytest.approx(_brute_force(maps, masks, 0.05), abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_aupro_of_one_pixel_defects_is_the_partial_roc(seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = np.zeros((15, 15), bool)
    mask[::3, ::3] = True
    score = rng.normal(size=mask.shape) + mask
    # over the whole range and one pixel a defect, per-region overlap is the plain true-positive rate
    assert aupro([score], [mask], 1.0) == pytest.approx(roc_auc_score(mask.ravel(), score.ravel()))


def test_aupro_by_hand() -> None:
    # two defects of 1 and 2 pixels, 10 good pixels; found: the small one first, then one good pixel (FPR 0.1),
    # half of the large one, another good pixel (FPR 0.2), the rest
    mask = np.zeros((1, 13), bool)
    mask[0, [0, 5, 6]] = True
    score = np.zeros((1, 13))
    score[0, [0, 1, 5, 2, 6]] = [9, 8, 7, 6, 5]
    # overlap 0.5 up to FPR 0.1, 0.75 up to 0.2, then 1 up to the limit of 0.3
    assert aupro([score], [mask], 0.30) == pytest.approx((0.5 * 0.1 + 0.75 * 0.1 + 1.0 * 0.1) / 0.3)


def test_pixel_auroc_agrees_with_scikit_learn() -> None:
    maps, masks = _drawn(9, ties=True)
    expected = roc_auc_score(np.concatenate(masks).ravel(), np.concatenate(maps).ravel())
    assert pixel_auroc(maps, masks) == pytest.approx(expected)


def test_a_perfect_and_a_blind_map() -> None:
    mask = np.zeros((8, 8), bool)
    mask[2:4, 2:4] = True
    assert aupro([mask.astype(float)], [mask]) == 1.0
    assert aupro([np.zeros((8, 8))], [mask]) == pytest.approx(0.15)  # the diagonal: half of 0.3


@pytest.mark.parametrize("mask", [np.zeros((3, 3), bool), np.ones((3, 3), bool)], ids=["no defect", "all defect"])
def test_undefined_with_one_kind_of_pixel(mask: np.ndarray) -> None:
    assert np.isnan(aupro([np.zeros((3, 3))], [mask]))
    assert np.isnan(pixel_auroc([np.zeros((3, 3))], [mask]))


def test_undefined_without_maps() -> None:
    assert np.isnan([aupro([], []), pixel_auroc([], [])]).all()
