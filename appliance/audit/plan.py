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

    `chunk` is the number of parts a job takes: it depends on the parts and cards only, never on the workers, so
    that results do not either. `store` is a folder for decoded pictures, of at most `store_bytes`; None: no store.
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
    store: Path | None = None
    store_bytes: int = 0

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
        "runtime": runtime,
        "pixels": pixel_makers(),
    }
    return hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()
