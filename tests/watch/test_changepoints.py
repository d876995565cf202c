import numpy as np
import pytest

from appliance.watch.changepoints import change_points, last_change


def noise(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(n)


def test_a_step_is_found_where_it_is() -> None:
    series = noise(1, 120) + np.where(np.arange(120) >= 70, 2.0, 0.0)
    (change,) = change_points(list(series))
    assert abs(change.first - 70) <= 3
    assert change.low <= 70 <= change.high
    assert change.after - change.before == pytest.approx(2.0, abs=0.5)


def test_two_steps() -> None:
    series = noise(2, 150) + np.select([np.arange(150) < 50, np.arange(150) < 100], [0.0, 3.0], -1.0)
    found = change_points(list(series))
    assert [round(change.first, -1) for change in found] == [50, 100]
    assert last_change(list(series)) == found[-1]


def test_a_level_series_seldom_has_a_change() -> None:
    hits = sum(bool(change_points(list(noise(seed, 100)))) for seed in range(200))
    assert hits <= 10  # at most 5 %


def test_nothing_is_found_in_nothing() -> None:
    assert change_points([]) == []
    assert change_points([1.0, 2.0]) == []
    assert change_points([0.0] * 50) == []


def test_the_place_is_in_its_range_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        series = noise(seed, 60) + np.where(np.arange(60) >= 30, 1.5, 0.0)
        found = change_points(list(series))
        held += len(found) == 1 and found[0].low <= 30 <= found[0].high
    assert held >= 180
