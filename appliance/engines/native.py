"""A member as a TensorRT engine of its own, without ONNX Runtime: plain TensorRT, or TensorRT for RTX.

The engine is built through the interface both share (`trt`) and kept in the cache. An engine of TensorRT for RTX is
built ahead of time, on any machine, for every GPU it serves; what it compiles on a GPU is kept beside it, by GPU.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from appliance.engines.cache import Key, Say, engine_folder, is_sound
from appliance.engines.device_memory import Device
from appliance.engines.devices import Gpu, require_gpu
from appliance.engines.ort import prepared
from appliance.engines.ort_gpu import filled_up, largest_batch
from appliance.engines.progress import tell
from appliance.engines.rtx_compiled import Compiled
from appliance.engines.setting import EngineSetting, arithmetic, precision
from appliance.engines.shrink import DeviceFull, Shrinking
from appliance.engines.trt import TITLES, Wish, build_engine, load_trt, refuse_sm
from appliance.engines.types import EngineFacts
from appliance.errors import InputRefused, MachineFailed
from models.types import Member

CUDA = 13
ENGINE_FILE = "engine.bin"
ANY = "any GPU it serves"
FULL_MEND = "end what else uses the GPU, or audit with fewer --workers"


@dataclass
class _Shape:
    """Addresses of one input shape's buffers, and its graph once it is captured."""

    fed: int
    outputs: dict[str, int]
    answer: NDArray[np.generic]
    graph: Any = None
    settled: bool = False


class NativeEngine:
    """One member on plain TensorRT or on TensorRT for RTX. Input and outputs stay on the device between runs."""

    def __init__(self, member: Member, setting: EngineSetting, say: Say = tell) -> None:
        self._member, self._setting = member, setting
        self._gpu = native_gpu(setting)
        self._trt = load_trt(setting.provider)
        self._device = Device(setting.device, self._gpu.name)
        plan = ready_plan(member, setting, self._gpu, say)
        self._log = self._trt.Logger(self._trt.Logger.Severity.ERROR)
        self._runtime = self._trt.Runtime(self._log)
        self._engine = self._runtime.deserialize_cuda_engine(plan)
        if self._engine is None:
            raise MachineFailed(
                f"{self._title} cannot load the engine of {member.name}", mend="see `inspect-eval check`"
            )
        self._compiled = self._new_compiled() if setting.provider == "rtx-native" else None
        self._context = self._compiled.context if self._compiled else self._engine.create_execution_context()
        if self._context is None:
            raise MachineFailed(f"{self._gpu.name} has no memory for member {member.name}", mend=FULL_MEND)
        self._names = {self._engine.get_tensor_name(at) for at in range(self._engine.num_io_tensors)}
        self._shapes: dict[tuple[int, ...], _Shape] = {}
        self._shrinking = Shrinking(member, self._gpu.name, largest_batch(member, setting))

    @property
    def _title(self) -> str:
        return TITLES[self._setting.provider]

    def run(self, batch: NDArray[np.generic]) -> NDArray[np.float32]:
        """Infer (n, ...) laid out as the card says; returns the named output (n, ...) as float32.

        Raises InputRefused where the engine rejects the batch, MachineFailed where the device fails or has no memory.
        """
        return self._shrinking.run(prepared(batch, self._member), self._infer)

    def facts(self) -> EngineFacts:
        """Say what ran. Every node is in the engine: there is no other place."""
        return EngineFacts(
            self._setting.provider,
            precision(self._setting, self._member),
            max(self._setting.threads, 1),
            f"{self._title} {self._trt.__version__}",
            self._gpu.name,
            ((self._setting.provider, 1.0),),
            self._gpu.driver,
            (("cuda_graphs", str(self._setting.cuda_graphs)),),
            tuple(self._shrinking.notes),
        )

    def _new_compiled(self) -> Compiled:
        gpu = self._gpu
        name = re.sub(
            r"[^A-Za-z0-9.]+", "-", f"{self._member.sha256[:12]}-{gpu.name}-{gpu.driver}-{self._trt.__version__}"
        )
        return Compiled(
            self._trt, self._engine, self._setting.cache / f"compiled-{name}.bin", graphs=self._setting.cuda_graphs
        )

    def _infer(self, piece: NDArray[np.generic]) -> NDArray[np.float32]:
        padded = filled_up(piece, self._member.card.batch)
        shape = self._bound(padded)
        self._device.copy_in(shape.fed, padded)
        if shape.graph is not None:
            self._device.launch(shape.graph)
        else:
            self._execute()
        self._device.copy_out(shape.answer, shape.outputs[self._member.card.output_name])
        if not shape.settled:
            self._settle(shape)
        return np.array(shape.answer[: len(piece)], dtype=np.float32)

    def _settle(self, shape: _Shape) -> None:
        """After a shape's first run: keep what was compiled for it, or capture its graph."""
        shape.settled = True
        if self._compiled is not None:
            self._compiled.keep()
        elif self._setting.cuda_graphs:
            shape.graph = self._device.captured(self._execute)

    def _execute(self) -> None:
        if not self._context.execute_async_v3(int(self._device.stream)):
            raise InputRefused(
                f"member {self._member.name} cannot run on {self._title}",
                file=str(self._member.file),
                mend="use provider cpu",
            )

    def _bound(self, batch: NDArray[np.generic]) -> _Shape:
        """The context turned to this shape, with buffers on the device for its input and outputs.

        A captured graph holds its shape and its buffers already.
        """
        shape = self._shapes.get(batch.shape)
        if shape is not None and shape.graph is not None:
            return shape
        if not self._context.set_input_shape(self._member.card.input_name, batch.shape):
            raise InputRefused(
                f"member {self._member.name} was not built for input {list(batch.shape)}",
                file=str(self._member.file),
                mend="check its input size with `inspect-eval models card`",
            )
        if shape is None:
            shape = self._shapes[batch.shape] = self._new_shape(batch)
        for name, address in {self._member.card.input_name: shape.fed, **shape.outputs}.items():
            self._context.set_tensor_address(name, address)
        return shape

    def _new_shape(self, batch: NDArray[np.generic]) -> _Shape:
        outputs: dict[str, int] = {}
        try:
            for name in sorted(self._names - {self._member.card.input_name}):
                outputs[name] = self._device.allocate(max(self._output(name).nbytes, 1))
            fed = self._device.allocate(batch.nbytes)
        except DeviceFull:
            for address in outputs.values():
                self._device.free(address)
            raise
        return _Shape(fed, outputs, self._output(self._member.card.output_name))

    def _output(self, name: str) -> NDArray[np.generic]:
        """An empty host array of an output's present shape and type."""
        return np.empty(
            tuple(self._context.get_tensor_shape(name)), self._trt.nptype(self._engine.get_tensor_dtype(name))
        )


def native_gpu(setting: EngineSetting) -> Gpu:
    """The GPU, once TensorRT is there and serves it. Raises MachineFailed."""
    gpu = require_gpu(setting.device, setting.provider, CUDA)
    if setting.provider == "rtx-native":
        refuse_sm(gpu.name, gpu.sm)
    load_trt(setting.provider)
    return gpu


def ready_plan(
    member: Member, setting: EngineSetting, gpu: Gpu | None, say: Say, sm: tuple[int, int] | None = None
) -> bytes:
    """The member's engine from the cache, built first where it is not there.

    `gpu` None: ahead of time, which only TensorRT for RTX can; then `sm` may name the GPU's compute capability.
    """
    wish = native_wish(member, setting, _target(member, setting, gpu) if gpu else sm)
    with engine_folder(setting.cache, native_key(member, setting, wish, gpu), say) as (folder, ready):
        file = folder / ENGINE_FILE
        if not ready:
            write(file, build_engine(member, wish, say))
        return file.read_bytes()


def _target(member: Member, setting: EngineSetting, gpu: Gpu) -> tuple[int, int] | None:
    """The GPU's own compute capability where an engine was built ahead for just that, else None: one for any."""
    if setting.provider != "rtx-native":
        return None
    key = native_key(member, setting, native_wish(member, setting, gpu.sm), None)
    return gpu.sm if is_sound(setting.cache / key.name, key) else None


def native_wish(member: Member, setting: EngineSetting, sm: tuple[int, int] | None = None) -> Wish:
    """How this setting wants the member built."""
    most = largest_batch(member, setting)
    return Wish(setting.provider, arithmetic(setting, member), most, sm, setting.memory_mb)


def native_key(member: Member, setting: EngineSetting, wish: Wish, gpu: Gpu | None) -> Key:
    """What the engine depends on. One of TensorRT for RTX depends on no driver and no single GPU."""
    found = str(load_trt(setting.provider).__version__)
    options = (("arithmetic", wish.arithmetic), ("largest", str(wish.largest)), ("memory_mb", str(wish.memory_mb)))
    if setting.provider == "rtx-native" or gpu is None:
        where = ("any", ANY, "any" if wish.sm is None else ".".join(map(str, wish.sm)))
    else:
        where = (gpu.driver, gpu.name, ".".join(map(str, gpu.sm)))
    return Key(member.name, setting.provider, member.sha256, TITLES[setting.provider], found, *where, options)


def write(file: Path, data: bytes) -> None:
    """Write an engine. Raises MachineFailed where the disk will not have it."""
    try:
        file.write_bytes(data)
    except OSError as error:
        raise MachineFailed(
            f"the engine cannot be written: {error.strerror}", file=str(file), mend="free some space"
        ) from error
