import numpy as np
import pytest

from appliance.watch.runlength import (
    bernoulli_run_length,
    cusum_limit,
    cusum_run_length,
    ewma_run_length,
    ewma_width,
    one_sided_cusum,
)


@pytest.mark.parametrize(
    ("found", "published"),
    [
        (ewma_run_length(0.2, 2.962), 499.7),
        (ewma_run_length(0.1, 2.814), 499.5),
        (cusum_run_length(0.5, 5.0), 465.4),
        (cusum_run_length(0.5, 4.0), 167.7),
        (cusum_run_length(0.5, 5.0, 1.0), 10.4),
    ],
)
def test_published_run_lengths(found: float, published: float) -> None:
    assert found == pytest.approx(published, abs=0.06)


def test_a_chart_in_both_directions_is_symmetric() -> None:
    assert ewma_run_length(0.2, 2.962, 1.0) == pytest.approx(ewma_run_length(0.2, 2.962, -1.0))
    assert cusum_run_length(0.5, 5.0, 1.0) == pytest.approx(cusum_run_length(0.5, 5.0, -1.0))
    assert cusum_run_length(0.5, 5.0) == pytest.approx(one_sided_cusum(0.5, 5.0) / 2)


def test_limits_for_a_run_length_are_the_inverse() -> None:
    assert ewma_width(0.2, 499.7) == pytest.approx(2.962, abs=0.001)
    assert cusum_limit(0.5, 465.4) == pytest.approx(5.0, abs=0.001)
    assert ewma_run_length(0.2, ewma_width(0.2, 100_000)) == pytest.approx(100_000, rel=0.001)


def test_bernoulli_run_length_by_hand() -> None:
    # Step 1/2, limit 1/2: B goes 0 -> 1/2 at a set flag (no alarm: it must exceed), then alarms at a second one.
    # From 0: T0 = 1 + p T1 + q T0; from 1/2: T1 = 1 + q T0. With p = q = 1/2: T0 = 6.
    assert bernoulli_run_length(0.5, 0.5, 0.5) == pytest.approx(6.0)


def test_bernoulli_run_length_by_simulation() -> None:
    draw, lengths = np.random.default_rng(5), []
    for _ in range(400):
        total, steps = 0, 0
        while total <= 60:  # in twentieths: limit 3, step 1/20
            total, steps = max(0, total + 20 * int(draw.random() < 0.1) - 1), steps + 1
        lengths.append(steps)
    assert np.mean(lengths) == pytest.approx(
        bernoulli_run_length(0.05, 3.0, 0.1), abs=4 * np.std(lengths) / len(lengths) ** 0.5
    )
