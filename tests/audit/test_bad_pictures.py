"""Bad pictures through whole audits; 10,000 with 30 kinds are `python -m tests.soak pictures`."""

from pathlib import Path

from appliance.errors import Exit
from tests.soak.pictures import bad_pictures


def test_each_costs_its_own_row_and_every_other_is_scored(tmp_path: Path) -> None:
    found = bad_pictures(tmp_path, pictures=60, kinds=("truncated-png", "fifo", "16-bit"))
    assert (found.named, found.scored, found.exit) == (3, 57, Exit.WARNINGS)
    assert found.right == found.alone == 3
    assert found.holds
