"""Engines at the seam that give known answers, die, hang or refuse, so that what is above them is tested for real."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from appliance.audit.plan import Plan
from appliance.engines.types import EngineFacts
from appliance.errors import InputRefused
from appliance.log.types import PartRow
from appliance.parts.types import Label, Part, Verdict
from models.types import Card, Member
from perturb import suite
from perturb.camera import Camera
from perturb.types import CLEAN, Condition

CARD = Card("image", "logits", 16, 16)


@dataclass(frozen=True)
class MeanSpec:
    """Members answer with the mean brightness of each picture, but for the one that `kill`, `hang` ... names."""

    kill: str = ""
    hang: str = ""
    refuse: str = ""
    bug: str = ""

    def open(self, member: Member) -> "MeanEngine":
        if member.name == self.refuse:
            raise InputRefused("will not open", file=str(member.file))
        return MeanEngine(self, member)


class MeanEngine:
    def __init__(self, spec: MeanSpec, member: Member) -> None:
        self.spec, self.member, self.calls = spec, member, 0

    def run(self, batch: NDArray[np.generic]) -> NDArray[np.float32]:
        self.calls += 1
        if self.calls > 3:  # the probe and the first batches are fine
            self._misbehave()
        mean = batch.astype(np.float64).mean(axis=(1, 2, 3)) * self.member.params
        return np.stack([-mean, mean], axis=1).astype(np.float32)

    def _misbehave(self) -> None:
        if self.member.name == self.spec.kill:
            os.kill(os.getpid(), signal.SIGSEGV)
        if self.member.name == self.spec.hang:
            time.sleep(60)
        if self.member.name == self.spec.bug:
            raise ZeroDivisionError("a bug in an engine")

    def facts(self) -> EngineFacts:
        return EngineFacts("fake", "fp32", 1, "fake 1", "none")


def members(names: str = "abc") -> tuple[Member, ...]:
    return tuple(Member(name, Path(f"{name}.onnx"), name * 8, n + 1, 1000, 1000, CARD) for n, name in enumerate(names))


def write_parts(folder: Path, count: int) -> tuple[Part, ...]:
    """`count` small pictures of known, different brightness; every other one NG."""
    parts = []
    for n in range(count):
        label = Verdict.NG if n % 2 else Verdict.OK
        path = folder / label / f"{n:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(n)
        cv2.imwrite(str(path), rng.integers(0, 40 + 180 * n // count, (24, 20, 3), np.uint8, endpoint=True))
        parts.append(Part(f"{label}/{path.name}", path, Label(label)))
    return tuple(parts)


def rows(parts: tuple[Part, ...]) -> tuple[PartRow, ...]:
    return tuple(PartRow(p.id, p.id, p.label.verdict is Verdict.NG) for p in parts)


def plan(
    parts: tuple[Part, ...], spec: object = MeanSpec(), conditions: tuple[Condition, ...] = (), **changes: object
) -> Plan:
    wanted = conditions or (CLEAN, *[c for c in suite("quick") if c.name != "clean"][:3])
    return Plan(parts, members(), wanted, "classification", 7, Camera(), None, spec, chunk=4, **changes)  # type: ignore[arg-type]
