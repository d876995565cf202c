"""A run gives the same digest with any number of workers, interrupted and resumed or not."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.audit.plan import Plan
from appliance.audit.run import Order, Step, run_audit
from appliance.errors import InputRefused, Interrupted
from appliance.log.log import Log
from appliance.log.types import RunState
from tests.audit.fakes import MeanSpec, plan, rows, write_parts


def order(folder: Path, wanted: Plan, workers: int = 2, **changes: object) -> Order:
    base = Order(wanted, rows(wanted.parts), "fake", str(folder), "quick", {}, "c", {}, "l", workers, folder / "cache")
    return replace(base, **changes)  # type: ignore[arg-type]


def run(folder: Path, name: str, wanted: Order, *, resume: bool = False, progress=lambda _: None) -> tuple[str, Path]:
    path = folder / f"{name}.db"
    with Log.open(path) as log:
        return run_audit(log, wanted, resume=resume, progress=progress), path


def digest(path: Path) -> str:
    with Log.open_read(path) as log:
        tail = log.read_run("last").tail
    assert tail is not None
    assert tail.state is RunState.DONE
    return tail.digest


def test_same_digest_for_any_number_of_workers_and_with_or_without_a_store(tmp_path: Path) -> None:
    wanted = plan(write_parts(tmp_path, 13))
    digests = set()
    for name, workers, store in (("one", 1, 0), ("three", 3, 0), ("stored", 2, 1 << 20)):
        _, path = run(tmp_path, name, order(tmp_path, replace(wanted, store_bytes=store), workers))
        digests.add(digest(path))
    assert len(digests) == 1
    assert not list((tmp_path / "cache").iterdir())  # decoded pictures are gone


def test_another_seed_gives_another_digest(tmp_path: Path) -> None:
    wanted = plan(write_parts(tmp_path, 6))
    _, a = run(tmp_path, "a", order(tmp_path, wanted))
    _, b = run(tmp_path, "b", order(tmp_path, replace(wanted, seed=8)))
    assert digest(a) != digest(b)


def test_interrupted_keeps_finished_cells_and_resumes_to_the_same_digest(tmp_path: Path) -> None:
    wanted = order(tmp_path, plan(write_parts(tmp_path, 13)), workers=1)
    _, whole = run(tmp_path, "whole", wanted)

    def stop(step: Step) -> None:
        if step.done == 6:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="finished cell is kept"):
        run(tmp_path, "halves", wanted, progress=stop)
    with Log.open_read(tmp_path / "halves.db") as log:
        begun = log.runs()[0]
        kept = log.finished_cells(begun.run)
    assert begun.state is RunState.INTERRUPTED
    assert len(kept) == 3  # one of four conditions, three members
    again, path = run(tmp_path, "halves", wanted, resume=True)
    assert again == begun.run
    assert digest(path) == digest(whole)


def test_resume_of_another_plan_starts_anew(tmp_path: Path) -> None:
    parts = write_parts(tmp_path, 5)

    def stop(_: Step) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        run(tmp_path, "log", order(tmp_path, plan(parts)), progress=stop)
    run(tmp_path, "log", order(tmp_path, replace(plan(parts), seed=9)), resume=True)
    with Log.open_read(tmp_path / "log.db") as log:
        assert [brief.state for brief in log.runs()] == [RunState.DONE, RunState.INTERRUPTED]


def test_a_member_that_will_not_open_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    wanted = order(tmp_path, plan(write_parts(tmp_path, 5), MeanSpec(refuse="b")))
    with pytest.raises(InputRefused) as caught:
        run(tmp_path, "log", wanted)
    assert (caught.value.what, caught.value.file) == ("will not open", "b.onnx")
    with Log.open_read(tmp_path / "log.db") as log:
        assert log.runs() == []


SCRIPT = """
import sys
from pathlib import Path
from tests.audit.fakes import plan, write_parts
from tests.audit.test_run import order, run
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    run(folder, "killed", order(folder, plan(write_parts(folder, 40))), resume=True,
        progress=lambda step: print(step.done, flush=True))
"""


def test_kill_9_leaves_no_child_no_half_cell_and_resumes(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, str(script), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        while int(process.stdout.readline()) < 15:  # one condition (10 jobs) is complete
            pass
        children = _children(process.pid)
        process.send_signal(signal.SIGKILL)
    assert len(children) >= 2
    deadline = time.monotonic() + 10
    while any(_alive(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in children if _alive(pid)]
    with Log.open_read(tmp_path / "killed.db") as log:
        kept = log.finished_cells("last")
        scores = [log.outcomes("last", *key).score for key in kept]
    assert len(kept) in (3, 6, 9)
    assert not np.isnan(np.stack(scores)).any()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    _, whole = run(tmp_path, "whole", order(tmp_path, plan(write_parts(tmp_path, 40))))
    assert digest(tmp_path / "killed.db") == digest(whole)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
