from pathlib import Path

from tests.soak.crowds import backups, crowd


def test_four_writers_never_fail_for_being_four(ram: Path) -> None:
    found = crowd(ram, writers=4, each=75)
    assert (found.failed, found.cells) == (0, 300)


def test_a_backup_while_writing_is_whole(ram: Path) -> None:
    found = backups(ram, count=6)
    assert found.good == found.taken == 6
