"""A fresh process for each configuration, and rounds of them in turn: A B C, A B C.

What a process did before (memory, caches, a spinning thread) is in none of its figures, and a machine that slows down
in the middle slows every configuration alike. The rounds of one configuration are the A/A pair of the noise floor.
"""

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Protocol, TypeVar

from appliance.cost.job import Job, Measured, Refused
from appliance.cost.measure import measure
from appliance.errors import InspectError
from appliance.workers import die_with_parent
from models.types import Member

PATIENCE = 10.0  # times a job's seconds, beyond the time a start or an engine build may take
START_S = 900.0


class Task(Protocol):
    """What a fresh process is given: it names its member, and about how long it takes."""

    @property
    def member(self) -> Member:
        """The member it is about."""

    @property
    def seconds(self) -> float:
        """How long it measures."""


T = TypeVar("T", bound=Task)
A = TypeVar("A")
Answer = Measured | Refused
Run = Callable[[Job], Answer]
Told = Callable[[int, int, Job], None]
"""Told before each job: its number, how many there are, the job."""


def in_fresh_process(job: Job) -> Answer:
    """Measure `job` in a process of its own."""
    return fresh(job, measure)


def fresh(task: T, work: Callable[[T], A]) -> A | Refused:
    """`work(task)` in a process of its own. A member that kills or hangs it is refused by name, like any other.

    `work` is a function of a module; it may raise InspectError.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_child, args=(work, theirs), daemon=True)
    process.start()
    theirs.close()
    with suppress(BrokenPipeError, ConnectionResetError):  # it has died as it started: told below
        ours.send(task)  # by the pipe: a process that has died would never take a large argument (appliance.workers)
    file, mend = str(task.member.file), "take it out of family.toml, or export it again"
    try:
        if not ours.poll(START_S + PATIENCE * task.seconds):
            return Refused("gave no answer; its process was ended", file, mend)
        answer: A | Refused = ours.recv()
    except (EOFError, ConnectionResetError):
        process.join()
        return Refused(f"ended the process that measured it ({_how(process.exitcode)})", file, mend)
    finally:
        process.kill()
        process.join()
        ours.close()
    return answer


def _how(code: int | None) -> str:
    return signal.Signals(-code).name if code is not None and code < 0 else f"status {code}"


def _child(work: Callable[[T], A], pipe: Connection) -> None:
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    task: T = pipe.recv()
    try:
        answer: A | Refused = work(task)
    except InspectError as error:
        answer = Refused(error.what, error.file or str(task.member.file), error.mend)
    pipe.send(answer)


def rounds(
    jobs: Sequence[Job], count: int, told: Told | None = None, run: Run = in_fresh_process
) -> list[list[Answer]]:
    """Every job `count` times, in turn; for each job its answers, round by round. A refused job is not tried again."""
    answers: list[list[Answer]] = [[] for _ in jobs]
    for turn in range(count):
        for place, job in enumerate(jobs):
            if any(isinstance(answer, Refused) for answer in answers[place]):
                continue
            if told is not None:
                told(turn * len(jobs) + place + 1, count * len(jobs), job)
            answers[place].append(run(job))
    return answers
