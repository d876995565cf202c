from pathlib import Path

from tests.soak.kills import kill_migrations, kill_writers


def test_a_killed_writer_loses_nothing_and_its_run_goes_on(tmp_path: Path) -> None:
    found = kill_writers(tmp_path, kills=20, seed=3)
    assert found.acknowledged > 0
    assert (found.lost, found.half, found.damaged) == (0, 0, 0)
    assert found.slowest_opening_s <= 1.0


def test_a_killed_migration_leaves_the_old_log_or_the_new(ram: Path) -> None:
    found = kill_migrations(ram, kills=8, seed=3)
    assert found.between == 0
    assert found.old > 0
