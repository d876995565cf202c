import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.errors import Exit, MachineFailed, SiteBusy
from appliance.log.lock import site_lock
from tests.log.processes import line, python

HOLD = """
import sys, time
from pathlib import Path
from appliance.log.lock import site_lock
with site_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def holder(folder: Path, code: str = HOLD) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the site, killed at the end."""
    with python("-c", code, folder) as process:
        assert line(process) == "held"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_audit_is_refused_by_name(tmp_path: Path) -> None:
    with holder(tmp_path) as process, pytest.raises(SiteBusy) as refused, site_lock(tmp_path):
        pass
    assert f"process {process.pid} on {socket.gethostname()}" in str(refused.value)
    assert refused.value.code == Exit.BUSY


def test_the_kernel_frees_the_site_of_a_killed_holder(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with site_lock(tmp_path):
            assert str(os.getpid()) in (tmp_path / "site.lock").read_text()


def test_it_can_be_taken_again_and_again(tmp_path: Path) -> None:
    for _ in range(3):
        with site_lock(tmp_path), pytest.raises(SiteBusy), site_lock(tmp_path):
            pass


LEFT = (b"", b"\xff\x00", b"{}", b'{"pid": "x"}', b"[1]", b"9" * 5000)


def test_a_file_left_over_keeps_nobody_out(tmp_path: Path) -> None:
    for left in LEFT:
        (tmp_path / "site.lock").write_bytes(left)
        with site_lock(tmp_path):
            pass


def test_a_holder_with_a_spoilt_file_is_still_named_as_one(tmp_path: Path) -> None:
    with holder(tmp_path):
        for left in LEFT:
            (tmp_path / "site.lock").write_bytes(left)
            with pytest.raises(SiteBusy, match="holds this site: a process that"), site_lock(tmp_path):
                pass


FORKS = """
import multiprocessing, os, subprocess, sys, time
from pathlib import Path
from appliance.log.lock import site_lock
with site_lock(Path(sys.argv[1])):
    children = [
        multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,)),
        multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,)),
    ]
    for child in children:
        child.start()
    tool = subprocess.Popen(["sleep", "60"])
    print("held", flush=True)
    print(*(c.pid for c in children), tool.pid, flush=True)
    time.sleep(60)
"""


def test_children_that_outlive_the_holder_do_not_hold_the_site(tmp_path: Path) -> None:
    script = tmp_path / "forks.py"
    script.write_text("if __name__ == '__main__':\n" + "".join(f"    {line}\n" for line in FORKS.splitlines()))
    with python(script, tmp_path) as process:
        assert line(process) == "held"
        children = [int(pid) for pid in line(process).split()]
        process.kill()
        process.wait()
    try:
        with site_lock(tmp_path):
            for pid in children:
                os.kill(pid, 0)  # they live still
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)


CHILD = """
import multiprocessing, os, sys, time
from pathlib import Path
from appliance.log.lock import site_lock
with site_lock(Path(sys.argv[1])):
    child = multiprocessing.get_context("fork").Process(target=os.getpid)
    child.start()
    child.join()
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_forked_child_that_ends_does_not_free_the_site(tmp_path: Path) -> None:
    with holder(tmp_path, CHILD), pytest.raises(SiteBusy), site_lock(tmp_path):
        pass


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MachineFailed, match="cannot be locked"), site_lock(tmp_path / "none"):
        pass
