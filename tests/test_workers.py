"""Pools end well whatever dies: no parent that writes to a dead worker for ever, no traceback of a thread, no hang."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pytest

from appliance.workers import handed_over, in_order, taken_over
from tests.log.processes import ROOT

SPAWN = multiprocessing.get_context("spawn")


def _double(number: int) -> int:
    return 2 * number


def _die_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return number


@pytest.fixture
def threads_that_failed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What threads ended in."""
    failed: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda told: failed.append(repr(told.exc_value)))
    return failed


def test_answers_come_in_order() -> None:
    with ProcessPoolExecutor(2, SPAWN) as pool:
        assert list(in_order(pool, _double, range(20))) == [2 * n for n in range(20)]


def test_a_worker_that_is_killed_is_heard_of_and_no_thread_fails(threads_that_failed: list[str]) -> None:
    with pytest.raises(BrokenProcessPool), ProcessPoolExecutor(2, SPAWN) as pool:
        list(in_order(pool, _die_at_three, range(200)))
    assert threads_that_failed == []


def test_one_that_is_left_early_drops_what_has_not_begun(threads_that_failed: list[str]) -> None:
    start = time.monotonic()
    with ProcessPoolExecutor(1, SPAWN) as pool:
        for answer in in_order(pool, time.sleep, [0.01] + [0.2] * 200):
            assert answer is None
            for child in multiprocessing.active_children():  # as Ctrl-C does to a terminal's whole group
                child.terminate()
            break
    assert time.monotonic() - start < 20
    assert threads_that_failed == []


def test_what_is_handed_over_is_for_this_user_alone_and_goes_away() -> None:
    with handed_over(np.arange(9)) as file:
        assert Path(file).stat().st_mode & 0o077 == 0
        assert taken_over(file).tolist() == list(range(9))
    assert not Path(file).exists()


UNGUARDED = """
import sys
from collections import deque
from pathlib import Path
{body}
"""
LAWS = """
from appliance.law.summary import laws
from tests.law.build import outcomes, record
run = record(conditions=25, parts=480, members=3)
found = laws(run, outcomes(run, lambda i, j: 0.8 + 0.05 * i), curves=False, workers=2)
print(len(found.laws), "laws")
"""
AUDIT = """
from dataclasses import replace
from appliance.audit.pool import Pool
from appliance.audit.plan import Probe
from tests.audit.fakes import plan, write_parts
parts = write_parts(Path(sys.argv[1]), 4)
many = tuple(replace(parts[n % 4], id=f"part-{n:06d}") for n in range(6000))  # a plan larger than a pipe holds
with Pool(plan(many), 2) as pool:
    print(list(pool.run([Probe(0)], deque())))
"""


@pytest.mark.parametrize(("body", "said"), [(LAWS, "31 laws"), (AUDIT, "WorkerFailed")])
def test_workers_that_die_as_they_start_hang_nobody(tmp_path: Path, body: str, said: str) -> None:
    """A script without a main guard: every worker runs it again and dies before it takes what it was to be given."""
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED.format(body=body))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_ALBUMENTATIONS_UPDATE": "1"}
    done = subprocess.run(
        [sys.executable, script, tmp_path], env=environment, capture_output=True, text=True, timeout=90, check=False
    )
    assert said in done.stdout + done.stderr
    assert "InvalidStateError" not in done.stderr
