"""A node lost in mid-audit comes back on an empty machine; six of them are `python -m tests.soak restore`."""

from pathlib import Path

from tests.soak.restore import restore_nodes


def test_a_backup_is_all_that_an_empty_machine_needs(tmp_path: Path) -> None:
    found = restore_nodes(tmp_path, times=1, seed=5)
    assert (found.mid_audit, found.sound, found.same_digest, found.shown, found.next) == (1, 1, 1, 1, 1)
