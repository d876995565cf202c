import os
import subprocess
from pathlib import Path

import pytest

from appliance.errors import MachineFailed
from appliance.log.lock import site_lock
from appliance.log.log import Log
from appliance.log.maintain import backup
from tests.log.build import audit
from tests.soak.disk import compiler
from tests.soak.faulty import failing_writes, full_disks, small_disk

mounts = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small file system")


@pytest.mark.skipif(compiler() is None, reason="needs a C compiler")
def test_a_write_that_fails_is_named_and_loses_nothing(ram: Path) -> None:
    found = failing_writes(ram, points=8, seed=5)
    assert (found.named, found.lost, found.half, found.damaged) == (found.points, 0, 0, 0)
    assert found.acknowledged > 0


@mounts
def test_a_disk_that_fills_up_is_named_and_loses_nothing(tmp_path: Path) -> None:
    found = full_disks(tmp_path, points=4, seed=5)
    assert (found.named, found.lost, found.half, found.damaged) == (found.points, 0, 0, 0)
    assert found.acknowledged > 0


@mounts
def test_a_backup_onto_a_full_disk_is_none(tmp_path: Path) -> None:
    with Log.open(tmp_path / "log.db") as log:
        audit(parts=2000).fill(log)
    with small_disk(tmp_path, 64) as place:
        with pytest.raises(MachineFailed, match=r"no space left|cannot be written"):
            backup(tmp_path / "log.db", place / "copy.db")
        assert list(place.iterdir()) == []


@mounts
def test_a_read_only_disk_is_named(tmp_path: Path) -> None:
    with small_disk(tmp_path, 4096) as place:
        with Log.open(place / "log.db") as log:
            audit().fill(log)
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        with pytest.raises(MachineFailed, match=r"cannot be (written|opened)") as failed:
            Log.open(place / "log.db")
        assert "\n" not in str(failed.value)
        with pytest.raises(MachineFailed, match=r"cannot be (written|opened)"):
            Log.open_read(place / "log.db")
        with pytest.raises(MachineFailed, match="Read-only file system"), site_lock(place):
            pass
