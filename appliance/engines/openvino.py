"""OpenVINO on Intel and AMD processors, through its own package. fp32 is asked for, and what was given is read back:
left alone it computes in bf16 where the processor can, which moves scores."""

import math
import sys
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.engines.machine import cpu_name
from appliance.engines.ort import one_line, prepared, refused_batch, refused_model
from appliance.engines.setting import EngineSetting, arithmetic, precision
from appliance.engines.shapes import input_shape
from appliance.engines.trusted import trusted_bytes
from appliance.engines.types import EngineFacts
from appliance.errors import MachineFailed
from models.types import Member

TYPES = {"fp32": "f32", "bf16": "bf16"}
KEPT = 4
MISSING = "pip install 'inspect-eval[openvino]'"


class OpenVinoEngine:
    """One member compiled for the CPU with an explicit precision, thread and stream count.

    Each batch size is compiled on its own: fixed shapes took 0.85 to 1.0 of the CPU time of open ones. The last four
    are kept. With several streams a batch is shared among them; a model of a fixed batch then takes any multiple of it.
    """

    def __init__(self, member: Member, setting: EngineSetting) -> None:
        self._member, self._threads = member, max(setting.threads, 1)
        self._precision = precision(setting, member)
        self._options = _options(setting, arithmetic(setting, member), self._threads)
        self._core, self._model = _read(member, self._options)
        self._tensor = _openvino().Tensor
        self._requests: dict[tuple[int, ...], tuple[Any, ...]] = {}
        first = self._compiled(input_shape(member.card, member.card.batch or 1))
        self._streams = len(first)

    def run(self, batch: NDArray[np.generic]) -> NDArray[np.float32]:
        """Infer (n, ...) laid out as the card says; returns the named output (n, ...) as float32.

        Raises InputRefused where the runtime rejects the batch.
        """
        card, share = self._member.card, self._share(len(batch))
        ready = prepared(batch, self._member)
        try:
            if share < len(batch):
                return self._side_by_side([ready[at : at + share] for at in range(0, len(batch), share)])
            request = self._compiled(batch.shape)[0]
            shared = ready if ready.flags.writeable else ready.copy()  # OpenVINO shares no memory it may not write
            request.set_input_tensor(self._tensor(shared, shared_memory=True))  # a copy took 1 to 4 % of a call
            request.infer(share_outputs=True)
            return np.array(request.get_tensor(card.output_name).data, dtype=np.float32)
        except RuntimeError as error:
            raise refused_batch(self._member, error) from error

    def _share(self, pictures: int) -> int:
        """How many of a batch's pictures one stream takes at a time."""
        if self._streams == 1:
            return pictures
        return self._member.card.batch or math.ceil(pictures / self._streams)

    def _side_by_side(self, pieces: list[NDArray[np.generic]]) -> NDArray[np.float32]:
        """The answers of all pieces in order, as many in flight as there are streams."""
        card = self._member.card
        answers: list[NDArray[np.float32]] = []
        under_way: deque[Any] = deque()
        for number, piece in enumerate(pieces):
            if len(under_way) == self._streams:
                answers.append(_answer(under_way.popleft(), card.output_name))
            request = self._compiled(piece.shape)[number % self._streams]
            request.start_async({card.input_name: piece}, share_inputs=True)
            under_way.append(request)
        return np.concatenate(answers + [_answer(request, card.output_name) for request in under_way])

    def _compiled(self, shape: tuple[int, ...]) -> tuple[Any, ...]:
        """A request a stream for this shape, compiled where it is new. Raises InputRefused for one it does not take."""
        if shape in self._requests:
            return self._requests[shape]
        model = self._model.clone()
        try:
            model.reshape({self._member.card.input_name: list(shape)})
            compiled = self._core.compile_model(model, "CPU", self._options)
        except RuntimeError as error:
            refused = refused_batch if self._requests else refused_model
            raise refused(self._member, error) from error
        _require_asked(compiled, self._options, self._member)
        if len(self._requests) >= KEPT:
            del self._requests[next(iter(self._requests))]
        streams = max(int(compiled.get_property("NUM_STREAMS")), 1)
        self._requests[shape] = tuple(compiled.create_infer_request() for _ in range(streams))
        return self._requests[shape]

    def facts(self) -> EngineFacts:
        """Say what ran."""
        options = tuple(sorted((key.lower(), str(value)) for key, value in self._options.items()))
        return EngineFacts(
            "openvino",
            self._precision,
            self._threads,
            runtime_name(),
            cpu_name(),
            (("openvino", 1.0),),
            options=options,
        )


def _answer(request: Any, output: str) -> NDArray[np.float32]:
    """The named output of a request that is under way, once it is done."""
    request.wait()
    return np.array(request.get_tensor(output).data, dtype=np.float32)


def runtime_name() -> str:
    """`openvino 2026.4.1`. Raises MachineFailed where it is not installed."""
    return f"openvino {_openvino().__version__.split('-')[0]}"


def _openvino() -> Any:
    """The package, without the part of it that reports use to its maker: nothing leaves this node."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError as error:
        raise MachineFailed(f"OpenVINO cannot be loaded: {one_line(error)}", mend=MISSING) from error
    return openvino


def _options(setting: EngineSetting, wanted: str, threads: int) -> dict[str, Any]:
    """What the CPU device is told. Pinning only where it is asked for: workers would all be bound to the same core."""
    options: dict[str, Any] = {
        "INFERENCE_PRECISION_HINT": TYPES[wanted],
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": setting.hint.upper(),
        "ENABLE_CPU_PINNING": setting.pinned,
    }
    return options | ({"NUM_STREAMS": setting.streams} if setting.streams else {})


def _read(member: Member, options: dict[str, Any]) -> tuple[Any, Any]:
    """OpenVINO's core and the model as it reads it, shapes still open."""
    data = trusted_bytes(member)
    openvino = _openvino()
    core = openvino.Core()
    if options["INFERENCE_PRECISION_HINT"] == "bf16" and "BF16" not in core.get_property(
        "CPU", "OPTIMIZATION_CAPABILITIES"
    ):
        raise MachineFailed(f"{cpu_name()} has no bf16 arithmetic", mend='use precision = "fp32"')
    try:
        return core, core.read_model(member.file) if member.data else core.read_model(data, b"")
    except RuntimeError as error:
        raise refused_model(member, error) from error


def _require_asked(compiled: Any, options: dict[str, Any], member: Member) -> None:
    """Raise MachineFailed where the runtime computes in another precision than it was asked for."""
    given = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()
    if given != options["INFERENCE_PRECISION_HINT"]:
        raise MachineFailed(
            f"OpenVINO computes {member.name} in {given} where {options['INFERENCE_PRECISION_HINT']} was asked for",
            file=str(member.file),
            mend="use provider cpu, or a precision this processor has",
        )
