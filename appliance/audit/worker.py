"""What one worker process does: decode, perturb once, run every member on the same pixels.

Before each step it marks where it is, so that whoever watches can name the part or the member that stopped it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from appliance.audit.fence import named_floods
from appliance.audit.plan import Job, Plan, Probe, batch_parts, pixel_card
from appliance.audit.store import PixelStore
from appliance.engines.machine import peak_rss_mb
from appliance.engines.types import Engine, EngineFacts
from appliance.errors import InspectError, MachineFailed
from appliance.log.types import Outcomes
from appliance.own import know_own
from appliance.parts.scene import read_scene as read_part
from appliance.tasks import TASKS
from models.preprocess import preprocess
from models.types import Card, Member
from perturb import apply
from perturb.errors import PerturbError
from perturb.types import Scene, Seed
from perturb.visibility import visibility


class Phase(IntEnum):
    """What a worker is doing."""

    IDLE = 0
    PART = 1  # decoding or perturbing part `which`
    MEMBER = 2  # loading or running member `which`


class Mark(Protocol):
    """Told what the worker does next."""

    def __call__(self, phase: Phase, which: int) -> None:
        """`which` is the index of the part or of the member."""


@dataclass(frozen=True)
class Refusal:
    """A part or a member that could not be used here, and why."""

    what: str
    file: str = ""
    mend: str = ""
    machine: bool = False  # the machine's failure, not the part's or the member's


@dataclass
class Result:
    """Outcomes of one job: per member in the order of `job.parts`, NaN where a part was left out."""

    job: Job
    outcomes: dict[str, Outcomes] = field(default_factory=dict)
    parts_refused: dict[int, Refusal] = field(default_factory=dict)
    members_refused: dict[str, Refusal] = field(default_factory=dict)
    sight: dict[int, tuple[float, float]] = field(default_factory=dict)  # part -> defect's area and contrast to noise
    seconds: dict[str, float] = field(default_factory=dict)  # stage or member -> seconds
    peak_rss_mb: float = 0.0
    notes: tuple[str, ...] = ()  # what engines did on the way that a person should know


@dataclass(frozen=True)
class Probed:
    """What a probe found: the facts of the engine, or why the member is refused."""

    job: Probe
    facts: EngineFacts | None
    refusal: Refusal | None = None


class Worker:
    """Holds the plan, the engines it has opened, and nothing that grows with the number of parts."""

    def __init__(self, plan: Plan, mark: Mark) -> None:
        self._plan, self._mark = plan, mark
        know_own(plan.own)
        self._engines: dict[str, Engine] = {}
        self._cards = plan.cards()
        self._task = TASKS[plan.task]
        self._store = PixelStore(plan.store, plan.store_bytes, len(plan.parts)) if plan.store else None

    def answer(self, job: Job | Probe) -> "Result | Probed":
        """Do a job of either kind."""
        return self.probe(job) if isinstance(job, Probe) else self.run(job)

    def run(self, job: Job) -> Result:
        """Compute one job. A part or member that refuses is named in the result; anything else surfaces."""
        result = Result(job)
        kept, tensors = self._pixels(job, result)
        for which, member in enumerate(self._plan.members):
            if member.name in job.dead:
                continue
            self._mark(Phase.MEMBER, which)
            with clock(result.seconds, member.name):
                try:
                    with named_floods(self._plan.memory_mb, str(member.file)):
                        result.outcomes[member.name] = self._infer(member, which, tensors, kept, len(job.parts))
                except InspectError as error:
                    result.members_refused[member.name] = Refusal(error.what, error.file, error.mend)
        self._mark(Phase.IDLE, 0)
        result.notes = tuple(note for engine in self._engines.values() for note in engine.facts().notes)
        result.peak_rss_mb = peak_rss_mb()
        return result

    def probe(self, job: Probe) -> Probed:
        """Open a member, run one black picture through it and decode the answer."""
        member = self._plan.members[job.member]
        self._mark(Phase.MEMBER, job.member)
        black = np.zeros((member.card.height, member.card.width, 3), np.uint8)
        batch = preprocess(black, 8, member.card)[None].repeat(member.card.batch or 1, axis=0)
        try:
            with named_floods(self._plan.memory_mb, str(member.file)):
                engine = self._engine(member)
                self._task.outcomes(engine.run(batch), member.card)
        except InspectError as error:
            machine = isinstance(error, MachineFailed)
            return Probed(job, None, Refusal(error.what, error.file or str(member.file), error.mend, machine))
        self._mark(Phase.IDLE, 0)
        return Probed(job, engine.facts())

    def _pixels(self, job: Job, result: Result) -> tuple[list[int], list[NDArray[np.generic]]]:
        """Positions of the parts that could be shown, and one input tensor per card."""
        rows: list[list[NDArray[np.generic]]] = [[] for _ in self._cards]
        kept: list[int] = []
        for position, index in enumerate(job.parts):
            if index in job.skip:
                continue
            self._mark(Phase.PART, index)
            try:
                with named_floods(self._plan.memory_mb, self._plan.parts[index].id):
                    scene = self._shown(index, job.condition, result.seconds)
            except (InspectError, PerturbError) as error:
                result.parts_refused[index] = Refusal(error.what, error.file or self._plan.parts[index].id, error.mend)
                continue
            if scene.mask is not None and self._plan.draw(job.condition) is None:
                with clock(result.seconds, "visibility"):
                    found = visibility(scene)
                    result.sight[index] = float(found.area), found.cnr
            with clock(result.seconds, "preprocess"):
                for card, held in zip(self._cards, rows, strict=True):
                    held.append(preprocess(scene.pixels, scene.bits, card))
            kept.append(position)
        return kept, [np.stack(held) for held in rows] if kept else []

    def _shown(self, index: int, condition: int, seconds: dict[str, float]) -> Scene:
        """Part `index` as the camera would show it under the condition."""
        plan = self._plan
        with clock(seconds, "decode"):
            scene = self._decoded(index)
        with clock(seconds, "perturb"):
            wanted = plan.shown[condition]
            return apply(scene, wanted, Seed(plan.seed, plan.parts[index].id, wanted.repeat), plan.camera)

    def _decoded(self, index: int) -> Scene:
        scene = self._store.get(index) if self._store else None
        if scene is None:
            scene = read_scene(self._plan, index)
            if self._store:
                self._store.put(index, scene)
        return scene

    def _infer(
        self, member: Member, which: int, tensors: list[NDArray[np.generic]], kept: list[int], count: int
    ) -> Outcomes:
        engine = self._engine(member)
        outcomes = _nothing(count, member.card)
        if not kept:
            return outcomes
        tensor = tensors[self._cards.index(pixel_card(member.card))]
        size = member.card.batch or self._plan.batch or batch_parts(member)
        for start in range(0, len(kept), size):
            self._mark(Phase.MEMBER, which)
            raw = _run_padded(engine, tensor[start : start + size], member.card.batch)
            _place(outcomes, kept[start : start + size], self._task.outcomes(raw, member.card))
        return outcomes

    def _engine(self, member: Member) -> Engine:
        if member.name not in self._engines:
            self._engines[member.name] = self._plan.spec.open(member)
        return self._engines[member.name]


def read_scene(plan: Plan, index: int) -> Scene:
    """Decode part `index` with its mask and boxes. Raises InputRefused."""
    return read_part(plan.parts[index], plan.bits)


@contextmanager
def clock(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Add the time of the block to `seconds[stage]`."""
    start = time.perf_counter()
    yield
    seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - start


def _run_padded(engine: Engine, batch: NDArray[np.generic], fixed: int | None) -> NDArray[np.float32]:
    """Run a batch; a fixed-size model gets its last batch filled up with copies, which are dropped again."""
    if fixed is None or len(batch) == fixed:
        return engine.run(batch)
    padded = np.concatenate([batch, np.repeat(batch[-1:], fixed - len(batch), axis=0)])
    return engine.run(padded)[: len(batch)]


def _nothing(count: int, card: Card) -> Outcomes:
    cls = np.full(count, -1, np.int16) if len(card.classes) > 2 else None
    return Outcomes(np.full(count, np.nan, np.float32), np.zeros(count, np.bool_), cls)


def _place(into: Outcomes, positions: list[int], batch: Outcomes) -> None:
    into.score[positions] = batch.score
    into.ng[positions] = batch.ng
    if into.cls is not None and batch.cls is not None:
        into.cls[positions] = batch.cls
