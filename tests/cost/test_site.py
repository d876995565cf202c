"""The cost of a whole small site: what is asked for, what is refused, what the log keeps."""

from pathlib import Path

import pytest

from appliance.cost.job import Job, Measured, Refused
from appliance.cost.site import CostWish, cost_site, require_idle, site_line
from appliance.errors import InputRefused, MachineFailed, UsageError
from tests.cli.sites import write_whole_site
from tests.cost.test_measure import measured, run


def fake(given: Job) -> Measured | Refused:
    return Refused("no such operator", mend="export it again") if given.member.name == "m" else measured(run(10.0))


def test_every_member_has_rows_and_one_that_cannot_run_is_named(tmp_path: Path) -> None:
    found = cost_site(write_whole_site(tmp_path), CostWish(loads=("closed",)), run=fake)
    assert [(row.member, row.state) for row in found.rows] == [("s", "valid"), ("m", "failed"), ("l", "valid")]
    assert found.rows[1].reason == "no such operator (export it again)"
    assert found.picture == {"width": 48, "height": 40, "channels": 3, "bits": 8}
    assert found.rows[0].weights_bytes > 0
    assert found.family == "bright"


def test_where_no_member_can_run_the_first_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no member can be measured; the first, s: broken"):
        cost_site(write_whole_site(tmp_path), CostWish(), run=lambda _: Refused("broken"))


def test_the_line_is_the_sites_and_the_command_lines(tmp_path: Path) -> None:
    site = write_whole_site(tmp_path, line={"takt_s": 0.5, "jitter_ms": 40.0, "cameras": 2, "deadline_ms": 300.0})
    line = site_line(site, CostWish())
    assert (line.takt_s, line.jitter_s, line.cameras, line.gate_s) == (0.5, 0.04, 2, 0.3)
    assert site_line(site, CostWish(takt_s=0.2, deadline_s=0.0)).gate_s == 0.2


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (CostWish(takt_s=0.0), "a takt of 0 s"),
        (CostWish(jitter_s=0.9), "overtake"),
        (CostWish(seconds=0.0), "0 seconds a member"),
        (CostWish(rounds=0), "0 rounds"),
        (CostWish(members=("q",)), "there is no member q"),
        (CostWish(provider="abacus"), "there is no provider 'abacus'"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_runs(tmp_path: Path, wish: CostWish, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        cost_site(write_whole_site(tmp_path), wish, run=lambda _: pytest.fail("ran"))


def test_a_busy_machine_is_refused_for_a_long_measurement() -> None:
    require_idle(0.3)
    with pytest.raises(MachineFailed, match="too busy to measure: other work takes 70% of the cores"):
        require_idle(0.7)
