"""The area under the curve and the sample that cards are fitted on."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from appliance.fit import EACH, auroc, draw_sample
from appliance.parts.read import read_folder
from appliance.parts.walk import walk
from appliance.sections.parts import PartsSection
from tests.site.models import blue_parts


@given(st.lists(st.integers(-4, 4), min_size=4, max_size=40))
def test_auroc_is_scikit_learns(scores: list[int]) -> None:
    ng = np.arange(len(scores)) % 3 == 0
    expected = roc_auc_score(ng, scores)
    assert auroc(np.array(scores, float), ng) == pytest.approx(expected)


def test_auroc_of_what_is_not_finite_is_none() -> None:
    assert np.isnan(auroc(np.array([np.nan, 1.0]), np.array([True, False])))


def test_the_sample_is_bounded_and_balanced(tmp_path: Path) -> None:
    found = read_folder(PartsSection(), walk(blue_parts(tmp_path, EACH + 9)))
    sample = draw_sample(found.parts, None)
    assert sample.ng.sum() == (~sample.ng).sum() <= EACH
    assert sample.ng.sum() >= EACH // 2
    assert len(sample.pictures) == len(sample.ng)
