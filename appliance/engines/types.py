"""The engine seam: what the audit knows of a runtime. A fake engine at this seam tests everything above it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.types import Member


@dataclass(frozen=True)
class EngineFacts:
    """What ran: the conditions every score and every cost is quoted with."""

    provider: str  # cpu, openvino, cuda, tensorrt, rtx
    precision: str  # fp32, fp16, int8 ...
    threads: int
    runtime: str  # "onnxruntime 1.32.0"
    device: str  # CPU or GPU name


class Engine(Protocol):
    """One loaded member. `run` takes (n, ...) as the card lays it out and returns the output (n, ...) as float32."""

    def run(self, batch: NDArray[np.generic]) -> NDArray[np.float32]:
        """Infer one batch."""

    def facts(self) -> EngineFacts:
        """Say what ran."""


class EngineSpec(Protocol):
    """A picklable recipe for an engine; worker processes open it themselves."""

    def open(self, member: Member) -> Engine:
        """Load `member`; raise InputRefused or MachineFailed where it cannot be."""
