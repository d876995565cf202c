"""What grouped parts are worth, and that a further failure never looks like better news."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, t

from appliance.log.types import RunRecord
from appliance.score.cells import cell_scores
from appliance.score.clusters import correlation, ladder
from appliance.score.grid import Reader, read_grid
from appliance.score.intervals import rate, rate_of
from appliance.score.types import Rate
from tests.score.build import CLEAN, decided, drawn, member_rows, part_rows, record, sweep

Groups = list[tuple[int, int]]
GROUPS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=25)
ICCS = st.sampled_from([0.0, 0.05, 0.3, 0.8, 1.0])


def _arrays(pairs: Groups) -> tuple[np.ndarray, np.ndarray]:
    """Hits and parts of each group from two numbers in any order."""
    return np.array([min(pair) for pair in pairs]), np.array([max(pair) for pair in pairs])


def _rate(hits: np.ndarray, size: np.ndarray, icc: float) -> Rate:
    return rate(int(hits.sum()), int(size.sum()), (hits, size), icc)


@given(GROUPS, st.lists(st.integers(0, 8), min_size=25, max_size=25), ICCS)
def test_more_failures_never_lower_a_bound(pairs: Groups, more: list[int], icc: float) -> None:
    """Whichever parts fail in addition, in one group or in many, from zero failures up to all."""
    hits, size = _arrays(pairs)
    worse = np.minimum(hits + more[: len(hits)], size)
    before, after = _rate(hits, size, icc), _rate(worse, size, icc)
    assert after.upper >= before.upper - 1e-12
    assert after.high >= before.high - 1e-12
    assert after.low >= before.low - 1e-12


@given(GROUPS, ICCS)
def test_one_failure_after_the_other(pairs: Groups, icc: float) -> None:
    hits, size = _arrays(pairs)
    order = np.random.default_rng(int(size.sum())).permutation(np.repeat(np.arange(len(size)), hits))
    uppers = [_rate(np.bincount(order[:k], minlength=len(size)), size, icc).upper for k in range(len(order) + 1)]
    assert (np.diff(uppers) >= -1e-12).all()


@given(GROUPS, ICCS)
def test_groups_never_add_evidence(pairs: Groups, icc: float) -> None:
    hits, size = _arrays(pairs)
    k, n = int(hits.sum()), int(size.sum())
    found, alone = _rate(hits, size, icc), rate(k, n)
    assert found.n_eff <= n
    assert found.low <= alone.low + 1e-12
    assert found.high >= alone.high - 1e-12
    assert n == 0 or found.low <= k / n <= found.upper <= found.high + 1e-12


@given(GROUPS, ICCS)
def test_misses_mirror_hits(pairs: Groups, icc: float) -> None:
    hits, size = _arrays(pairs)
    found, mirrored = _rate(hits, size, icc), _rate(size - hits, size, icc)
    if found.n:
        assert (found.low, found.high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low), abs=1e-12)


@given(GROUPS, st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_stronger_correlation_is_never_narrower(pairs: Groups, iccs: list[float]) -> None:
    weak, strong = (_rate(*_arrays(pairs), icc) for icc in sorted(iccs))
    assert weak.upper <= strong.upper + 1e-12
    assert weak.low >= strong.low - 1e-12


def test_groups_of_one_change_nothing() -> None:
    hits = np.arange(50) % 7 == 0
    assert rate_of(hits, np.arange(50), 0.7) == rate_of(hits)
    assert rate_of(hits, np.arange(50)).upper == rate_of(hits).upper


def test_a_group_counts_as_one_part_where_it_fails_as_one() -> None:
    clean = rate_of(np.zeros(480, bool), np.repeat(np.arange(240), 2), 1.0)
    assert clean.n_eff == 240
    assert clean.upper == pytest.approx(0.0124, abs=5e-5)
    hits = np.arange(100) % 9 == 0
    twice, once = rate_of(np.repeat(hits, 2), np.repeat(np.arange(100), 2)), rate_of(hits)
    assert twice.n_eff == pytest.approx(once.n_eff, rel=0.03)  # a little less for the estimated variance
    assert twice.upper == pytest.approx(once.upper, rel=0.03)


def test_one_and_two_escapes_among_pairs() -> None:
    """What an engineer reads down a table of sizes: 240 parts in 120 pairs, 0 to 3 escapes, each in its own pair."""
    pairs = np.repeat(np.arange(120), 2)
    for icc in (0.0, 0.3, 1.0):
        uppers = [rate_of(np.isin(np.arange(240), range(0, 2 * k, 2)), pairs, icc).upper for k in range(4)]
        assert uppers == sorted(uppers)
        assert rate(0, 240).upper <= uppers[0] <= rate(0, 120).upper + 1e-12


def test_a_single_lot_is_worth_one_part() -> None:
    assert rate_of(np.arange(40) < 3, np.zeros(40, np.intp), 0.0).n_eff == 1.0


def test_own_failures_by_the_textbook() -> None:
    """Korn-Graubard's two formulas, written out for five lots in a run that shows no correlation."""
    hits, size = np.array([4.0, 0.0, 1.0, 3.0, 0.0]), np.array([10.0, 12.0, 8.0, 10.0, 10.0])
    n, p = 50.0, 8 / 50
    variance = 5 / 4 * sum((h - p * m) ** 2 for h, m in zip(hits, size, strict=True)) / n**2
    deff = variance / (p * (1 - p) / n)
    assert deff > 1
    k, worth = ladder(hits, size, 0.0)
    assert k[-1] == 8
    assert worth[-1] == pytest.approx(n / deff * (t.ppf(0.975, 49) / t.ppf(0.975, 4)) ** 2)


def test_pooled_parts_by_the_textbook() -> None:
    """Kish's design effect 1 + (m - 1) icc of 100 lots of ten, and none failed."""
    _, worth = ladder(np.zeros(100), np.full(100, 10.0), 0.2)
    assert worth[-1] == pytest.approx(1000 / (1 + 9 * 0.2) * (t.ppf(0.975, 999) / t.ppf(0.975, 99)) ** 2)


def _cells(hits: list[int], size: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    parts = np.concatenate([np.arange(m) < x for x, m in zip(hits, size, strict=True)])[:, None]
    return parts, np.ones_like(parts), np.repeat(np.arange(len(size)), size)


def test_correlation_by_hand() -> None:
    """Fleiss-Cuzick of 20 pairs: 4 twice hit, 4 once hit, p = 12 / 40: 1 - 4 * 1/2 / (20 * 0.3 * 0.7) = 11 / 21.

    Eight pairs show hits; the bound that 84 % leave of a share of 11/21 in eight is Beta(1 + 8 icc, 8 - 8 icc)'s.
    """
    found = correlation(*_cells([2] * 4 + [1] * 4 + [0] * 12, [2] * 20))
    assert found == pytest.approx(beta.ppf(0.84, 1 + 8 * 11 / 21, 8 * 10 / 21))


def test_correlation_of_little_and_of_nothing() -> None:
    """No failure says nothing, one hardly anything; many single ones say that groups do not matter."""
    found = [correlation(*_cells([1] * k + [0] * (200 - k), [2] * 200)) for k in (0, 1, 3, 10, 100)]
    assert found[0] == 1.0
    assert found[1] == pytest.approx(0.84)
    assert found == sorted(found, reverse=True)
    assert found[-1] < 0.03
    assert correlation(*_cells([2] * 5 + [0] * 20, [2] * 25)) == 1.0
    assert correlation(*_cells([1] * 5 + [0] * 20, [1] * 25)) == 1.0  # nothing stands together


def test_parts_that_do_not_count_do_not_speak() -> None:
    hits, counted, groups = _cells([1] * 10 + [0] * 40, [2] * 50)
    more = np.append(groups, np.arange(10))
    padded = np.concatenate([hits, np.ones((10, 1), bool)]), np.concatenate([counted, np.zeros((10, 1), bool)])
    assert correlation(*padded, more) == correlation(hits, counted, groups)


def test_a_run_pools_over_its_cells() -> None:
    """Under blur pairs fail together: the clean cell, with a single escape, is judged by that too."""
    truth, groups = [True] * 200, [f"g{i // 2}" for i in range(200)]
    one = np.arange(200) != 7
    uppers = []
    for blurred in (np.arange(200) >= 40, np.arange(200) % 2 != 0):  # 20 whole pairs; one part of each pair
        cells = {("S", "clean"): decided(one, truth), ("S", "blur@1"): decided(blurred, truth)}
        run, reader = record(cells, part_rows(truth, groups), member_rows(["S"]), (CLEAN, *sweep("blur", (1,))))
        uppers.append(_clean_upper(run, reader))
    together, apart = uppers
    assert together == pytest.approx(rate(1, 200, _pairs(1), 1.0).upper, rel=0.05)
    assert apart < 0.75 * together


def _pairs(k: int) -> tuple[np.ndarray, np.ndarray]:
    return (np.arange(100) < k).astype(float), np.full(100, 2.0)


def _clean_upper(run: RunRecord, reader: Reader) -> float:
    return cell_scores(read_grid(run, reader), "classification")["S", "clean"].escape.upper


def test_bounds_of_a_whole_run_rise_with_failures_that_lie_apart() -> None:
    """Down the table of a drawn run, cells whose failures hit no group twice are ordered as their failures are."""
    run, reader = drawn(parts=400, groups=[f"g{i // 2}" for i in range(400)])
    rates = [cell.escape for cell in cell_scores(read_grid(run, reader), "classification").values()]
    alike = max(found.n_eff for found in rates)
    plain = sorted((found for found in rates if found.n_eff == alike), key=lambda found: found.k)
    assert len(plain) > 3
    assert [found.upper for found in plain] == sorted(found.upper for found in plain)
