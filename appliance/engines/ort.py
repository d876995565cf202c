"""What every engine on ONNX Runtime shares: a session that never falls back unsaid, and where its nodes run."""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.engines.trusted import trusted_bytes
from appliance.errors import InputRefused
from models.types import Member

NUMPY_OF = {"float32": np.float32, "float16": np.float16, "uint8": np.uint8}
EXTERNAL_FOLDER = "session.model_external_initializers_file_folder_path"
SPIN_US = "1000"
"""How long a waiting thread spins: ONNX Runtime's own default burns a core between the parts of a paced line."""
SHORT = {
    "CPUExecutionProvider": "cpu",
    "CUDAExecutionProvider": "cuda",
    "TensorrtExecutionProvider": "tensorrt",
    "NvTensorRTRTXExecutionProvider": "rtx",
}

Provider = tuple[str, dict[str, str]]


@dataclass(frozen=True)
class Ask:
    """How a session is asked for. `providers`: by preference. `devices`: of a plug-in, instead of a provider's name.

    `plain`: weights and pictures in the model's own layout, not in the blocks of channels that ONNX Runtime prefers.
    `endless`: waiting threads spin without end, as ONNX Runtime lets them by itself, not for SPIN_US.
    `fallback`: whether nodes may run on the CPU; False makes the session refuse to be created where one would.
    """

    providers: tuple[Provider, ...] = (("CPUExecutionProvider", {}),)
    threads: int = 1
    fallback: bool = True
    devices: tuple[Any, ...] = ()
    device_options: dict[str, str] = field(default_factory=dict)
    plain: bool = False
    endless: bool = False


def open_session(member: Member, ask: Ask) -> Any:
    """A session on the member's hashed bytes, which keeps note of where its nodes run.

    Raises whatever ONNX Runtime raises (`runtime_errors`): the engine knows what it means.
    """
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)  # where a node runs and what is refused is said by us, once
    options = session_options(member, ask)
    if ask.devices:
        options.add_provider_for_devices(list(ask.devices), ask.device_options)
        return _as_the_card_says(onnxruntime.InferenceSession(trusted_bytes(member), options), member)
    names = [name for name, _ in ask.providers]
    settings = [settings for _, settings in ask.providers]
    session = onnxruntime.InferenceSession(trusted_bytes(member), options, providers=names, provider_options=settings)
    session.disable_fallback()
    return _as_the_card_says(session, member)


def _as_the_card_says(session: Any, member: Member) -> Any:
    """`session`, once its one input is the card's. Raises InputRefused."""
    names = [found.name for found in session.get_inputs()]
    if names != [member.card.input_name]:
        raise InputRefused(
            f"member {member.name} takes {', '.join(names) or 'nothing'}; its card says {member.card.input_name}",
            file=str(member.file),
            mend="write the card anew with `inspect-eval models card`",
        )
    return session


def has_providers(ask: Ask) -> bool:
    """Whether this build of ONNX Runtime carries every provider asked for by name."""
    import onnxruntime

    return {name for name, _ in ask.providers} <= set(onnxruntime.get_available_providers())


def session_options(member: Member, ask: Ask) -> Any:
    """Options of a session: threads as asked, no silent fallback, node placement recorded."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = ask.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    if ask.plain:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.add_session_config_entry("session.intra_op.allow_spinning", "1" if ask.threads > 1 else "0")
    if not ask.endless:
        options.add_session_config_entry("session.intra_op.spin_duration_us", SPIN_US)
    options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
    options.add_session_config_entry("session.disable_cpu_ep_fallback", "0" if ask.fallback else "1")
    options.add_session_config_entry(EXTERNAL_FOLDER, str(member.file.parent))
    return options


def placement(session: Any) -> tuple[tuple[str, float], ...]:
    """Share of the nodes by provider, largest first."""
    counts: Counter[str] = Counter()
    for part in session.get_provider_graph_assignment_info():
        counts[SHORT.get(part.ep_name, part.ep_name)] += len(part.get_nodes())
    total = sum(counts.values())
    return tuple((name, count / total) for name, count in counts.most_common())


def operators_on(session: Any, provider: str) -> tuple[str, ...]:
    """Operator types that run on `provider` (its full name), sorted."""
    found = set()
    for part in session.get_provider_graph_assignment_info():
        if part.ep_name == provider:
            found |= {node.op_type for node in part.get_nodes()}
    return tuple(sorted(found))


def runtime_name() -> str:
    """`onnxruntime 1.32.0`."""
    import onnxruntime

    return f"onnxruntime {onnxruntime.__version__}"


def prepared(batch: NDArray[np.generic], member: Member) -> NDArray[np.generic]:
    """The batch in the card's dtype, contiguous."""
    return np.ascontiguousarray(batch, dtype=NUMPY_OF[member.card.dtype])


def refused_batch(member: Member, error: Exception) -> InputRefused:
    """The member rejects a batch: a wrong card, or an operator that fails on it."""
    return InputRefused(
        f"member {member.name} cannot run: {one_line(error)}",
        file=str(member.file),
        mend="check its input size and output name with `inspect-eval models card`",
    )


def refused_model(member: Member, error: Exception) -> InputRefused:
    """The runtime does not take the model."""
    return InputRefused(
        f"member {member.name} cannot be loaded: {one_line(error)}",
        file=str(member.file),
        mend="export the model again, or take it out of family.toml",
    )


@cache
def runtime_errors() -> tuple[type[Exception], ...]:
    """The exceptions of ONNX Runtime that mean `this model, input or device will not do`."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    names = ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoSuchFile", "NotImplemented")
    return tuple(getattr(state, name) for name in (*names, "RuntimeException", "EPFail"))


def run_errors() -> tuple[type[Exception], ...]:
    """The same for a run: bound ones raise a plain RuntimeError."""
    return (*runtime_errors(), RuntimeError)


def one_line(error: BaseException) -> str:
    """The first 200 characters of an error on one line, without the code that ONNX Runtime puts before it."""
    return re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", " ".join(str(error).split()))[:200]
