"""ONNX Runtime on the CPU: the embedded default, threads set explicitly, nothing chosen silently."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appliance.engines.machine import cores, cpu_name
from appliance.engines.ort import (
    Ask,
    open_session,
    placement,
    prepared,
    refused_batch,
    refused_model,
    runtime_errors,
    runtime_name,
)
from appliance.engines.setting import EngineSetting, precision
from appliance.engines.types import EngineFacts
from models.types import Member

__all__ = ["CpuEngine", "CpuSpec", "cores", "cpu_name"]


@dataclass(frozen=True)
class CpuSpec:
    """Open members in ONNX Runtime's CPU provider with `threads` intra-op threads (default: one)."""

    threads: int = 1

    def open(self, member: Member) -> "CpuEngine":
        """Load `member`; the bytes that were hashed are the bytes that run."""
        return CpuEngine(member, EngineSetting(threads=self.threads))


class CpuEngine:
    """One member in one ONNX Runtime session.

    Without an io binding: on the CPU one took 0.95 to 0.99 of the CPU time, within the noise, for a copy more to hold.
    """

    def __init__(self, member: Member, setting: EngineSetting) -> None:
        self._member, self._threads = member, max(setting.threads, 1)
        self._precision = precision(setting, member)
        self._options = (("layout", setting.layout), *([("spin", "endless")] if setting.spin == "endless" else []))
        try:
            plain, endless = setting.layout == "plain", setting.spin == "endless"
            self._session = open_session(member, Ask(threads=self._threads, plain=plain, endless=endless))
        except runtime_errors() as error:
            raise refused_model(member, error) from error

    def run(self, batch: NDArray[np.generic]) -> NDArray[np.float32]:
        """Infer (n, ...) laid out as the card says; returns the named output (n, ...) as float32.

        Raises InputRefused where the runtime rejects the batch (a wrong card, an operator it lacks).
        """
        card = self._member.card
        try:
            outputs = self._session.run([card.output_name], {card.input_name: prepared(batch, self._member)})
        except runtime_errors() as error:
            raise refused_batch(self._member, error) from error
        return np.asarray(outputs[0], dtype=np.float32)

    def facts(self) -> EngineFacts:
        """Say what ran."""
        return EngineFacts(
            "cpu",
            self._precision,
            self._threads,
            runtime_name(),
            cpu_name(),
            placement(self._session),
            options=self._options,
        )
