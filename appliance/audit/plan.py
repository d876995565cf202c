"""What an audit is going to do, fixed before it starts: the grid, the chunks, the digest that resume checks."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from appliance.engines.types import EngineSpec
from appliance.log.types import PartRow
from appliance.parts.types import Part
from models.types import Card, Member
from perturb.camera import Camera
from perturb.makers import pixel_makers
from perturb.types import Condition

CHUNK_PARTS = 32
CHUNK_BYTES = 64 << 20
BATCH_BYTES = 32 << 20
BATCH_PARTS = 16


@dataclass(frozen=True)
class Plan:
    """The grid of cells over one data set, and everything a worker needs to compute any of them alone.

    `own` are the site's own perturbations as JSON texts. `chunk` is the number of parts a job takes: it depends on the
    parts and cards only, never on the workers, so that results do not either. `repeats` shots of every part, each with
    noise of its own, tell how repeatable its decision is; they are no conditions and enter no mean. `store` is a
    folder for decoded pictures, of at most `store_bytes`; None: no store.
    `batch` is the most parts an engine on a GPU takes at once; 0: what suits a processor's cache (`batch_parts`).
    `memory_mb` is the most address space a worker may take; 0: no bound.
    """

    parts: tuple[Part, ...]
    members: tuple[Member, ...]
    conditions: tuple[Condition, ...]
    task: str
    seed: int
    camera: Camera
    bits: int | None
    spec: EngineSpec
    chunk: int = CHUNK_PARTS
    own: tuple[str, ...] = ()
    store: Path | None = None
    store_bytes: int = 0
    batch: int = 0
    memory_mb: int = 0
    repeats: int = 0

    @property
    def shown(self) -> tuple[Condition, ...]:
        """What a job's number stands for: every condition, then the repeated shots."""
        return (*self.conditions, *shots(self.repeats))

    def draw(self, number: int) -> int | None:
        """Which repeated shot a job's number stands for; None for a condition."""
        return number - len(self.conditions) if number >= len(self.conditions) else None

    def chunks(self) -> list[range]:
        """Part indices, `chunk` at a time."""
        starts = range(0, len(self.parts), self.chunk)
        return [range(start, min(start + self.chunk, len(self.parts))) for start in starts]

    def cards(self) -> list[Card]:
        """The distinct ways of preprocessing, in member order; members that share one share its pixels."""
        return list(dict.fromkeys(pixel_card(member.card) for member in self.members))


@dataclass(frozen=True)
class Job:
    """One chunk of parts under one condition, for every member that is still alive."""

    condition: int
    chunk: int
    parts: range
    skip: frozenset[int] = frozenset()  # parts that cost a process its life
    dead: frozenset[str] = frozenset()  # members that did


@dataclass(frozen=True)
class Probe:
    """Open one member, run one black picture, decode the answer: fail before the long work."""

    member: int


def shots(count: int) -> tuple[Condition, ...]:
    """`count` shots of the part as it is, by the same camera: its own noise drawn anew each time."""
    return tuple(Condition("retake", 1.0, "x", repeat=draw, group="sensor") for draw in range(count))


def pixel_card(card: Card) -> Card:
    """`card` without what does not change the pixels a model receives."""
    return replace(card, input_name="", output_name="", output=Card.output, classes=(), ok_classes=(), threshold=0.5)


def chunk_parts(members: Sequence[Member]) -> int:
    """Parts a job takes: 32, or as many as keep the largest input tensor of a chunk within 64 MiB."""
    largest = max(_input_bytes(member.card) for member in members)
    return int(np.clip(CHUNK_BYTES // largest, 1, CHUNK_PARTS))


def batch_parts(member: Member) -> int:
    """Parts a batch takes: the card's fixed size, else a power of two whose activations stay near the cache."""
    if member.card.batch is not None:
        return member.card.batch
    fits = BATCH_BYTES // max(4 * member.activations, 1)
    return 1 << (int(np.clip(fits, 1, BATCH_PARTS)).bit_length() - 1)


def _input_bytes(card: Card) -> int:
    return card.height * card.width * 3 * 4


def plan_digest(plan: Plan, parts: Sequence[PartRow], runtime: str) -> str:
    """sha256 over models, cards, parts, seed, conditions, camera, runtime and what makes the pixels.

    Equal digests give equal outputs.
    """
    known = {
        "members": [(m.name, m.sha256, asdict(m.card), *filter(None, [m.precision])) for m in plan.members],
        "parts": [(p.id, p.sha256, p.ng, p.cls) for p in parts],
        "conditions": [c.key for c in plan.conditions],
        "seed": plan.seed,
        "task": plan.task,
        "camera": asdict(plan.camera),
        "bits": plan.bits,
        "chunk": plan.chunk,
        **({"batch": plan.batch} if plan.batch else {}),
        "runtime": runtime,
        "pixels": pixel_makers(),
        "own": plan.own,
        "repeats": plan.repeats,
    }
    return hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()
