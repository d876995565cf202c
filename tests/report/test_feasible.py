"""Sizes within the hard limits: what is inside, what is said, what is drawn."""

import re
from dataclasses import replace

import pytest

from appliance.language.tongue import speaking
from appliance.report.feasible import hard_limit_lines, hard_limits, hard_limits_svg
from appliance.score.summary_types import Summary
from tests.report.build import summary as built


def with_costs(p99: dict[str, float | None], takt_s: float = 0.01, escape: float = 1.0) -> Summary:
    """A scored run whose sizes have these p99 bounds at the closed load."""
    found = built()
    costs = tuple(
        replace(found.costs[0], member=m.name, load="closed", batch=1, p99=p99.get(m.name)) for m in found.members
    )
    head = replace(found.record.head, limits={"escape_rate": escape}, config={"line": {"takt_s": takt_s}})
    return replace(found, costs=costs, record=replace(found.record, head=head))


def test_a_size_over_the_takt_is_outside_however_good_it_is() -> None:
    names = [m.name for m in built().members]
    found = hard_limits(with_costs({name: 5.0 if name == names[0] else 50.0 for name in names}))
    assert found is not None
    assert found.found.names == (names[0],)
    assert found.found.best == names[0]
    assert f"{names[0]}." in hard_limit_lines(found)[0]
    assert hard_limits_svg(found).count("law-hollow") == len(names) - 1


def test_an_escape_limit_that_no_size_is_shown_to_meet() -> None:
    names = [m.name for m in built().members]
    found = hard_limits(with_costs(dict.fromkeys(names, 5.0), escape=0.0))
    assert found is not None
    assert found.found.best is None
    assert hard_limit_lines(found)[0].startswith("No size is shown to meet both")


def test_what_was_not_timed_is_named_and_not_drawn() -> None:
    names = [m.name for m in built().members]
    found = hard_limits(with_costs({names[0]: 5.0}))
    assert found is not None
    assert names[1] in hard_limit_lines(found)[-1]
    assert hard_limits_svg(found).count("<circle") == 1
    nothing = hard_limits(with_costs({}))
    assert nothing is not None
    assert hard_limits_svg(nothing) == ""


@pytest.mark.parametrize("missing", ["limit", "takt"])
def test_without_a_limit_or_a_takt_nothing_is_said(missing: str) -> None:
    found = with_costs({})
    head = replace(found.record.head, **({"limits": {}} if missing == "limit" else {"config": {}}))
    assert hard_limits(replace(found, record=replace(found.record, head=head))) is None


def test_it_speaks_japanese() -> None:
    names = [m.name for m in built().members]
    found = hard_limits(with_costs(dict.fromkeys(names, 5.0)))
    assert found is not None
    with speaking("ja"):
        said = " ".join(hard_limit_lines(found)) + hard_limits_svg(found)
    assert "タクト" in said
    assert not re.search(r"[a-z]{3,} [a-z]{3,}", re.sub(r"<[^>]*>", " ", said))
