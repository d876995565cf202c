"""Schedules of arrivals, and lines that cannot be."""

from itertools import islice

import numpy as np
import pytest

from appliance.cost.loads import Line, arrivals, checked
from appliance.errors import UsageError


def test_parts_arrive_at_the_takt_within_the_jitter_and_the_same_each_time() -> None:
    line = Line(0.5, 0.1)
    seen = np.array(list(islice(arrivals(line, 3), 200)))
    shift = seen - 0.5 * np.arange(1, 201)
    assert np.abs(shift).max() <= 0.1
    assert np.std(shift) == pytest.approx(0.1 / np.sqrt(3), rel=0.15)
    assert list(islice(arrivals(line, 3), 200)) == seen.tolist()
    assert (np.diff(seen) > 0).all()


def test_the_gate_is_the_takt_where_no_deadline_is_set() -> None:
    assert Line(0.5).gate_s == 0.5
    assert Line(0.5, deadline_s=0.2).gate_s == 0.2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (Line(0.0), "a takt of 0 s"),
        (Line(float("nan")), "a takt of nan s"),
        (Line(float("inf")), "a takt of inf s"),
        (Line(1.0, 0.5), "overtake"),
        (Line(1.0, -0.1), "a jitter of -0.1 s"),
        (Line(1.0, float("nan")), "a jitter of nan s"),
        (Line(1.0, cameras=0), "0 cameras"),
        (Line(1.0, cameras=1000), "1000 cameras"),
        (Line(1.0, deadline_s=-1.0), "a deadline of -1 s"),
    ],
)
def test_a_line_that_cannot_be_is_refused(line: Line, says: str) -> None:
    with pytest.raises(UsageError, match=says) as refused:
        checked(line)
    assert refused.value.mend
