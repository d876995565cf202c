"""One member on a GPU through ONNX Runtime: bound buffers on the device, a CUDA graph for each fixed shape."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.engines.devices import Gpu
from appliance.engines.ort import (
    NUMPY_OF,
    Ask,
    has_providers,
    open_session,
    operators_on,
    placement,
    prepared,
    refused_batch,
    refused_model,
    run_errors,
    runtime_errors,
    runtime_name,
)
from appliance.engines.setting import EngineSetting, precision
from appliance.engines.shrink import DeviceFull, Shrinking, is_full
from appliance.engines.types import EngineFacts
from appliance.errors import InputRefused, InspectError, MachineFailed
from models.types import Member

BATCH = 32
"""Most pictures a GPU engine takes at once where nothing was said."""
NO_GRAPH = "-1"


@dataclass
class _Shape:
    """Buffers of one input shape, both on the device, and the graph captured for it."""

    binding: Any
    fed: Any
    options: Any


class OrtEngine:
    """A session on `wanted` and nothing else. Batches are filled up to a power of two (the rest is dropped again), so
    that few shapes occur; where the device's memory is full a smaller one is tried, and said."""

    def __init__(self, member: Member, setting: EngineSetting, gpu: Gpu, ask: Ask, wanted: str) -> None:
        self._member, self._setting, self._gpu, self._wanted = member, setting, gpu, wanted
        self._precision = precision(setting, member)
        self._options = {**dict(ask.providers).get(wanted, {}), **ask.device_options}
        self._session = required_session(member, setting, gpu, ask, wanted)
        self._shrinking = Shrinking(member, gpu.name, largest_batch(member, setting))

    def run(self, batch: NDArray[np.generic]) -> NDArray[np.float32]:
        """Infer (n, ...) laid out as the card says; returns the named output (n, ...) as float32.

        Raises InputRefused where the runtime rejects the batch, MachineFailed where one picture is too much for the
        device's memory.
        """
        return self._shrinking.run(prepared(batch, self._member), self._infer)

    def facts(self) -> EngineFacts:
        """Say what ran."""
        return EngineFacts(
            self._setting.provider,
            self._precision,
            max(self._setting.threads, 1),
            runtime_name(),
            self._gpu.name,
            placement(self._session),
            self._gpu.driver,
            tuple(sorted(self._options.items())),
            tuple(self._shrinking.notes),
        )

    def _infer(self, piece: NDArray[np.generic]) -> NDArray[np.float32]:
        padded = filled_up(piece, self._member.card.batch)
        try:
            answer = self._answer(padded)
        except run_errors() as error:
            raise DeviceFull(str(error)) if is_full(error) else refused_batch(self._member, error) from error
        return np.array(answer[: len(piece)], dtype=np.float32)

    def _answer(self, batch: NDArray[np.generic]) -> NDArray[np.generic]:
        """The named output for a batch of its final shape; raises what ONNX Runtime raises."""
        card = self._member.card
        answers = self._session.run([card.output_name], {card.input_name: batch})
        return np.asarray(answers[0])


class OrtGpuEngine(OrtEngine):
    """Input and output stay on the device between runs; only the answer is copied back."""

    device = "cuda"

    def __init__(self, member: Member, setting: EngineSetting, gpu: Gpu, ask: Ask, wanted: str) -> None:
        self._shapes: dict[tuple[int, ...], _Shape] = {}
        self._copied = (0.0, 0.0)
        super().__init__(member, setting, gpu, ask, wanted)

    def copies(self) -> tuple[float, float]:
        """Seconds that the last batch took to and from the device; the run between them waits for the device."""
        return self._copied

    def _answer(self, batch: NDArray[np.generic]) -> NDArray[np.generic]:
        shape = self._shapes.get(batch.shape) or self._bound(batch)
        start = time.perf_counter()
        shape.fed.update_inplace(batch)
        fed = time.perf_counter()
        self._session.run_with_iobinding(shape.binding, shape.options)
        ran = time.perf_counter()
        answer = np.asarray(shape.binding.get_outputs()[0].numpy())
        self._copied = (fed - start, time.perf_counter() - ran)
        return answer

    def _bound(self, batch: NDArray[np.generic]) -> _Shape:
        """Buffers for this shape: the output's is as large as a first run, without a graph, shows it to be."""
        import onnxruntime

        card, device, number = self._member.card, self.device, self._gpu.number
        fed = onnxruntime.OrtValue.ortvalue_from_shape_and_type(batch.shape, NUMPY_OF[card.dtype], device, number)
        fed.update_inplace(batch)
        trial = self._session.io_binding()
        trial.bind_ortvalue_input(card.input_name, fed)
        trial.bind_output(card.output_name, device, number)
        self._session.run_with_iobinding(trial, run_options(NO_GRAPH))
        seen = trial.get_outputs()[0]
        answer = onnxruntime.OrtValue.ortvalue_from_shape_and_type(seen.shape(), seen.numpy().dtype, device, number)
        binding = self._session.io_binding()
        binding.bind_ortvalue_input(card.input_name, fed)
        binding.bind_ortvalue_output(card.output_name, answer)
        graph = str(len(self._shapes) + 1) if self._setting.cuda_graphs else NO_GRAPH
        shape = _Shape(binding, fed, run_options(graph))
        self._shapes[batch.shape] = shape
        return shape


def run_options(graph: str) -> Any:
    """Options of a run: which CUDA graph it captures or replays (-1: none)."""
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("gpu_graph_id", graph)
    return options


def filled_up(piece: NDArray[np.generic], fixed: int | None) -> NDArray[np.generic]:
    """`piece` with its last picture repeated up to the fixed batch, or to the next power of two."""
    size = fixed or 1 << (len(piece) - 1).bit_length()
    return np.concatenate([piece, np.repeat(piece[-1:], size - len(piece), axis=0)]) if size > len(piece) else piece


def largest_batch(member: Member, setting: EngineSetting) -> int:
    """Most pictures at once: the card's fixed batch, else the site's wish, else 32."""
    return member.card.batch or setting.batch or BATCH


def required_session(member: Member, setting: EngineSetting, gpu: Gpu, ask: Ask, wanted: str) -> Any:
    """A session on `wanted`, or an error that says why not: never another provider in its place."""
    if not has_providers(ask):
        raise not_loaded(setting.provider, member)
    try:
        session = open_session(member, ask)
    except runtime_errors() as error:
        raise _reason(member, setting, gpu, ask, error) from error
    if session.get_providers()[0] != wanted:
        raise not_loaded(setting.provider, member)
    return session


def not_loaded(provider: str, member: Member) -> MachineFailed:
    """The provider's library could not be loaded, so that another would have run."""
    return MachineFailed(
        f"provider {provider} could not be loaded, {member.name} would have run elsewhere",
        mend="see `inspect-eval check`",
    )


def _reason(member: Member, setting: EngineSetting, gpu: Gpu, ask: Ask, error: Exception) -> InspectError:
    """What the runtime's refusal means."""
    if is_full(error):
        mend = "end what else uses the GPU, or audit with fewer --workers"
        return MachineFailed(f"{gpu.name} has no memory to load {member.name}", file=str(member.file), mend=mend)
    left_over = _left_over(member, ask)
    if left_over is None:
        return refused_model(member, error)
    if left_over.elsewhere:
        return not_loaded(setting.provider, member)
    if not left_over.operators:
        return refused_model(member, error)
    other = "cuda" if setting.provider == "tensorrt" and setting.fallback == "none" else "cpu"
    return InputRefused(
        f"provider {setting.provider} lacks {', '.join(left_over.operators)} of member {member.name} "
        f"({left_over.share:.0%} of its nodes)",
        file=str(member.file),
        mend=f'write fallback = "{other}" in [engine] to run those there, or export the model without them',
    )


@dataclass(frozen=True)
class _LeftOver:
    """What the providers asked for leave to the CPU. `elsewhere`: all of it, for the first of them did not load."""

    operators: tuple[str, ...]
    share: float
    elsewhere: bool


def _left_over(member: Member, ask: Ask) -> _LeftOver | None:
    """Ask again with the CPU allowed, only to see what it would take; None where that fails too."""
    plain = tuple((name, {k: v for k, v in said.items() if "graph" not in k}) for name, said in ask.providers)
    try:
        session = open_session(member, Ask(plain, ask.threads, True, ask.devices, ask.device_options))
    except runtime_errors():
        return None
    loaded = session.get_providers()
    shares = dict(placement(session))
    names = operators_on(session, "CPUExecutionProvider")
    return _LeftOver(names, shares.get("cpu", 0.0), bool(ask.providers) and loaded[0] != ask.providers[0][0])
