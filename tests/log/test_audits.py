"""Real audits, killed and with their clock set; the long versions are `python -m tests.soak audits clocks`."""

from pathlib import Path

import pytest

from tests.soak.audits import kill_audits, set_clocks
from tests.soak.disk import compiler


def test_a_killed_audit_loses_nothing_and_resumes_to_the_same_digest(tmp_path: Path) -> None:
    found = kill_audits(tmp_path, kills=4, seed=5)
    assert (found.lost, found.half, found.damaged) == (0, 0, 0)
    assert found.same_digest


@pytest.mark.skipif(compiler() is None, reason="needs a C compiler")
def test_a_clock_that_is_set_takes_no_night_away(tmp_path: Path) -> None:
    found = set_clocks(tmp_path)
    assert (found.runs, found.negative) == (4, 0)
    assert found.kept
    assert found.order
