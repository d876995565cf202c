"""The verdict begins with one short sentence and never says more than the parts show."""

from dataclasses import replace

import numpy as np
import pytest

from appliance.score.cells import empty_cell
from appliance.score.intervals import rate
from appliance.score.limits import limit_verdicts
from appliance.score.types import Interval, LimitVerdict, MemberScore, Pair
from appliance.score.verdict import Findings, shown_worse, verdict
from tests.score.build import CLEAN, LIMITS

NAN = float("nan")
NONE = Interval(NAN, NAN, NAN)


def _member(name: str, mean: float = NAN, escapes: int = 0, overkills: int = 0, n: int = 240) -> MemberScore:
    right = 2 * n - escapes - overkills
    cell = replace(
        empty_cell(name, "clean"),
        ok=n,
        ng=n,
        accuracy=rate(right, 2 * n),
        escape=rate(escapes, n),
        overkill=rate(overkills, n),
    )
    accuracy = Interval(mean, mean - 0.02, mean + 0.02)
    return MemberScore(name, 1, 1, cell, accuracy, NONE, "clean", mean, NONE, NAN, NAN)


def _pair(a: str, b: str, low: float, high: float, p: float, condition: str = "all") -> Pair:
    return Pair(a, b, condition, Interval((low + high) / 2, low, high), 1, 9, p, p)


def _limits(*members: MemberScore) -> tuple[LimitVerdict, ...]:
    return limit_verdicts({(m.name, "clean"): m.clean for m in members}, [CLEAN], LIMITS)


def _say(*members: MemberScore, pairs: tuple[Pair, ...] = (), limits: bool = False, perturbed: int = 40) -> str:
    return verdict(Findings(members, pairs, _limits(*members) if limits else (), perturbed, 480))


S, M, L = _member("S", 0.90), _member("M", 0.91), _member("L", 0.92)


def test_the_smallest_size_that_is_not_shown_to_be_worse() -> None:
    found = _say(S, M, L, pairs=(_pair("S", "L", 0.8, 3.2, 0.001), _pair("M", "L", -0.3, 2.3, 0.2)))
    assert found == (
        "Size M is the smallest size not shown to be worse than the best, L. Over 40 perturbed conditions M decides "
        "91.0 % of parts rightly against 92.0 % of L: difference 1.0 pp, 95 % interval -0.3 to 2.3 pp, with 480 parts."
    )


def test_small_differences_cannot_be_told_apart() -> None:
    found = _say(S, M, L, pairs=(_pair("S", "L", -0.8, 3.2, 0.3), _pair("M", "L", -0.3, 2.3, 0.2)))
    assert found.startswith("The 3 sizes cannot be told apart. Over 40 perturbed conditions S decides 90.0 % of parts")
    assert "with 480 parts" in found


def test_an_interval_clear_of_zero_is_not_enough_without_holm() -> None:
    assert not shown_worse(_pair("S", "L", 0.1, 3.2, 0.06), "S")
    assert not shown_worse(_pair("S", "L", -0.1, 3.2, 0.01), "S")
    assert shown_worse(_pair("S", "L", 0.1, 3.2, 0.01), "S")
    assert not shown_worse(_pair("S", "L", 0.1, 3.2, 0.01), "L")
    assert shown_worse(_pair("S", "L", -3.2, -0.1, 0.01), "L")
    assert not shown_worse(_pair("S", "L", NAN, NAN, 0.01), "S")


def test_the_best_when_all_smaller_sizes_are_worse() -> None:
    found = _say(S, L, pairs=(_pair("S", "L", 0.8, 3.2, 0.001),))
    assert found == (
        "Size L is the most accurate, and every smaller size is shown to be worse. "
        "Size L decides 92.0 % of parts rightly over 40 perturbed conditions (95 % interval 90.0 to 94.0 %)."
    )


def test_a_smaller_size_that_could_not_be_compared_is_not_called_worse() -> None:
    assert "not every smaller size could be compared" in _say(_member("S"), L)


def test_the_smallest_is_the_most_accurate() -> None:
    large = _member("XL", 0.85)
    found = _say(S, large, pairs=(_pair("S", "XL", -8.0, -2.0, 0.001),))
    assert found.startswith(
        "No larger size is more accurate than S, the smallest. Size S decides 90.0 % of parts rightly over 40"
    )


def test_a_middle_size_may_be_the_best() -> None:
    worse = _member("L", 0.85)
    found = _say(S, M, worse, pairs=(_pair("S", "M", -0.5, 2.5, 0.2), _pair("M", "L", -8.0, -4.0, 0.001)))
    assert found.startswith("Size S is the smallest size not shown to be worse than the best, M. Over 40")
    assert "difference 1.0 pp, 95 % interval -0.5 to 2.5 pp" in found


def test_one_member_and_one_condition() -> None:
    assert _say(M, perturbed=1) == (
        "Size M decides 91.0 % of parts rightly over 1 perturbed condition (95 % interval 89.0 to 93.0 %)."
    )


def test_only_clean_speaks_of_clean_parts() -> None:
    small, large = _member("S", escapes=9), _member("L", escapes=1)
    found = _say(small, large, pairs=(_pair("S", "L", -0.1, 3.2, 0.06, "clean"),), perturbed=0)
    assert found.startswith(
        "The 2 sizes cannot be told apart. On clean parts S decides 98.1 % of parts rightly against"
    )


def test_no_result_at_all() -> None:
    nothing = replace(_member("S"), clean=empty_cell("S", "clean"))
    assert _say(nothing) == "No member gave a result that can be scored."
    assert _say() == "No member gave a result that can be scored."


def test_who_holds_the_limits() -> None:
    found = _say(S, M, limits=True, pairs=(_pair("S", "M", -1, 2, 0.5),))
    assert found.endswith(". Size S and M hold every limit on clean parts.")


def test_who_breaches_and_what_is_not_provable() -> None:
    bad = _member("XS", 0.9, escapes=20)
    found = _say(bad, M, limits=True, pairs=(_pair("XS", "M", -1, 2, 0.5),))
    assert (
        "Size M holds every limit on clean parts. "
        "The escape limit of 2 % is breached by XS (8.3 % observed, bound 11.9 %)." in found
    )
    few = _member("XS", 0.9, n=60)
    found = _say(few, limits=True)
    assert found.endswith(
        "No size is proven to hold every limit on clean parts. "
        "The escape limit of 2 % is not shown to hold with 60 NG parts "
        "for XS (0.0 % observed, bound 4.9 %, 149 parts would prove it)."
    )


def test_a_rate_within_its_limit_is_never_called_a_breach() -> None:
    found = _say(_member("XS", 0.9, escapes=3), limits=True)
    assert "breach" not in found
    assert "for XS (1.2 % observed, bound 3.2 %, 1030 parts would prove it)" in found
    assert "No size is proven to hold every limit" in found


def test_binding_conditions_are_counted() -> None:
    limits = _limits(S, M)
    broken = replace(limits[0], condition="blur@1", upper=0.3, state=type(limits[0].state).BREACHED)
    held = replace(limits[2], condition="blur@1")
    pairs = (_pair("S", "M", -1, 2, 0.5),)
    found = verdict(Findings((S, M), pairs, (*limits, broken, held), 40, 480))
    assert found.endswith("S and M hold every limit on clean parts, M under the binding perturbed condition too.")


@pytest.mark.parametrize("names", [5, 6])
def test_long_lists_are_cut(names: int) -> None:
    members = [_member(f"m{i}", 0.9) for i in range(names)]
    found = _say(*members, limits=True, pairs=tuple(_pair("m0", m.name, -1, 1, 1.0) for m in members[1:]))
    assert f"m0, m1, m2 and {names - 3} more hold every limit" in found


def test_no_interval_is_said() -> None:
    grouped = (replace(_pair("S", "L", 0, 0, 1.0), difference=Interval(2.0, NAN, NAN)),)
    assert "difference 2.0 pp, no interval from a single group" in _say(S, L, pairs=grouped)
    assert not np.isnan(L.mean_accuracy.low)
