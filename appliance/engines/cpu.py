"""ONNX Runtime on the CPU: the embedded default, threads set explicitly, nothing chosen silently."""

import hashlib
import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.engines.types import EngineFacts
from appliance.errors import InputRefused
from models.types import Member

NUMPY_OF = {"float32": np.float32, "float16": np.float16, "uint8": np.uint8}


EXTERNAL_FOLDER = "session.model_external_initializers_file_folder_path"


@dataclass(frozen=True)
class CpuSpec:
    """Open members in ONNX Runtime's CPU provider with `threads` intra-op threads (default: one)."""

    threads: int = 1

    def open(self, member: Member) -> "CpuEngine":
        """Load `member`; the bytes that were hashed are the bytes that run."""
        return CpuEngine(member, self.threads)


class CpuEngine:
    """One member in one ONNX Runtime session."""

    def __init__(self, member: Member, threads: int) -> None:
        self._member, self._threads = member, threads
        self._dtype = NUMPY_OF[member.card.dtype]
        self._session = _session(member, threads)

    def run(self, batch: NDArray[np.generic]) -> NDArray[np.float32]:
        """Infer (n, ...) laid out as the card says; returns the named output (n, ...) as float32.

        Raises InputRefused where the runtime rejects the batch (a wrong card, an operator it lacks).
        """
        feed = {self._member.card.input_name: np.ascontiguousarray(batch, dtype=self._dtype)}
        try:
            outputs = self._session.run([self._member.card.output_name], feed)
        except runtime_errors() as error:
            raise InputRefused(
                f"member {self._member.name} cannot run: {one_line(error)}",
                file=str(self._member.file),
                mend="check its input size and output name with `inspect-eval models card`",
            ) from error
        return np.asarray(outputs[0], dtype=np.float32)

    def facts(self) -> EngineFacts:
        """Say what ran."""
        import onnxruntime

        precision = {"float16": "fp16"}.get(self._member.card.dtype, "fp32")
        return EngineFacts("cpu", precision, self._threads, f"onnxruntime {onnxruntime.__version__}", cpu_name())


def _session(member: Member, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if threads > 1 else "0")
    options.add_session_config_entry(EXTERNAL_FOLDER, str(member.file.parent))
    try:
        return onnxruntime.InferenceSession(_trusted_bytes(member), options, providers=["CPUExecutionProvider"])
    except runtime_errors() as error:
        raise InputRefused(
            f"member {member.name} cannot be loaded: {one_line(error)}",
            file=str(member.file),
            mend="export the model again, or take it out of family.toml",
        ) from error


def _trusted_bytes(member: Member) -> bytes:
    """The model file's bytes, once their sha256 is the manifest's."""
    try:
        data = member.file.read_bytes()
    except OSError as error:
        raise InputRefused(f"cannot read the model: {error.strerror}", file=str(member.file)) from error
    if hashlib.sha256(data).hexdigest() != member.sha256:
        raise InputRefused(
            "the file is not the one the manifest names (sha256 differs)",
            file=str(member.file),
            mend="restore the file, or accept the new one with `inspect-eval models card`",
        )
    return data


@cache
def runtime_errors() -> tuple[type[Exception], ...]:
    """The exceptions of ONNX Runtime that mean `this model or input will not do`."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    names = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoSuchFile", "NotImplemented")
    return tuple(getattr(state, name) for name in (*names, "RuntimeException", "EPFail"))


def one_line(error: BaseException) -> str:
    """The first 200 characters of an error on one line."""
    return " ".join(str(error).split())[:200]


@cache
def cpu_name() -> str:
    """The processor's own name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def cores() -> int:
    """Cores this process may use."""
    affinity = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    return len(affinity) or os.cpu_count() or 1
