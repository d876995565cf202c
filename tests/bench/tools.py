"""Independent tools on the same ONNX, in processes of their own: plain loops, OpenVINO's benchmark_app.

Nothing here uses the product's engines or its timing: it is what the product's figures are held against.
"""

import json
import math
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

WARM_S, REST_S, AGAIN_S = 0.2, 0.06, 0.02
"""Before a loop's first turn; before each, until the threads of another have ended their spinning; after that."""
LEAST_CALLS, LEAST_QUEUED = 1, 40
"""Of every caller in a turn; of a queue, whose ends run half empty."""


@dataclass(frozen=True)
class Figure:
    """What one process of one tool says: ms of a call (median, least), pictures per second, CPU ms of a call.

    CPU time is what a busy machine leaves as it is, for a setting of one thread that does not spin.
    """

    median_ms: float
    least_ms: float
    rate: float
    cpu_ms: float = float("nan")


class Loop:
    """A plain loop in a process of its own that stays: turn after turn of it. Ends with its `with`."""

    def __init__(self, *asked: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, *asked], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def turn(self, seconds: float) -> Figure:
        """Its figures over that long, after a moment that does not count. Raises RuntimeError where it has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(seconds, file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the loop ended with status {self._process.wait()}")
        return Figure(**json.loads(line))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def ort_loop(model: Path, *, threads: int, batch: int = 1, callers: int = 1, spin_us: int | None = None) -> Loop:
    """A plain loop over `InferenceSession.run`; threads 0: ONNX Runtime's own default, as is endless spinning."""
    spin = "" if spin_us is None else str(spin_us)
    return Loop("onnxruntime", str(model), str(threads), str(batch), str(callers), spin)


def openvino_loop(model: Path, *, hint: str) -> Loop:
    """A plain loop over OpenVINO's requests under a hint, everything else as it comes, in fp32: pictures are handed
    over and answers taken out, which benchmark_app leaves out of its times.
    """
    return Loop("openvino", str(model), hint)


def benchmark_app(model: Path, seconds: float, *options: str) -> Figure:
    """OpenVINO's own tool in fp32 with these options, the input as the model declares it, batch 1.

    It does not tell CPU time: of its process that is mostly compiling.
    """
    tool, shape = Path(sys.executable).with_name("benchmark_app"), f"[{','.join(map(str, _shape(model)))}]"
    asked = ["-m", str(model), "-d", "CPU", "-shape", shape, "-ip", "f32", "-infer_precision", "f32"]
    asked += ["-t", str(math.ceil(seconds)), *options]
    done = subprocess.run([str(tool), *asked], capture_output=True, text=True, check=True)
    return Figure(*(number(name, done.stdout) for name in ("Median", "Min", "Throughput")))


def same_picture(model: Path, folder: Path) -> Path:
    """A file with the very tensor that the loop and the product infer, for benchmark_app's `-i`."""
    file = folder / f"{model.stem}.npy"
    np.save(file, np.random.default_rng(1).normal(size=_shape(model)).astype(np.float32))
    return file


def _shape(model: Path) -> list[int]:
    """The shape of a model's one input, its open batch 1."""
    import onnx

    graph = onnx.load(str(model), load_external_data=False).graph
    constants = {tensor.name for tensor in graph.initializer}
    fed = next(value for value in graph.input if value.name not in constants)
    return [dim.dim_value or 1 for dim in fed.type.tensor_type.shape.dim]


def number(name: str, text: str) -> float:
    """A figure of benchmark_app's output; times in ms."""
    found = re.search(rf"{name}:\s+([\d.]+)( us)?", text)
    assert found is not None, text[-500:]
    return float(found.group(1)) / (1000.0 if found.group(2) else 1.0)


Turn = Callable[[float], Figure]


def _onnxruntime(model: str, threads: str, batch: str, callers: str, spin_us: str) -> Turn:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    options.log_severity_level = 3
    if spin_us:
        options.add_session_config_entry("session.intra_op.spin_duration_us", spin_us)
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    fed = session.get_inputs()[0]
    shape = [int(batch) if n == 0 and not isinstance(size, int) else size for n, size in enumerate(fed.shape)]
    kind = np.float16 if "float16" in fed.type else np.float32
    tensor = np.random.default_rng(1).normal(size=shape).astype(kind)

    def for_a_while(seconds: float) -> tuple[list[float], float]:
        spent: list[float] = []
        start = time.perf_counter()
        while time.perf_counter() - start < seconds or len(spent) < LEAST_CALLS:
            begun = time.perf_counter()
            session.run(None, {fed.name: tensor})
            spent.append(time.perf_counter() - begun)
        return spent, time.perf_counter() - start

    def turn(seconds: float) -> Figure:
        cpu: list[float] = []
        begin = threading.Barrier(int(callers), lambda: cpu.append(time.process_time()))

        def calls(_: int) -> tuple[list[float], float]:
            for_a_while(AGAIN_S)
            begin.wait()
            return for_a_while(seconds)

        if int(callers) == 1:
            rows = [calls(0)]
        else:
            with ThreadPoolExecutor(int(callers)) as pool:
                rows = list(pool.map(calls, range(int(callers))))
        spent = [one for own, _ in rows for one in own]
        rate = shape[0] * sum(len(own) / wall for own, wall in rows)
        cpu_ms = 1000 * (time.process_time() - cpu[0]) / len(spent)
        return Figure(1000 * float(np.median(spent)), 1000 * min(spent), rate, cpu_ms)

    return turn


def _openvino(model: str, hint: str) -> Turn:
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    import openvino

    core = openvino.Core()
    network = core.read_model(model)
    network.reshape(_shape(Path(model)))
    compiled = core.compile_model(network, "CPU", {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": "f32"})
    tensor = np.random.default_rng(1).normal(size=_shape(Path(model))).astype(np.float32)
    spent: list[float] = []

    def taken(request: Any, begun: float) -> None:
        np.array(request.get_output_tensor(0).data)
        spent.append(time.perf_counter() - begun)

    queue = openvino.AsyncInferQueue(compiled, 0 if hint == "THROUGHPUT" else 1)
    queue.set_callback(taken)
    one = compiled.create_infer_request()

    def for_a_while(least_s: float, least: int) -> float:
        spent.clear()
        start = time.perf_counter()
        while (begun := time.perf_counter()) - start < least_s or len(spent) < least:
            if hint == "THROUGHPUT":
                queue.start_async({0: tensor}, begun, share_inputs=True)
            else:
                np.array(one.infer({0: tensor}, share_inputs=True, share_outputs=True)[0])
                spent.append(time.perf_counter() - begun)
        queue.wait_all()
        return time.perf_counter() - start

    def turn(seconds: float) -> Figure:
        for_a_while(AGAIN_S, LEAST_CALLS)
        cpu = time.process_time()
        wall = for_a_while(seconds, LEAST_QUEUED if hint == "THROUGHPUT" else LEAST_CALLS)
        cpu_ms = 1000 * (time.process_time() - cpu) / len(spent)
        return Figure(1000 * float(np.median(spent)), 1000 * min(spent), len(tensor) * len(spent) / wall, cpu_ms)

    return turn


if __name__ == "__main__":
    name, *given = sys.argv[1:]
    made: dict[str, Callable[..., Turn]] = {"onnxruntime": _onnxruntime, "openvino": _openvino}
    turn = made[name](*given)
    turn(WARM_S)
    for line in sys.stdin:
        time.sleep(REST_S)
        print(json.dumps(turn(float(line)).__dict__), flush=True)
