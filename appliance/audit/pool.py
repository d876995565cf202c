"""A pool of worker processes that outlives any of them: a death or a hang is an event with a name, not an end.

Workers are started fresh (no inherited lock or descriptor), hold one job and one more in waiting, and die with
their parent. Results come back in whatever order they finish; nothing here depends on that order.
"""

import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from appliance.audit.fence import raise_fence
from appliance.audit.plan import Job, Plan, Probe
from appliance.audit.worker import Phase, Probed, Result, Worker
from appliance.workers import die_with_parent

Work = Job | Probe
Answer = Result | Probed
DEPTH = 2  # jobs a worker holds: the one it runs and the next, so that it never waits for us


@dataclass(frozen=True)
class Death:
    """A worker ended in the middle of `job`: what it was doing, and how it ended."""

    job: Work
    phase: Phase
    which: int
    how: str


@dataclass
class _Seat:
    """One worker process and what it holds."""

    process: SpawnProcess
    pipe: Connection
    mark: Any  # shared array: phase, which, a counter that moves at every step
    jobs: deque[Work] = field(default_factory=deque)
    seen: int = -1
    since: float = 0.0


class WorkerFailed(RuntimeError):
    """A worker met an error nobody planned for; its traceback stands on standard error."""


class Pool:
    """`count` workers on one plan. Use as a context manager; leaving it ends every worker."""

    def __init__(self, plan: Plan, count: int, *, stall_seconds: float = 120.0) -> None:
        self._plan, self._count, self._stall = plan, count, stall_seconds
        self._context = multiprocessing.get_context("spawn")
        self._seats: list[_Seat] = []

    def __enter__(self) -> "Pool":
        self._seats = [self._seat() for _ in range(self._count)]
        for seat in self._seats:  # all are starting up meanwhile
            self._brief(seat)
        return self

    def __exit__(self, *_: object) -> None:
        for seat in self._seats:
            seat.process.kill()
        for seat in self._seats:
            seat.process.join()
            seat.pipe.close()
        self._seats = []

    def run(self, jobs: Iterable[Work], again: deque[Work]) -> Iterator[Answer | Death]:
        """Yield an answer or a Death per job. The caller may append jobs to `again` while it reads."""
        source = iter(jobs)
        self._fill(source, again)
        while any(seat.jobs for seat in self._seats):
            for position in self._ready():
                yield self._collect(position)
                self._fill(source, again)

    def _fill(self, source: Iterator[Work], again: deque[Work]) -> None:
        for _ in range(DEPTH):
            for seat in self._seats:
                if len(seat.jobs) < DEPTH:
                    job = again.popleft() if again else next(source, None)
                    if job is None:
                        return
                    self._give(seat, job)

    def _give(self, seat: _Seat, job: Work) -> None:
        if not seat.jobs:
            seat.since = time.monotonic()
        seat.jobs.append(job)
        try:
            seat.pipe.send(job)
        except (BrokenPipeError, ConnectionResetError):
            return  # it has died; `_ready` will find that and name it

    def _ready(self) -> list[int]:
        """Positions of seats with an answer, a death or a stall; waits at most a second."""
        busy = [(n, seat) for n, seat in enumerate(self._seats) if seat.jobs]
        watched: dict[Any, int] = {seat.pipe: n for n, seat in busy}
        watched |= {seat.process.sentinel: n for n, seat in busy}
        found = {watched[item] for item in wait(list(watched), timeout=1.0)}
        return sorted(found | {n for n, seat in busy if self._stalled(seat)})

    def _stalled(self, seat: _Seat) -> bool:
        """True where a busy worker has taken no step for too long; it is then ended."""
        now = time.monotonic()
        if seat.mark[2] != seat.seen or not seat.jobs:
            seat.seen, seat.since = seat.mark[2], now
            return False
        if now - seat.since < self._stall:
            return False
        seat.process.kill()
        seat.process.join()
        return True

    def _collect(self, position: int) -> Answer | Death:
        seat = self._seats[position]
        stalled = not seat.process.is_alive() and time.monotonic() - seat.since >= self._stall
        try:
            if seat.pipe.poll():
                answer: Answer = seat.pipe.recv()
                seat.jobs.popleft()
                return answer
        except (EOFError, ConnectionResetError):
            pass  # died before or while answering
        return self._bury(position, "made no progress" if stalled else "")

    def _bury(self, position: int, how: str) -> Death:
        """Name the death, seat a new worker, and hand it the jobs that were only waiting."""
        seat = self._seats[position]
        seat.process.join()
        code = seat.process.exitcode
        if code is not None and code >= 0 and not how:
            raise WorkerFailed(f"a worker process ended with status {code}")
        phase, which = Phase(seat.mark[0]), int(seat.mark[1])
        job = seat.jobs.popleft()
        seat.pipe.close()
        fresh = self._seat()
        self._brief(fresh)
        self._seats[position] = fresh
        for waiting in seat.jobs:
            self._give(fresh, waiting)
        return Death(job, phase, which, how or signal.Signals(-(code or -9)).name)

    def _seat(self) -> _Seat:
        ours, theirs = self._context.Pipe()
        mark = self._context.Array("q", 3, lock=False)
        process = self._context.Process(target=serve, args=(theirs, mark), daemon=True)
        process.start()
        theirs.close()
        return _Seat(process, ours, mark, since=time.monotonic())

    def _brief(self, seat: _Seat) -> None:
        """Tell a new worker the plan: by its pipe, not as an argument of its process.

        A worker that died as it started would never take an argument larger than a pipe holds, and we would write to
        it for ever; writing to a pipe whose other end is gone fails at once, and `_ready` names the death.
        """
        with suppress(BrokenPipeError, ConnectionResetError):
            seat.pipe.send(self._plan)


def serve(pipe: Connection, mark: Any) -> None:
    """A worker's life: take the plan, then job after job, until the pipe closes. Ctrl-C is the parent's business."""
    die_with_parent()
    plan: Plan = pipe.recv()
    raise_fence(plan.memory_mb)
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def step(phase: Phase, which: int) -> None:
        mark[0], mark[1] = phase, which
        mark[2] += 1

    worker = Worker(plan, step)
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        pipe.send(worker.answer(job))
