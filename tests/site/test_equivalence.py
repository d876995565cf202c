"""The equivalence gate against numbers worked out by hand."""

import numpy as np
import pytest
from scipy.stats import beta

from appliance.equivalence import equivalence
from appliance.errors import InputRefused
from appliance.log.types import Outcomes


def outcomes(score: list[float], cls: list[int] | None = None) -> Outcomes:
    values = np.array(score, np.float32)
    return Outcomes(values, values > 0, None if cls is None else np.array(cls, np.int16))


def test_by_hand() -> None:
    before = outcomes([-2.0, -1.0, 1.0, 2.0])
    after = outcomes([-2.0, 0.5, 1.25, 2.0])
    found = equivalence("m", "cpu fp32", "cuda fp32", before, after)
    assert (found.changed.k, found.changed.n) == (1, 4)
    assert found.largest == 1.5
    assert found.mean.estimate == pytest.approx((0 + 1.5 + 0.25 + 0) / 4)
    assert found.mean.low < found.mean.estimate < found.mean.high
    assert found.changed.high == pytest.approx(beta.ppf(0.975, 2, 3))
    assert found.beyond == pytest.approx(1 - 0.05 ** (1 / 4)), "no part of four was beyond: the rule of zero failures"
    assert not found.holds
    assert "1 of 4 decisions changed" in found.line()


def test_the_same_twice_holds_and_still_has_an_interval() -> None:
    same = outcomes([float(n) for n in range(240)])
    found = equivalence("m", "a", "b", same, same)
    assert found.holds
    assert found.largest == 0.0
    assert found.beyond == pytest.approx(0.0124, abs=1e-4)


def test_a_class_that_changes_is_a_decision_that_changes() -> None:
    found = equivalence("m", "a", "b", outcomes([1.0, 2.0], [1, 2]), outcomes([1.0, 2.0], [1, 3]))
    assert found.changed.k == 1


def test_a_part_without_a_score_does_not_hold() -> None:
    found = equivalence("m", "a", "b", outcomes([1.0, 2.0]), outcomes([1.0, float("nan")]))
    assert (found.silent, found.changed.n, found.holds) == (1, 1, False)
    assert "1 part without a score" in found.line()


def test_no_common_part_is_refused() -> None:
    with pytest.raises(InputRefused, match="no finite score"):
        equivalence("m", "a", "b", outcomes([float("nan")]), outcomes([1.0]))
