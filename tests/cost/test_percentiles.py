"""Bounds hold as often as they say, on independent and on dependent latencies; what n does not support is None."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import rankdata

from appliance.cost.percentiles import SMALLEST_N, _ranks, effective_n, most_over, quantiles, upper_percentile
from appliance.score.intervals import percentile_upper


def _ar1(rng: np.random.Generator, n: int, phi: float) -> np.ndarray:
    return lfilter([1.0], [1.0, -phi], rng.normal(size=n + 200))[200:]


@pytest.mark.parametrize(("p", "n"), SMALLEST_N.items())
def test_the_smallest_n_that_supports_a_bound_is_the_rules(p: float, n: int) -> None:
    samples = np.arange(n, dtype=float)
    assert upper_percentile(samples[1:], p) is None
    assert upper_percentile(samples, p) == n - 1


def test_independent_samples_give_the_plain_order_statistic() -> None:
    samples = np.random.default_rng(0).exponential(size=2000)
    assert upper_percentile(samples, 0.99) == percentile_upper(samples, 0.99)


def test_a_worth_below_n_widens_the_bound_and_can_take_it_away() -> None:
    samples = np.random.default_rng(1).exponential(size=2000)
    full, half = upper_percentile(samples, 0.99), upper_percentile(samples, 0.99, 700)
    assert full is not None
    assert half is not None
    assert half > full
    assert upper_percentile(samples, 0.99, 458.0) is None


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.8])
def test_effective_n_of_an_autoregression_is_its_closed_form(phi: float) -> None:
    """AR(1): n (1 - phi) / (1 + phi)."""
    rng = np.random.default_rng(2)
    found = np.mean([effective_n(_ar1(rng, 4000, phi)) for _ in range(20)]) / 4000
    assert found == pytest.approx((1 - phi) / (1 + phi), rel=0.25)


@pytest.mark.parametrize(
    "values", [[3.0], [2.0, 1.0, 2.0, 2.0, 5.0], np.random.default_rng(4).integers(0, 9, 200) / 2.0]
)
def test_ranks_are_scipys(values: list[float]) -> None:
    assert _ranks(np.asarray(values)).tolist() == rankdata(values).tolist()


def test_a_fresh_process_does_not_load_all_of_scipys_statistics() -> None:
    """It would add half a second to the start of every measurement."""
    code = "import sys, appliance.cost.trial, appliance.cost.fresh; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_slow_parts_in_clusters_are_worth_few() -> None:
    rng = np.random.default_rng(3)
    calm = rng.normal(10, 0.1, 1000)
    scattered, clustered = calm.copy(), calm.copy()
    scattered[rng.permutation(1000)[:120]] += 5
    clustered[400:520] += 5
    assert effective_n(clustered) < 0.1 * effective_n(scattered)


def test_what_does_not_vary_is_worth_all_of_it() -> None:
    assert effective_n(np.full(50, 3.0)) == 50
    assert effective_n([1.0, 2.0]) == 2
    assert effective_n(np.tile([1.0, 2.0], 50)) == 100


def test_the_bound_covers_the_true_quantile_of_dependent_latencies() -> None:
    """A 99 % bound: of 300 series it misses a handful at most; without the effective n it would miss far more."""
    rng = np.random.default_rng(4)
    truth, missed, naive = 1.2816, 0, 0  # 90 % quantile of a standard normal
    for _ in range(300):
        series = _ar1(rng, 1500, 0.8) * np.sqrt(1 - 0.8**2)
        bound, plain = upper_percentile(series, 0.9, effective_n(series)), upper_percentile(series, 0.9)
        missed += bound is not None and bound < truth
        naive += plain is not None and plain < truth
    assert missed <= 12
    assert naive > 20


def test_quantiles_run_from_least_to_largest() -> None:
    found = quantiles([3.0, 1.0, 2.0])
    assert (len(found), found[0], found[50], found[100]) == (101, 1.0, 2.0, 3.0)
    assert quantiles([]) == ()


def test_none_of_nothing() -> None:
    assert most_over(0, 0.5) is None
