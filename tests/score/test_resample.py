"""The shared resamples: the same for every cell, by group, and intervals that agree with scipy's."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from appliance.score.resample import Resamples, bca_intervals, percentile_intervals

RNG = np.random.default_rng(11)
RIGHT = RNG.random((150, 4)) < [0.95, 0.9, 0.6, 0.3]


def _weights(resamples: Resamples) -> np.ndarray:
    return np.concatenate(list(resamples.blocks()))


def test_every_resample_draws_as_many_groups_as_there_are() -> None:
    weights = _weights(Resamples.of(7, 150))
    assert weights.shape == (2000, 150)
    assert weights.dtype == np.uint8
    assert (weights.sum(axis=1) == 150).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(150), abs=0.15)


def test_equal_seeds_draw_equal_resamples_and_others_do_not() -> None:
    assert (_weights(Resamples.of(7, 30)) == _weights(Resamples.of(7, 30))).all()
    assert (_weights(Resamples.of(7, 30)) != _weights(Resamples.of(8, 30))).any()


def test_more_replicates_begin_with_the_same_ones() -> None:
    assert (_weights(Resamples.of(7, 30, replicates=250)) == _weights(Resamples.of(7, 30))[:250]).all()


def test_ratios_are_what_resampling_the_parts_gives() -> None:
    scored = RNG.random(RIGHT.shape) < 0.9
    resamples = Resamples.of(3, 150)
    found = resamples.ratios(RIGHT & scored, scored)
    for b in (0, 1234, 1999):
        drawn = np.repeat(np.arange(150), _weights(resamples)[b])
        expected = (RIGHT & scored)[drawn].sum(axis=0) / scored[drawn].sum(axis=0)
        assert found.replicates[b] == pytest.approx(expected)
    assert found.estimate == pytest.approx((RIGHT & scored).sum(axis=0) / scored.sum(axis=0))
    left = np.delete(RIGHT & scored, 5, axis=0).sum(axis=0) / np.delete(scored, 5, axis=0).sum(axis=0)
    assert found.jackknife[5] == pytest.approx(left)


def test_groups_are_drawn_whole() -> None:
    groups = RNG.integers(0, 40, 150)
    resamples = Resamples.of(3, 150, groups)
    weights = _weights(resamples)
    assert weights.shape == (2000, len(np.unique(groups)))
    by_part = weights[10][np.unique(groups, return_inverse=True)[1]]
    found = resamples.ratios(RIGHT, np.ones_like(RIGHT)).replicates[10]
    assert found == pytest.approx((RIGHT * by_part[:, None]).sum(axis=0) / by_part.sum())


@pytest.mark.parametrize("method", ["percentile", "BCa"])
def test_intervals_agree_with_scipy(method: str) -> None:
    ours = percentile_intervals if method == "percentile" else bca_intervals
    ratios = Resamples.of(2, 150, replicates=10_000).ratios(RIGHT, np.ones_like(RIGHT))
    low, high = ours(ratios)
    for i in range(4):
        sample = (RIGHT[:, i].astype(float),)
        scipys = bootstrap(sample, np.mean, n_resamples=10_000, method=method, rng=np.random.default_rng(4))
        expected = scipys.confidence_interval
        assert (low[i], high[i]) == pytest.approx((expected.low, expected.high), abs=0.011)  # parts of 1/150


def test_bca_of_one_set_of_replicates_is_scipys() -> None:
    """With scipy's own resamples in place of ours, the bounds are scipy's to the last digits."""
    sample = RNG.exponential(size=40)
    scipys = bootstrap((sample,), np.mean, n_resamples=2000, method="BCa", rng=np.random.default_rng(4))
    resamples = Resamples.of(1, 40)
    ratios = resamples.ratios(sample[:, None], np.ones((40, 1)))
    own = type(ratios)(ratios.estimate, scipys.bootstrap_distribution[:, None], ratios.jackknife)
    low, high = bca_intervals(own)
    expected = scipys.confidence_interval
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), rel=1e-5)


def test_a_mean_over_columns_is_resampled_together() -> None:
    ratios = Resamples.of(3, 150).ratios(RIGHT, np.ones_like(RIGHT))
    mean = ratios.mean([0, 2])
    assert mean.estimate == pytest.approx([RIGHT[:, [0, 2]].mean()])
    assert mean.replicates[:, 0] == pytest.approx(ratios.replicates[:, [0, 2]].mean(axis=1))
    assert np.isnan(ratios.mean([]).estimate).all()
    assert np.isnan(bca_intervals(ratios.mean([]))).all()


def test_nothing_scored_and_one_group_have_no_interval() -> None:
    never = np.zeros((150, 1), bool)
    low, high = bca_intervals(Resamples.of(3, 150).ratios(never, never))
    assert np.isnan([low[0], high[0]]).all()
    low, high = bca_intervals(Resamples.of(3, 150, np.zeros(150, int)).ratios(RIGHT, np.ones_like(RIGHT)))
    assert np.isnan(np.concatenate([low, high])).all()


def test_no_variation_gives_a_point() -> None:
    always = np.ones((150, 1), bool)
    low, high = bca_intervals(Resamples.of(3, 150).ratios(always, always))
    assert (low[0], high[0]) == (1.0, 1.0)
