"""`cost` says how long it will take before it begins, and corrects itself by what it has seen."""

from dataclasses import replace

import pytest

from appliance.cost.expect import START_S, Progress, expected_s
from appliance.cost.job import Job
from appliance.cost.loads import LOADS, Line
from tests.audit.fakes import members
from tests.cost.fakes import FakeClock

MEMBER = members("a")[0]


def job(**changes: object) -> Job:
    base = Job(MEMBER, None, (), "classify", None, Line(0.5), LOADS, 10.0, batches=(2, 4), least=287)  # type: ignore[arg-type]
    return replace(base, **changes)  # type: ignore[arg-type]


def test_a_slow_size_takes_longer_than_a_quick_one_by_the_closed_load_alone() -> None:
    quick, slow = expected_s(job())
    assert slow - quick == pytest.approx(3 * 10 * 0.75 * 0.3 + (2.5 - 0.6))


def test_what_is_not_done_is_not_counted() -> None:
    least, most = expected_s(job(loads=("paced",), least=0))
    assert (least, most) == (pytest.approx(START_S + 0.6 + 7.5), pytest.approx(START_S + 2.5 + 7.5))
    assert expected_s(job(batches=()))[0] < expected_s(job())[0]


def test_the_first_line_says_the_whole_time_and_the_others_what_is_left() -> None:
    clock, lines = FakeClock(), list[str]()
    told = Progress(lines.append, clock.now)
    for number in range(1, 5):
        told(number, 4, job())
        clock.time += 30.0
    least, most = (4 * seconds for seconds in expected_s(job()))
    assert lines[0] == f"cost 1 of 4: a; in all about {least:.0f} s to {most:.0f} s"
    assert lines[1:] == [f"cost {n} of 4: a; about {left} s left" for n, left in ((2, 90), (3, 60), (4, 30))]


@pytest.mark.parametrize(("seconds", "text"), [(20.0, "s to"), (600.0, "min to"), (20000.0, "h to")])
def test_long_times_are_told_in_units_a_person_reads(seconds: float, text: str) -> None:
    lines: list[str] = []
    Progress(lines.append)(1, 2, job(seconds=seconds))
    assert text in lines[0]
