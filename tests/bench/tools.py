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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

LEAST_CALLS, WARM_S = 5, 0.2


@dataclass(frozen=True)
class Figure:
    """What one process of one tool says: ms of a call (median, least), pictures per second, CPU ms of a call.

    CPU time is what a busy machine leaves as it is, for a setting of one thread that does not spin.
    """

    median_ms: float
    least_ms: float
    rate: float
    cpu_ms: float = float("nan")


def ort_loop(
    model: Path, *, threads: int, seconds: float, batch: int = 1, callers: int = 1, spin_us: int | None = None
) -> Figure:
    """A plain loop over `InferenceSession.run`; threads 0: ONNX Runtime's own default, as is endless spinning."""
    asked = [str(model), str(threads), str(seconds), str(batch), str(callers), "" if spin_us is None else str(spin_us)]
    return _alone("onnxruntime", *asked)


def openvino_loop(model: Path, *, hint: str, seconds: float) -> Figure:
    """A plain loop over OpenVINO's requests under a hint, everything else as it comes, in fp32: pictures are handed
    over and answers taken out, which benchmark_app leaves out of its times.
    """
    return _alone("openvino", str(model), hint, str(seconds))


def _alone(*asked: str) -> Figure:
    done = subprocess.run([sys.executable, __file__, *asked], capture_output=True, text=True, check=True)
    return Figure(**json.loads(done.stdout))


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


def _loop(model: str, threads: int, seconds: float, batch: int, callers: int, spin_us: str) -> Figure:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    if spin_us:
        options.add_session_config_entry("session.intra_op.spin_duration_us", spin_us)
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    fed = session.get_inputs()[0]
    shape = [batch if n == 0 and not isinstance(size, int) else size for n, size in enumerate(fed.shape)]
    kind = np.float16 if "float16" in fed.type else np.float32
    tensor = np.random.default_rng(1).normal(size=shape).astype(kind)
    start, calls_made = time.perf_counter(), 0
    while calls_made < 3 or time.perf_counter() - start < WARM_S:
        session.run(None, {fed.name: tensor})
        calls_made += 1
    spent: list[float] = []

    def calls() -> None:
        start = time.perf_counter()
        while time.perf_counter() - start < seconds or len(spent) < LEAST_CALLS:
            begun = time.perf_counter()
            session.run(None, {fed.name: tensor})
            spent.append(time.perf_counter() - begun)

    begun, cpu = time.perf_counter(), time.process_time()
    workers = [threading.Thread(target=calls) for _ in range(callers)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    rate, cpu_ms = shape[0] * len(spent) / wall, 1000 * cpu / len(spent)
    return Figure(1000 * float(np.median(spent)), 1000 * min(spent), rate, cpu_ms)


def _openvino_loop(model: str, hint: str, seconds: float) -> Figure:
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

    def for_a_while(least_s: float) -> float:
        spent.clear()
        start = time.perf_counter()
        while (begun := time.perf_counter()) - start < least_s or len(spent) < LEAST_CALLS:
            if hint == "THROUGHPUT":
                queue.start_async({0: tensor}, begun, share_inputs=True)
            else:
                np.array(one.infer({0: tensor}, share_inputs=True, share_outputs=True)[0])
                spent.append(time.perf_counter() - begun)
        queue.wait_all()
        return time.perf_counter() - start

    for_a_while(WARM_S)
    wall = for_a_while(seconds)
    return Figure(1000 * float(np.median(spent)), 1000 * min(spent), len(tensor) * len(spent) / wall)


if __name__ == "__main__":
    name, *given = sys.argv[1:]
    if name == "openvino":
        found = _openvino_loop(given[0], given[1], float(given[2]))
    else:
        found = _loop(given[0], int(given[1]), float(given[2]), int(given[3]), int(given[4]), given[5])
    print(json.dumps(found.__dict__))
