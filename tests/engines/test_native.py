"""The native engine's own work (buffers, shapes, graphs, a full device) on a pretended device: host memory for the
GPU's, and an interface of TensorRT whose engine answers with ONNX Runtime's numbers."""
# ruff: noqa: N815 - the names are CUDA's

import ctypes
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.engines import device_memory, native
from appliance.engines.cpu import CpuSpec
from appliance.engines.devices import Gpu
from appliance.engines.native import NativeEngine
from appliance.engines.setting import EngineSetting
from appliance.errors import InputRefused, MachineFailed
from models.types import Member
from tests.engines.build import demo_member, pictures

GPU = Gpu(0, "NVIDIA T400", (7, 5), "580.65", (13, 0), 4096, 3000)


class Error(Enum):
    """CUDA's results that matter here."""

    cudaSuccess = 0
    cudaErrorMemoryAllocation = 2
    cudaErrorIllegalAddress = 700


class Cuda:
    """CUDA's runtime interface over host memory; counts what is asked of it."""

    cudaError_t = Error
    cudaMemcpyKind = SimpleNamespace(cudaMemcpyHostToDevice=1, cudaMemcpyDeviceToHost=2)
    cudaStreamCaptureMode = SimpleNamespace(cudaStreamCaptureModeThreadLocal=1)

    def __init__(self, room: int = 1 << 30) -> None:
        self.room, self.held = room, dict[int, Any]()
        self.capturing: list[Callable[[], None]] | None = None
        self.launched = self.captured = 0
        self.broken = ""

    def __getattribute__(self, name: str) -> Any:
        if name != "broken" and name == object.__getattribute__(self, "broken"):
            return lambda *_: (Error.cudaErrorIllegalAddress, None)
        return object.__getattribute__(self, name)

    def cudaSetDevice(self, _: int) -> tuple[Error]:
        return (Error.cudaSuccess,)

    def cudaStreamCreate(self) -> tuple[Error, int]:
        return Error.cudaSuccess, 7

    def cudaStreamSynchronize(self, _: int) -> tuple[Error]:
        return (Error.cudaSuccess,)

    def cudaMalloc(self, size: int) -> tuple[Error, int]:
        if size > self.room:
            return Error.cudaErrorMemoryAllocation, 0
        held = (ctypes.c_byte * size)()
        self.held[ctypes.addressof(held)] = held
        return Error.cudaSuccess, ctypes.addressof(held)

    def cudaFree(self, address: int) -> tuple[Error]:
        del self.held[address]
        return (Error.cudaSuccess,)

    def cudaMemcpyAsync(self, to: int, source: int, size: int, _kind: int, _stream: int) -> tuple[Error]:
        ctypes.memmove(to, source, size)
        return (Error.cudaSuccess,)

    def cudaStreamBeginCapture(self, _stream: int, _mode: int) -> tuple[Error]:
        self.capturing = []
        return (Error.cudaSuccess,)

    def cudaStreamEndCapture(self, _stream: int) -> tuple[Error, Any]:
        work, self.capturing = self.capturing, None
        self.captured += 1
        return Error.cudaSuccess, work

    def cudaGraphInstantiate(self, graph: Any, _flags: int) -> tuple[Error, Any]:
        return Error.cudaSuccess, graph

    def cudaGraphLaunch(self, graph: Any, _stream: int) -> tuple[Error]:
        self.launched += 1
        for work in graph:
            work()
        return (Error.cudaSuccess,)


class Context:
    """An execution context: reads its input and writes its output at the addresses it was given."""

    def __init__(self, member: Member, cuda: Cuda) -> None:
        self.member, self.cuda = member, cuda
        self.engine = CpuSpec().open(member)
        self.shape: tuple[int, ...] = ()
        self.addresses: dict[str, int] = {}
        self.turned = 0

    def set_input_shape(self, _name: str, shape: tuple[int, ...]) -> bool:
        self.shape, self.turned = tuple(shape), self.turned + 1
        return shape[1:] == (3, self.member.card.height, self.member.card.width)

    def set_tensor_address(self, name: str, address: int) -> None:
        self.addresses[name] = address

    def get_tensor_shape(self, _name: str) -> tuple[int, int]:
        return self.shape[0], 2

    def execute_async_v3(self, _stream: int) -> bool:
        addresses, shape = dict(self.addresses), self.shape

        def work() -> None:
            fed = _floats(addresses[self.member.card.input_name], shape)
            _floats(addresses[self.member.card.output_name], (shape[0], 2))[:] = self.engine.run(fed.copy())

        if self.cuda.capturing is None:
            work()
        else:
            self.cuda.capturing.append(work)
        return True


def _floats(address: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.ctypeslib.as_array(ctypes.cast(address, ctypes.POINTER(ctypes.c_float)), shape)


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[NativeEngine, Cuda, Context]]:
    def make(member: Member, room: int = 1 << 30, **said: Any) -> tuple[NativeEngine, Cuda, Context]:
        cuda = Cuda(room)
        context = Context(member, cuda)
        names = [member.card.input_name, member.card.output_name]
        engine = SimpleNamespace(
            num_io_tensors=2,
            get_tensor_name=lambda at: names[at],
            get_tensor_dtype=lambda _: np.float32,
            create_execution_context=lambda: context,
        )
        logger: Any = lambda _: None  # noqa: E731 - a module's members
        logger.Severity = SimpleNamespace(ERROR=1)
        runtime = SimpleNamespace(deserialize_cuda_engine=lambda plan: engine if plan == b"plan" else None)
        trt = SimpleNamespace(Logger=logger, Runtime=lambda _: runtime, nptype=lambda kind: kind, __version__="10.16")
        monkeypatch.setattr(device_memory, "_bindings", lambda: cuda)
        monkeypatch.setattr(native, "load_trt", lambda _: trt)
        monkeypatch.setattr(native, "native_gpu", lambda _: GPU)
        monkeypatch.setattr(native, "ready_plan", lambda *_: b"plan")
        setting = EngineSetting(provider="tensorrt-native", cache=tmp_path, **said)
        return NativeEngine(member, setting), cuda, context

    return make


def test_every_batch_gives_what_the_cpu_gives(pretend: Any) -> None:
    member = demo_member("xs")
    engine, _, _ = pretend(member)
    batch = pictures(member, 21)
    expected = CpuSpec().open(member).run(batch)
    for count in (1, 3, 21, 8, 3, 1):
        assert np.allclose(engine.run(batch[:count]), expected[:count], atol=1e-5)


def test_each_shape_is_captured_once_and_replayed_from_then_on(pretend: Any) -> None:
    member = demo_member("xs")
    engine, cuda, context = pretend(member)
    batch = pictures(member, 8)
    expected = CpuSpec().open(member).run(batch)
    for turn in range(4):
        rows = np.roll(np.arange(8), turn)
        assert np.allclose(engine.run(batch[rows]), expected[rows], atol=1e-5), "a replay reads what was fed last"
    assert (cuda.captured, cuda.launched, context.turned) == (1, 3, 1)
    engine.run(batch[:2])
    assert cuda.captured == 2


def test_without_graphs_nothing_is_captured(pretend: Any) -> None:
    member = demo_member("xs")
    engine, cuda, _ = pretend(member, cuda_graphs=False)
    engine.run(pictures(member, 4))
    engine.run(pictures(member, 4))
    assert (cuda.captured, cuda.launched) == (0, 0)


def test_buffers_are_kept_between_runs(pretend: Any) -> None:
    member = demo_member("xs")
    engine, cuda, _ = pretend(member)
    for _ in range(3):
        engine.run(pictures(member, 4))
    assert len(cuda.held) == 2


def test_a_full_device_tries_half_and_says_so(pretend: Any) -> None:
    member = demo_member("xs")
    four = 4 * 3 * member.card.height * member.card.width * 4
    engine, cuda, _ = pretend(member, room=four)
    batch = pictures(member, 16)
    assert np.allclose(engine.run(batch), CpuSpec().open(member).run(batch), atol=1e-5)
    said = [note.split("; ")[1] for note in engine.facts().notes]
    assert said == ["8 at a time from there on", "4 at a time from there on"]
    assert len(cuda.held) == 2, "what was allocated before the device was full is given back"
    assert all(len(held) <= four for held in cuda.held.values())


def test_a_shape_that_was_not_built_for_is_refused(pretend: Any) -> None:
    engine, _, _ = pretend(demo_member("xs"))
    with pytest.raises(InputRefused, match="member xs was not built for input"):
        engine.run(np.zeros((1, 3, 8, 8), np.float32))


def test_a_failing_device_is_named_with_what_failed(pretend: Any) -> None:
    member = demo_member("xs")
    engine, cuda, _ = pretend(member)
    cuda.broken = "cudaStreamSynchronize"
    with pytest.raises(MachineFailed, match="NVIDIA T400: cudaStreamSynchronize failed with cudaErrorIllegalAddress"):
        engine.run(pictures(member, 1))


def test_facts(pretend: Any) -> None:
    facts = pretend(demo_member("xs"))[0].facts()
    assert (facts.provider, facts.precision, facts.runtime) == ("tensorrt-native", "fp32", "TensorRT 10.16")
    assert facts.placement == (("tensorrt-native", 1.0),)
    assert facts.driver == "580.65"


def test_nvidias_own_bindings_copy_or_say_that_there_is_no_driver() -> None:
    if not Path("/dev/nvidia0").exists():
        with pytest.raises(MachineFailed, match="GPU 0: cudaSetDevice failed with cudaError"):
            device_memory.Device(0, "GPU 0")
        return
    device = device_memory.Device(0, "GPU 0")
    address = device.allocate(16)
    back = np.empty(4, np.float32)
    device.copy_in(address, np.arange(4, dtype=np.float32))
    device.copy_out(back, address)
    assert back.tolist() == [0, 1, 2, 3]
