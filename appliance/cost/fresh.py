"""A fresh process for each configuration, and rounds of them in turn: A B C, A B C.

What a process did before (memory, caches, a spinning thread) is in none of its figures, and a machine that slows down
in the middle slows every configuration alike. The rounds of one configuration are the A/A pair of the noise floor.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Generic, Protocol, Self, TypeVar

import psutil

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
Q = TypeVar("Q")
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
    with Apart(task, _once, work) as apart:
        return apart.ask(None)


class Apart(Generic[T, Q, A]):
    """A process of its own that makes something of a task, keeps it, and answers question after question with it.

    `make(task, *given)` runs there and gives what answers a question; both are of a module and may raise InspectError.
    Whatever kills or hangs the process is a refusal that names the member. Ends with its `with`.
    """

    def __init__(self, task: T, make: Callable[..., Callable[[Q], A]], *given: object) -> None:
        context = multiprocessing.get_context("spawn")
        self._task = task
        self._refused: Refused | None = None
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_child, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        with suppress(BrokenPipeError, ConnectionResetError):  # it has died as it started: told when it is asked
            # by the pipe: a process that has died would never take a large argument (appliance.workers)
            self._pipe.send((task, make, given))

    def resident(self) -> int:
        """Bytes of memory it holds; 0 where it has ended."""
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.NoSuchProcess:
            return 0

    def ask(self, question: Q) -> A | Refused:
        """Its answer; a refusal where it has none, and then whenever it is asked again."""
        if self._refused is None:
            answer = self._asked(question)
            if not isinstance(answer, Refused):
                return answer
            self._refused = answer
        return self._refused

    def _asked(self, question: Q) -> A | Refused:
        file, mend = str(self._task.member.file), "take it out of family.toml, or export it again"
        with suppress(BrokenPipeError, ConnectionResetError):  # it has died: told below
            self._pipe.send(question)
        try:
            if not self._pipe.poll(START_S + PATIENCE * self._task.seconds):
                self._process.kill()
                return Refused("gave no answer; its process was ended", file, mend)
            answer: A | Refused = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
            return Refused(f"ended the process that measured it ({_how(self._process.exitcode)})", file, mend)
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


def _how(code: int | None) -> str:
    return signal.Signals(-code).name if code is not None and code < 0 else f"status {code}"


def _once(task: T, work: Callable[[T], A]) -> Callable[[None], A]:
    return lambda _: work(task)


def _child(pipe: Connection) -> None:
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    task, make, given = pipe.recv()
    try:
        answer = make(task, *given)
        for question in _questions(pipe):
            pipe.send(answer(question))
    except InspectError as error:
        pipe.send(Refused(error.what, error.file or str(task.member.file), error.mend))


def _questions(pipe: Connection) -> Iterator[Any]:
    """What the parent asks, until it asks no more."""
    while True:
        try:
            question = pipe.recv()
        except EOFError:
            return
        yield question


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
