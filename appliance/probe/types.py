"""The nouns of a probe: what is asked, what was found for one part and member, and the whole record."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from appliance.engines.types import EngineSpec
from appliance.log.types import PartRow
from appliance.parts.types import Part
from models.types import Member
from perturb.camera import Camera
from perturb.search.box import Box


class Kind(StrEnum):
    """What is searched for."""

    PHYSICAL = "physical"
    ADVERSARIAL = "adversarial"


@dataclass(frozen=True)
class ProbeWish:
    """What the command line asks for; None keeps what the site says."""

    kind: Kind = Kind.PHYSICAL
    parts: int = 40
    looks: int = 96
    levels: float = 4.0  # adversarial: the largest change, in grey levels of 255
    reach: float = 1.0  # physical: how far beyond the box to look, in boxes
    seed: int | None = None
    workers: int | None = None
    provider: str | None = None


@dataclass(frozen=True)
class ProbePlan:
    """Everything a worker needs; `looks` is the budget of candidates for each part and member.

    The axes of `box` end `reach` times as far as the line's own box; distances are told in the line's.
    """

    kind: Kind
    parts: tuple[Part, ...]
    rows: tuple[PartRow, ...]
    members: tuple[Member, ...]
    task: str
    seed: int
    camera: Camera
    bits: int | None
    spec: EngineSpec
    box: Box
    looks: int
    levels: float
    reach: float = 1.0


@dataclass(frozen=True)
class FlipRow:
    """One part and member. distance: of the mildest flip found; 0 where clean is wrong already, infinite where none is.

    Physical: in shares of the box (one disturbance at its end is 1), with the severities of that flip. Adversarial:
    the largest change of a pixel in grey levels of 255. looks: candidates that were looked at.
    """

    part: str
    member: str
    ng: bool
    group: str
    right: bool
    distance: float
    severities: Mapping[str, float]
    shares: Mapping[str, float]
    looks: int

    @property
    def flipped(self) -> bool:
        """Whether a flip was found of a decision that is right on the clean picture."""
        return self.right and self.distance < float("inf")


@dataclass(frozen=True)
class ProbeRecord:
    """One probe as the log keeps it. box: per axis name, neutral, end, unit. digest: sha256 over every row."""

    probe: str
    kind: Kind
    state: str
    started: str
    family: str
    seed: int
    looks: int
    levels: float
    members: tuple[str, ...]
    box: tuple[Mapping[str, Any], ...]
    calibrated: bool
    parts: int
    provider: str
    plan_digest: str
    reach: float = 1.0
    digest: str = ""
    rows: tuple[FlipRow, ...] = ()
