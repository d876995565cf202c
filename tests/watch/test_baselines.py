from pathlib import Path

import pytest

from appliance.errors import InputRefused, UsageError
from appliance.log.log import Log
from appliance.watch.baselines import baseline, baselines, require_comparable, set_baseline
from appliance.watch.nights import NightState, begin_night, nights, update_night
from tests.watch.build import FIRST, fill, night


@pytest.fixture
def log(tmp_path: Path) -> Log:
    log = Log.open(tmp_path / "log.db")
    fill(log, night(0))
    fill(log, night(1))
    return log


def test_baselines_have_a_history(log: Log) -> None:
    assert baseline(log) is None
    set_baseline(log, FIRST, at="t0", who="Ada", note="acceptance")
    set_baseline(log, "last", at="t1", who="Bo")
    assert [(b.run, b.who, b.note) for b in baselines(log)] == [
        ("night00001", "Bo", ""),
        (FIRST, "Ada", "acceptance"),
    ]


def test_a_baseline_must_be_whole(log: Log) -> None:
    night(2).start(log)
    with pytest.raises(UsageError, match="night00002 is running: a baseline must be whole"):
        set_baseline(log, "night00002", at="t", who="Ada")
    with pytest.raises(UsageError, match="no run 'xyz'"):
        set_baseline(log, "xyz", at="t", who="Ada")


def test_a_baseline_that_is_gone_or_of_another_family_is_refused(log: Log) -> None:
    chosen = set_baseline(log, FIRST, at="t", who="Ada")
    log.connection.execute("UPDATE runs SET family = 'other' WHERE run = 'night00001'")
    with pytest.raises(InputRefused, match="is of family piped, this run of other"):
        require_comparable(log, chosen, "night00001")
    log.connection.execute("DELETE FROM runs WHERE run = ?", (FIRST,))
    with pytest.raises(InputRefused, match="is not in this log"):
        baseline(log)


def test_nights_are_written_before_and_after(log: Log) -> None:
    number = begin_night(log, started="t0", budget_s=600.0, plan={"conditions": ["clean"]}, cells=(468, 60))
    assert nights(log)[0].state is NightState.RUNNING
    update_night(log, number, run=FIRST, state=NightState.DONE, covered_cells=60, exit_code=0)
    (found,) = nights(log, last=1)
    assert (found.run, found.state, found.plan, found.covered_cells) == (
        FIRST,
        NightState.DONE,
        {"conditions": ["clean"]},
        60,
    )
