"""The engine seam: what the audit knows of a runtime. A fake engine at this seam tests everything above it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.types import Member


@dataclass(frozen=True)
class EngineFacts:
    """What ran: the conditions every score and every cost is quoted with.

    `placement`: share of the graph's nodes by where they run, largest first, as (name, 0..1); empty where the runtime
    does not tell. `options`: what the runtime was told, as (key, value). `notes`: what happened on the way that a
    person should know (a smaller batch).
    """

    provider: str  # cpu, openvino, cuda, tensorrt, tensorrt-native, rtx, rtx-native
    precision: str  # fp32, tf32, bf16, fp16, int8
    threads: int
    runtime: str  # "onnxruntime 1.32.0"
    device: str  # CPU or GPU name
    placement: tuple[tuple[str, float], ...] = ()
    driver: str = ""
    options: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """What must be equal for two engines to give the same numbers."""
        plain = " plain" if ("layout", "plain") in self.options else ""
        return " ".join((self.provider, self.precision, self.runtime, self.device if self.driver else "")) + plain


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
